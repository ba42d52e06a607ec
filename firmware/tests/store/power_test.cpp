// The power goes while a program is kept: after each byte, and with what was not synced there, not there, or in parts.
#include "store_board.h"

#include <gtest/gtest.h>

#include <set>

using namespace k230_test;

namespace
{

// What a boot finds: the load's result and the image. It may write nothing, so that a cut during it has nothing to
// spoil.
Bytes boot(const Files &files)
{
    MediumDouble medium(files);
    Board board(medium.medium());
    const int status = k230_store_load(&board.store);
    EXPECT_GE(status, 0);
    EXPECT_TRUE(medium.changes.empty());
    EXPECT_EQ(files, medium.files);
    EXPECT_EQ(status == 1, board.contents() != filled({}));
    return board.contents();
}

// The writes and syncs by which `program` gets onto a medium that has `files`.
std::vector<Change> changes_of(const Files &files, const Bytes &program)
{
    MediumDouble medium(files);
    Board board(medium.medium());
    EXPECT_GE(k230_store_load(&board.store), 0);
    board.deploy(program);
    EXPECT_EQ(0, k230_store_commit(&board.store));
    EXPECT_EQ(filled(program), boot(medium.files));
    return medium.changes;
}

// Everything before the n-th change, and of that one the first `length` bytes.
Files cut_after(Files files, const std::vector<Change> &changes, size_t n, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (!changes[i].is_sync)
            apply(files, changes[i], 0, changes[i].bytes.size());
    if (n < changes.size() && !changes[n].is_sync)
        apply(files, changes[n], 0, length);
    return files;
}

// A part of a write that arrives whole or not at all.
struct Part {
    const Change *write;
    size_t from, length;
};

// Few enough that every choice of them can be tried: the bytes of a header two at a time, the rest by halves of blocks;
// or coarse, whole blocks.
std::vector<Part> parts_of(const std::vector<const Change *> &writes, bool is_coarse)
{
    std::vector<Part> parts;
    for (const Change *write : writes) {
        const size_t all = write->bytes.size();
        const size_t size = is_coarse || all == 0 ? all + 1 : write->offset > 0 ? (all + 1) / 2 : all > BLOCK ? 128 : 2;
        for (size_t from = 0; from < all; from += size)
            parts.push_back({write, from, std::min(size, all - from)});
    }
    if (parts.size() > 12) {
        ADD_FAILURE() << parts.size() << " parts were not synced";
        parts.resize(12);
    }
    return parts;
}

// Adds what is left when of the writes to a file that were not synced any choice has arrived.
void add_choices(std::set<Files> &left, const Files &synced, const std::vector<Part> &parts, uint32_t file)
{
    for (uint32_t choice = 0; choice < 1u << parts.size(); choice++) {
        Files some = synced;
        for (size_t i = 0; i < parts.size(); i++)
            if (choice >> i & 1)
                apply(some, *parts[i].write, parts[i].from, parts[i].length);
        left.insert(some);
        // The length of the file may have arrived before its bytes.
        for (const uint8_t filling : Bytes{0x00, 0x5A})
            if (some[file].size() < K230_STORE_CONTENT + ROOM) {
                Files longer = some;
                longer[file].resize(K230_STORE_CONTENT + ROOM, filling);
                left.insert(longer);
            }
    }
}

// Each medium that a cut can leave of a commit.
std::set<Files> cuts_of(const Files &files, const std::vector<Change> &changes, bool is_coarse = false)
{
    std::set<Files> left;
    for (size_t n = 0; n < changes.size(); n++)
        for (size_t length = 0; length <= changes[n].bytes.size(); length++)
            left.insert(cut_after(files, changes, n, length));

    Files synced = files;
    std::vector<const Change *> waiting;
    for (const Change &change : changes) {
        if (!change.is_sync) {
            waiting.push_back(&change);
            continue;
        }
        add_choices(left, synced, parts_of(waiting, is_coarse), change.file);
        for (const Change *write : waiting)
            apply(synced, *write, 0, write->bytes.size());
        waiting.clear();
    }
    return left;
}

// A medium on which these programs have been kept, one after the other.
Files kept(const std::vector<Bytes> &programs)
{
    MediumDouble medium;
    Board board(medium.medium());
    for (const Bytes &bytes : programs) {
        board.deploy(bytes);
        EXPECT_EQ(0, k230_store_commit(&board.store));
    }
    return medium.files;
}

const Bytes SHORT = program(70, 1), LONG = program(ROOM, 2), OTHER = program(200, 3), THIRD = program(130, 4);

struct Case {
    const char *name;
    Files before;
    Bytes old_program; // what counts before
    Bytes new_program;
};

std::vector<Case> cases()
{
    return {
        {"the first program", {}, {}, LONG},
        {"an empty store over an empty one", {}, {}, {}},
        {"a second program", kept({SHORT}), SHORT, LONG},
        {"a shorter one over longer ones", kept({LONG, OTHER}), OTHER, SHORT},
        {"a longer one over shorter ones", kept({SHORT, OTHER}), OTHER, LONG},
        {"the one that was there before", kept({LONG, OTHER}), OTHER, LONG},
        {"the same once more", kept({LONG, LONG}), LONG, LONG},
        {"over an emptied store", kept({LONG, {}}), {}, SHORT},
        {"an emptied store", kept({LONG, SHORT}), SHORT, {}},
        {"over a file that was cut before", cut_after(kept({LONG}), changes_of(kept({LONG}), OTHER), 3, 9), LONG,
         SHORT},
        {"over a first file that was cut before", cut_after({}, changes_of({}, OTHER), 3, 9), {}, SHORT},
    };
}

} // namespace

TEST(PowerCut, LeavesTheOldOrTheNewProgram)
{
    for (const Case &one : cases()) {
        SCOPED_TRACE(one.name);
        ASSERT_EQ(filled(one.old_program), boot(one.before));
        const std::vector<Change> changes = changes_of(one.before, one.new_program);
        uint32_t with_old = 0, with_new = 0;
        for (const Files &files : cuts_of(one.before, changes)) {
            const Bytes found = boot(files);
            with_old += found == filled(one.old_program);
            with_new += found == filled(one.new_program);
            ASSERT_TRUE(found == filled(one.old_program) || found == filled(one.new_program));
        }
        EXPECT_GT(with_old, 1u);
        EXPECT_GT(with_new, 0u);
        EXPECT_EQ(filled(one.new_program), boot(cut_after(one.before, changes, changes.size(), 0)));
    }
}

// The boot after a cut deploys again, and is cut as well: what the first cut left counts, or what was deployed last.
TEST(PowerCut, AfterAPowerCutLeavesWhatTheFirstOneLeftOrTheNewest)
{
    for (const Case &one : cases()) {
        SCOPED_TRACE(one.name);
        for (const Files &files : cuts_of(one.before, changes_of(one.before, one.new_program), true)) {
            const Bytes left = boot(files);
            const std::vector<Change> changes = changes_of(files, THIRD);
            for (size_t n = 0; n < changes.size(); n++)
                for (const size_t quarter : {1, 2, 3, 4}) {
                    const Bytes found = boot(cut_after(files, changes, n, changes[n].bytes.size() * quarter / 4));
                    ASSERT_TRUE(found == left || found == filled(THIRD));
                }
        }
    }
}

// In the order of the changes: the content is on the medium before a header can say that it is.
TEST(PowerCut, TheContentIsSyncedBeforeItsHeaderIsWritten)
{
    for (const Case &one : cases()) {
        SCOPED_TRACE(one.name);
        const std::vector<Change> changes = changes_of(one.before, one.new_program);
        ASSERT_GE(changes.size(), 4u);
        const size_t header = changes.size() - 2;
        EXPECT_TRUE(changes[header + 1].is_sync);
        EXPECT_FALSE(changes[header].is_sync);
        EXPECT_EQ(0u, changes[header].offset);
        EXPECT_TRUE(changes[header - 1].is_sync);
        for (const Change &change : changes)
            EXPECT_EQ(changes[0].file, change.file) << "the other file counts meanwhile";
    }
}
