// The store's two files in a folder.
#include "k230_store_posix.h"
#include "store_board.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace k230_test;
namespace fs = std::filesystem;

namespace
{

class MediumPosix : public testing::Test
{
  protected:
    void SetUp() override
    {
        char name[] = "/tmp/k230-store-XXXXXX";
        ASSERT_NE(nullptr, mkdtemp(name));
        folder = name;
    }

    void TearDown() override { fs::remove_all(folder); }

    fs::path folder;
};

struct Kept {
    explicit Kept(const fs::path &folder) : board(&posix.medium)
    {
        EXPECT_EQ(0, k230_medium_posix_init(&posix, folder.c_str()));
    }

    k230_medium_posix posix{};
    Board board;
};

} // namespace

TEST_F(MediumPosix, KeepsProgramsInTwoFilesInTurn)
{
    for (uint32_t n = 1; n <= 4; n++) {
        Kept kept(folder);
        EXPECT_EQ(n > 1 ? 1 : 0, k230_store_load(&kept.board.store));
        EXPECT_EQ(filled(n > 1 ? program(40 * n, n - 1) : Bytes()), kept.board.contents());
        kept.board.deploy(program(40 * (n + 1), n));
        ASSERT_EQ(0, k230_store_commit(&kept.board.store));
        EXPECT_TRUE(fs::exists(folder / "deploy.0"));
        EXPECT_EQ(n > 1, fs::exists(folder / "deploy.1"));
    }
    EXPECT_EQ(2, std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST_F(MediumPosix, MakesItsFolder)
{
    Kept kept(folder / "new");
    EXPECT_EQ(0, k230_store_load(&kept.board.store));
    EXPECT_FALSE(fs::exists(folder / "new"));
    kept.board.deploy(program(40, 1));
    EXPECT_EQ(0, k230_store_commit(&kept.board.store));
    EXPECT_TRUE(fs::exists(folder / "new" / "deploy.0"));
}

TEST_F(MediumPosix, MakesNoFolderBelowOneThatIsNotThere)
{
    Kept kept(folder / "not" / "there");
    kept.board.deploy(program(40, 1));
    EXPECT_EQ(-K230_ENOENT, k230_store_commit(&kept.board.store));
    EXPECT_EQ("the medium of the store fails with ENOENT", kept.board.describe(-K230_ENOENT));
}

TEST_F(MediumPosix, AFolderInPlaceOfAFileIsAFailureAndIsNotOverwritten)
{
    fs::create_directory(folder / "deploy.0");
    std::ofstream(folder / "deploy.1") << std::string(5000, 'x');
    Kept kept(folder);
    EXPECT_LT(k230_store_load(&kept.board.store), 0);
    EXPECT_EQ(K230_STORE_DAMAGED, kept.board.store.found[1]);
    kept.board.deploy(program(40, 1));
    EXPECT_LT(k230_store_commit(&kept.board.store), 0);
}

TEST_F(MediumPosix, AMediumThatIsFullKeepsTheFormerProgram)
{
    Kept kept(folder);
    kept.board.deploy(program(40, 1));
    ASSERT_EQ(0, k230_store_commit(&kept.board.store));
    rlimit former;
    ASSERT_EQ(0, getrlimit(RLIMIT_FSIZE, &former));
    const rlimit small = {K230_STORE_CONTENT + 100, former.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &small));
    kept.board.deploy(program(200, 2));
    const int status = k230_store_commit(&kept.board.store);
    ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &former));
    EXPECT_EQ(-K230_EIO, status);
    Kept next(folder);
    EXPECT_EQ(1, k230_store_load(&next.board.store));
    EXPECT_EQ(filled(program(40, 1)), next.board.contents());
    EXPECT_EQ(0, k230_store_commit(&kept.board.store));
    Kept last(folder);
    EXPECT_EQ(1, k230_store_load(&last.board.store));
    EXPECT_EQ(filled(program(200, 2)), last.board.contents());
}

TEST_F(MediumPosix, WantsAFolderOfALengthThatItHasRoomFor)
{
    k230_medium_posix posix;
    EXPECT_EQ(-K230_EINVAL, k230_medium_posix_init(&posix, ""));
    EXPECT_EQ(-K230_EINVAL, k230_medium_posix_init(&posix, std::string(K230_STORE_POSIX_FOLDER, 'a').c_str()));
    EXPECT_EQ(0, k230_medium_posix_init(&posix, std::string(K230_STORE_POSIX_FOLDER - 1, 'a').c_str()));
}
