// The store's image as the PC sees it, its assemblies, and its two files whole and not.
#include "store_board.h"

#include <gtest/gtest.h>

using namespace k230_test;

TEST(Store, IsErasedAtFirst)
{
    Board board;
    EXPECT_EQ(filled({}), board.contents());
    EXPECT_EQ(0, k230_store_load(&board.store));
    EXPECT_TRUE(k230_store_erased(&board.store, 0, ROOM));
    EXPECT_EQ("the store is empty: 256 bytes in 4 blocks of 64", board.describe(0));
}

TEST(Store, RefusesBlocksThatNoStoreCanHave)
{
    k230_store store;
    uint8_t image[8];
    EXPECT_EQ(-K230_EINVAL, k230_store_init(&store, image, 0, 4, nullptr));
    EXPECT_EQ(-K230_EINVAL, k230_store_init(&store, image, 1, 0, nullptr));
    EXPECT_EQ(-K230_EINVAL, k230_store_init(&store, image, 1, 6, nullptr));
    EXPECT_EQ(-K230_EINVAL, k230_store_init(&store, image, 2, 0x40000000, nullptr));
    EXPECT_EQ(0, k230_store_init(&store, image, 2, 4, nullptr));
}

TEST(Store, AWriteCanBeMadeAnywhereAndIsReadBack)
{
    Board board;
    const Bytes bytes = program(70, 1);
    ASSERT_EQ(0, k230_store_write(&board.store, 61, bytes.data(), 70));
    Bytes read(70);
    ASSERT_EQ(0, k230_store_read(&board.store, 61, read.data(), 70));
    EXPECT_EQ(bytes, read);
    EXPECT_TRUE(k230_store_erased(&board.store, 0, 61));
    EXPECT_FALSE(k230_store_erased(&board.store, 0, 62));
    EXPECT_TRUE(k230_store_erased(&board.store, 131, ROOM - 131));
}

TEST(Store, AnEraseTakesTheWholeBlocksThatItTouches)
{
    Board board;
    const Bytes all = program(ROOM, 2);
    ASSERT_EQ(0, k230_store_write(&board.store, 0, all.data(), ROOM));
    ASSERT_EQ(0, k230_store_erase(&board.store, 0, 0));
    EXPECT_EQ(all, board.contents());
    ASSERT_EQ(0, k230_store_erase(&board.store, 127, 2));
    Bytes expected = all;
    std::fill(expected.begin() + 64, expected.begin() + 192, 0xFF);
    EXPECT_EQ(expected, board.contents());
    ASSERT_EQ(0, k230_store_erase(&board.store, 192, 64));
    std::fill(expected.begin() + 192, expected.end(), 0xFF);
    EXPECT_EQ(expected, board.contents());
}

TEST(Store, TheCrcIsThatOfThePc)
{
    Board board;
    const std::string text = "123456789";
    uint32_t crc = 1;
    ASSERT_EQ(0, k230_store_write(&board.store, 60, text.data(), 9));
    ASSERT_EQ(0, k230_store_crc(&board.store, 60, 9, &crc));
    EXPECT_EQ(0x89A1897Fu, crc); // CRC-32/MPEG-2 of it is 0376E6E7; this one starts from 0
    ASSERT_EQ(0, k230_store_crc(&board.store, ROOM, 0, &crc));
    EXPECT_EQ(0u, crc);
}

TEST(Store, NoAccessReachesOutsideAndARefusalChangesNothing)
{
    Board board;
    const Bytes all = program(ROOM, 3);
    uint8_t bytes[ROOM + 2];
    uint32_t crc = 7;
    ASSERT_EQ(0, k230_store_write(&board.store, 0, all.data(), ROOM));
    const struct {
        uint32_t offset, length;
    } outside[] = {{0, ROOM + 1},   {1, ROOM},
                   {ROOM, 1},       {ROOM + 1, 0},
                   {ROOM - 1, 2},   {0xFFFFFFFF, 2},
                   {2, 0xFFFFFFFF}, {0xFFFFFFFF, 0xFFFFFFFF},
                   {0, 0x80000000}, {0x80000000, 0x80000000}};
    for (const auto &range : outside) {
        SCOPED_TRACE(range.offset);
        EXPECT_EQ(-K230_EMSGSIZE, k230_store_write(&board.store, range.offset, bytes, range.length));
        EXPECT_EQ(-K230_EMSGSIZE, k230_store_read(&board.store, range.offset, bytes, range.length));
        EXPECT_EQ(-K230_EMSGSIZE, k230_store_erase(&board.store, range.offset, range.length));
        EXPECT_EQ(-K230_EMSGSIZE, k230_store_crc(&board.store, range.offset, range.length, &crc));
        EXPECT_FALSE(k230_store_erased(&board.store, range.offset, range.length));
    }
    EXPECT_EQ(all, board.contents());
    EXPECT_EQ(7u, crc);
    EXPECT_EQ(0xA5, board.image.back());
}

TEST(Store, SaysHowMuchThereIs)
{
    Board board;
    uint8_t bytes[20] = {0};
    EXPECT_EQ("20 bytes at offset 250 do not fit: the store has 256 bytes in 4 blocks of 64",
              board.describe(k230_store_write(&board.store, 250, bytes, 20)));
}

TEST(Store, WhatWasCommittedIsLoadedAtTheNextBoot)
{
    MediumDouble medium;
    for (uint32_t n = 1; n <= 5; n++) {
        Board board(medium.medium());
        EXPECT_EQ(n > 1, k230_store_load(&board.store) == 1);
        board.deploy(program(50 * n, n));
        EXPECT_EQ(0, k230_store_commit(&board.store));
        Board next(medium.medium());
        EXPECT_EQ(1, k230_store_load(&next.store));
        EXPECT_EQ(filled(program(50 * n, n)), next.contents());
        EXPECT_EQ("the store has a program", next.describe(1));
    }
}

TEST(Store, TheEmptyStoreIsKeptToo)
{
    MediumDouble medium;
    Board board(medium.medium());
    board.deploy(program(ROOM, 1));
    ASSERT_EQ(0, k230_store_commit(&board.store));
    board.deploy({});
    ASSERT_EQ(0, k230_store_commit(&board.store));
    Board next(medium.medium());
    EXPECT_EQ(0, k230_store_load(&next.store));
    EXPECT_EQ(filled({}), next.contents());
    EXPECT_EQ(K230_STORE_WHOLE, next.store.found[1]);
}

TEST(Store, BytesThatLookErasedAtTheEndOfAProgramComeBack)
{
    MediumDouble medium;
    Board board(medium.medium());
    Bytes bytes = program(100, 1);
    bytes.back() = 0xFF;
    board.deploy(bytes);
    ASSERT_EQ(0, k230_store_commit(&board.store));
    Board next(medium.medium());
    EXPECT_EQ(1, k230_store_load(&next.store));
    EXPECT_EQ(filled(bytes), next.contents());
}

TEST(Store, ACommitWithoutAChangeWritesNothing)
{
    MediumDouble medium;
    Board board(medium.medium());
    EXPECT_EQ(0, k230_store_commit(&board.store));
    board.deploy(program(10, 1));
    EXPECT_EQ(0, k230_store_commit(&board.store));
    const size_t changes = medium.changes.size();
    EXPECT_GT(changes, 0u);
    EXPECT_EQ(0, k230_store_commit(&board.store));
    EXPECT_EQ(changes, medium.changes.size());
}

TEST(Store, ARevertLeavesTheFormerProgram)
{
    MediumDouble medium;
    Board board(medium.medium());
    EXPECT_EQ(0, k230_store_revert(&board.store));
    board.deploy(program(100, 1));
    ASSERT_EQ(0, k230_store_commit(&board.store));
    EXPECT_EQ(1, k230_store_revert(&board.store));
    board.deploy(program(200, 2));
    EXPECT_TRUE(board.store.dirty);
    EXPECT_EQ(1, k230_store_revert(&board.store));
    EXPECT_FALSE(board.store.dirty);
    EXPECT_EQ(filled(program(100, 1)), board.contents());
}

TEST(Store, WithoutAMediumThereIsAProgramUntilThePowerGoes)
{
    Board board;
    board.deploy(program(100, 1));
    EXPECT_EQ(0, k230_store_commit(&board.store));
    EXPECT_EQ(filled(program(100, 1)), board.contents());
    EXPECT_EQ(1, k230_store_revert(&board.store));
    board.deploy(program(100, 2));
    EXPECT_EQ(0, k230_store_revert(&board.store));
    EXPECT_EQ(filled({}), board.contents());
}

TEST(Store, TheSequenceMayGoRound)
{
    MediumDouble medium;
    Board board(medium.medium());
    board.store.sequence = 0xFFFFFFFE;
    for (uint32_t n = 1; n <= 4; n++) {
        board.deploy(program(100, n));
        ASSERT_EQ(0, k230_store_commit(&board.store));
        Board next(medium.medium());
        EXPECT_EQ(1, k230_store_load(&next.store));
        EXPECT_EQ(filled(program(100, n)), next.contents());
        EXPECT_EQ(0xFFFFFFFE + n, next.store.sequence);
    }
}

/* ---- files that are not as they were left ------------------------------------------------------------------------ */

// Two programs have been kept: the older in file 0, the newer in file 1.
class StoreFiles : public testing::Test
{
  protected:
    void SetUp() override
    {
        MediumDouble medium;
        Board board(medium.medium());
        board.deploy(older);
        ASSERT_EQ(0, k230_store_commit(&board.store));
        board.deploy(newer);
        ASSERT_EQ(0, k230_store_commit(&board.store));
        files = medium.files;
    }

    // What a boot loads of `files`; `status` is the load's. A deployment must be possible after it.
    Bytes boot(int status, std::string *text = nullptr)
    {
        MediumDouble medium(files);
        Board board(medium.medium());
        EXPECT_EQ(status, k230_store_load(&board.store));
        EXPECT_TRUE(medium.changes.empty()) << "a load writes nothing";
        const Bytes loaded = board.contents();
        if (text)
            *text = board.describe(status);
        board.deploy(program(77, 9));
        EXPECT_EQ(0, k230_store_commit(&board.store));
        Board next(medium.medium());
        EXPECT_EQ(1, k230_store_load(&next.store));
        EXPECT_EQ(filled(program(77, 9)), next.contents());
        return loaded;
    }

    const Bytes older = program(ROOM, 1), newer = program(150, 2);
    Files files;
    std::string said;
};

TEST_F(StoreFiles, TheNewerCounts) { EXPECT_EQ(filled(newer), boot(1)); }

TEST_F(StoreFiles, WithoutTheNewerTheOlderCounts)
{
    files.erase(1);
    EXPECT_EQ(filled(older), boot(1));
}

TEST_F(StoreFiles, WithoutTheOlderTheNewerCounts)
{
    files.erase(0);
    EXPECT_EQ(filled(newer), boot(1));
}

TEST_F(StoreFiles, WithoutBothThereIsNone)
{
    files.clear();
    EXPECT_EQ(filled({}), boot(0));
}

TEST_F(StoreFiles, ANewerOfEachShorterLengthLeavesTheOlder)
{
    const Bytes whole = files[1];
    for (size_t length = 0; length < whole.size(); length++) {
        SCOPED_TRACE(length);
        files[1] = Bytes(whole.begin(), whole.begin() + length);
        ASSERT_EQ(filled(older), boot(1, &said));
        ASSERT_EQ("file 1 of the store is damaged, as after a power cut in a deployment; the program in file 0 counts",
                  said);
    }
}

TEST_F(StoreFiles, ALongerFileIsAFileOfALongerProgramBefore)
{
    files[1].resize(files[1].size() + 1000, 0x55);
    EXPECT_EQ(filled(newer), boot(1));
}

TEST_F(StoreFiles, ABitThatFlipsAnywhereInTheNewerLeavesTheOlder)
{
    for (size_t bit = 0; bit < files[1].size() * 8; bit++) {
        SCOPED_TRACE(bit);
        files[1][bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
        const bool counts = bit / 8 < 24 || bit / 8 >= K230_STORE_CONTENT; // between them lies nothing
        ASSERT_EQ(filled(counts ? older : newer), boot(1));
        files[1][bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
}

TEST_F(StoreFiles, ABitThatFlipsAnywhereInTheOlderIsNotMissed)
{
    for (size_t bit = 0; bit < files[0].size() * 8; bit++) {
        SCOPED_TRACE(bit);
        files[0][bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
        ASSERT_EQ(filled(newer), boot(1));
        files[0][bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
}

TEST_F(StoreFiles, BothDamagedIsSaid)
{
    files[0][K230_STORE_CONTENT] ^= 1;
    files[1][0] ^= 1;
    EXPECT_EQ(filled({}), boot(-K230_EPROTO, &said));
    EXPECT_EQ("both files of the store are damaged; deploy again", said);
}

TEST_F(StoreFiles, OfSomethingElseAreNoPrograms)
{
    for (const uint8_t byte : Bytes{0x00, 0xFF, 0x4B}) {
        files[0] = Bytes(2000, byte);
        files[1] = Bytes(2000, byte);
        EXPECT_EQ(filled({}), boot(-K230_EPROTO));
    }
}

TEST_F(StoreFiles, AFirstDeploymentThatWasCutLeavesNone)
{
    files.erase(0);
    files[1].resize(600);
    EXPECT_EQ(filled({}), boot(0, &said));
    EXPECT_EQ("file 1 of the store is damaged, as after a power cut in a deployment, and there is no other", said);
}

TEST_F(StoreFiles, OfALargerStoreSayHowMuchTheyNeed)
{
    MediumDouble medium(files);
    Board board(medium.medium(), 2);
    EXPECT_EQ(-K230_EMSGSIZE, k230_store_load(&board.store));
    EXPECT_EQ("150 bytes at offset 0 do not fit: the store has 128 bytes in 2 blocks of 64",
              board.describe(-K230_EMSGSIZE));
    EXPECT_EQ(filled({}, 128), board.contents());
    board.deploy(program(128, 3));
    EXPECT_EQ(0, k230_store_commit(&board.store));
    EXPECT_EQ(files[1], medium.files[1]) << "what does not fit is kept until the new program is";
    Board next(medium.medium(), 2);
    EXPECT_EQ(1, k230_store_load(&next.store));
    EXPECT_EQ(program(128, 3), next.contents());
}

TEST_F(StoreFiles, OfALargerStoreThatAreDamagedDoNotHideTheOther)
{
    files[1].back() ^= 1;
    files[0].resize(K230_STORE_CONTENT);
    MediumDouble medium(files);
    Board board(medium.medium(), 2);
    EXPECT_EQ(-K230_EPROTO, k230_store_load(&board.store));
}

TEST_F(StoreFiles, AFileThatCannotBeReadIsNotOverwritten)
{
    for (const uint32_t file : {0u, 1u}) {
        SCOPED_TRACE(file);
        Files one = files;
        one.erase(1 - file);
        MediumDouble medium(one);
        medium.unreadable = [file](uint32_t asked) { return asked == file; };
        Board board(medium.medium());
        EXPECT_EQ(-K230_EIO, k230_store_load(&board.store));
        EXPECT_EQ("the medium of the store fails with EIO", board.describe(-K230_EIO));
        board.deploy(program(20, 5));
        EXPECT_EQ(-K230_EIO, k230_store_commit(&board.store));
        EXPECT_TRUE(medium.changes.empty());
        medium.unreadable = [](uint32_t) { return false; };
        EXPECT_EQ(0, k230_store_commit(&board.store));
        EXPECT_EQ(one[file], medium.files[file]);
        Board next(medium.medium());
        EXPECT_EQ(1, k230_store_load(&next.store));
        EXPECT_EQ(filled(program(20, 5)), next.contents());
    }
}

TEST_F(StoreFiles, ThatComeAfterTheLoadAreNotOverwrittenBeforeTheNewProgramCounts)
{
    for (const std::vector<uint32_t> &late : std::vector<std::vector<uint32_t>>{{0}, {1}, {0, 1}}) {
        SCOPED_TRACE(late.front() + late.size());
        Files at_first = files;
        for (const uint32_t file : late)
            at_first.erase(file);
        MediumDouble medium(at_first);
        Board board(medium.medium());
        EXPECT_EQ(late.size() == 1 ? 1 : 0, k230_store_load(&board.store));
        const uint32_t counts = late == std::vector<uint32_t>{1} ? 0 : 1; // what was loaded, or else the newer
        medium.files = files;
        board.deploy(program(20, 5));
        EXPECT_EQ(0, k230_store_commit(&board.store));
        EXPECT_EQ(files[counts], medium.files[counts]);
        Board next(medium.medium());
        EXPECT_EQ(1, k230_store_load(&next.store));
        EXPECT_EQ(filled(program(20, 5)), next.contents());
    }
}

TEST_F(StoreFiles, AMediumThatFailsAtAnyStepLeavesTheStoreDirtyAndTheNextTryKeepsIt)
{
    for (int step = 0;; step++) {
        SCOPED_TRACE(step);
        MediumDouble medium(files);
        Board board(medium.medium());
        ASSERT_EQ(1, k230_store_load(&board.store));
        board.deploy(program(200, 6));
        medium.fails = -K230_EIO;
        medium.fails_at = step;
        const int status = k230_store_commit(&board.store);
        if (status == 0) {
            EXPECT_EQ(8, step) << "no header, four blocks, sync, header, sync";
            break;
        }
        ASSERT_EQ(-K230_EIO, status);
        ASSERT_TRUE(board.store.dirty);
        ASSERT_EQ(filled(program(200, 6)), board.contents());
        Board other(medium.medium());
        ASSERT_EQ(1, k230_store_load(&other.store));
        ASSERT_EQ(filled(step < 7 ? newer : program(200, 6)), other.contents());
        ASSERT_EQ(0, k230_store_commit(&board.store));
        Board next(medium.medium());
        ASSERT_EQ(1, k230_store_load(&next.store));
        ASSERT_EQ(filled(program(200, 6)), next.contents());
    }
}

/* ---- assemblies -------------------------------------------------------------------------------------------------- */

// A store that fits some assemblies.
class StoreAssemblies : public testing::Test
{
  protected:
    StoreAssemblies() : board(nullptr, 4, 512) {}

    void put(const Bytes &bytes)
    {
        k230_store_write(&board.store, end, bytes.data(), static_cast<uint32_t>(bytes.size()));
        end += (static_cast<uint32_t>(bytes.size()) + 3) / 4 * 4;
    }

    Board board;
    uint32_t end = 0, at = 0;
    k230_assembly found{};
};

TEST_F(StoreAssemblies, StandBackToBackAlignedTo4)
{
    const Bytes one = assembly(101, 0x12345678, 2), two = assembly(0), three = assembly(400, 7);
    put(one);
    put(two);
    put(three);
    ASSERT_EQ(1, k230_store_next(&board.store, &at, &found));
    EXPECT_EQ(0u, found.offset);
    EXPECT_EQ(one, Bytes(found.bytes, found.bytes + found.length));
    EXPECT_EQ(0x12345678u, found.natives);
    EXPECT_EQ(2, found.version[0]);
    EXPECT_EQ(0, found.version[3]);
    ASSERT_EQ(1, k230_store_next(&board.store, &at, &found));
    EXPECT_EQ(228u, found.offset);
    EXPECT_EQ(two, Bytes(found.bytes, found.bytes + found.length));
    ASSERT_EQ(1, k230_store_next(&board.store, &at, &found));
    EXPECT_EQ(three, Bytes(found.bytes, found.bytes + found.length));
    EXPECT_EQ(0, k230_store_next(&board.store, &at, &found));
    EXPECT_EQ(end, at);
    EXPECT_EQ(0, k230_store_next(&board.store, &at, &found));
}

TEST_F(StoreAssemblies, OfAnEmptyStoreAreNone) { EXPECT_EQ(0, k230_store_next(&board.store, &at, &found)); }

TEST_F(StoreAssemblies, MayFillTheStoreToItsLastByte)
{
    put(assembly(2048 - K230_ASSEMBLY_HEADER));
    ASSERT_EQ(1, k230_store_next(&board.store, &at, &found));
    EXPECT_EQ(2048u, found.length);
    EXPECT_EQ(0, k230_store_next(&board.store, &at, &found));
}

TEST_F(StoreAssemblies, MayEndWithoutRoomForAnother)
{
    put(assembly(2048 - K230_ASSEMBLY_HEADER - 4));
    ASSERT_EQ(1, k230_store_next(&board.store, &at, &found));
    EXPECT_EQ(0, k230_store_next(&board.store, &at, &found));
}

TEST_F(StoreAssemblies, ThatAreDamagedInAnyBitAreFound)
{
    const Bytes good = assembly(60);
    for (size_t bit = 0; bit < good.size() * 8; bit++) {
        SCOPED_TRACE(bit);
        Bytes bad = good;
        bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
        board.deploy(bad);
        at = 0;
        ASSERT_EQ(-K230_EPROTO, k230_store_next(&board.store, &at, &found));
        ASSERT_EQ(0u, at);
    }
    EXPECT_EQ("the store has a program", board.describe(1));
}

TEST_F(StoreAssemblies, AreWholeAtTheirEndsAndNowhereElse)
{
    const Bytes one = assembly(60), two = assembly(101);
    Bytes both = one;
    both.insert(both.end(), two.begin(), two.end());
    for (size_t length = 0; length <= both.size(); length++) {
        SCOPED_TRACE(length);
        board.deploy(Bytes(both.begin(), both.begin() + static_cast<Bytes::difference_type>(length)));
        const bool is_end = length == 0 || length == one.size() || length == both.size();
        ASSERT_EQ(is_end, k230_store_is_whole(&board.store));
    }
}

TEST_F(StoreAssemblies, ThatSayALengthOutsideTheStoreAreNotFollowed)
{
    for (const uint32_t length : {0u, 123u, 2049u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
        SCOPED_TRACE(length);
        Bytes bytes = assembly(60);
        put32(bytes, 100, length);
        put32(bytes, 8, 0);
        put32(bytes, 8, k230_crc(0, bytes.data(), K230_ASSEMBLY_HEADER));
        board.deploy(bytes);
        at = 0;
        EXPECT_EQ(-K230_EPROTO, k230_store_next(&board.store, &at, &found));
    }
}

TEST_F(StoreAssemblies, ThatAreCutByTheEndOfTheStoreAreNotFollowed)
{
    const Bytes bytes = assembly(60);
    for (const uint32_t left : {8u, 60u, 123u, 124u, 180u}) {
        SCOPED_TRACE(left);
        board.deploy({});
        at = 2048 - left;
        EXPECT_EQ(0, k230_store_write(&board.store, at, bytes.data(), left));
        EXPECT_EQ(-K230_EPROTO, k230_store_next(&board.store, &at, &found));
    }
    at = 2049;
    EXPECT_EQ(-K230_EPROTO, k230_store_next(&board.store, &at, &found));
}

TEST_F(StoreAssemblies, SomethingElseBehindThemIsFound)
{
    put(assembly(60));
    put({0, 0, 0, 0, 0, 0, 0, 0});
    ASSERT_EQ(1, k230_store_next(&board.store, &at, &found));
    ASSERT_EQ(-K230_EPROTO, k230_store_next(&board.store, &at, &found));
    EXPECT_EQ("the store holds something else than whole assemblies; deploy again", board.describe(-K230_EPROTO));
}
