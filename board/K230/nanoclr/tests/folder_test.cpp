// A packed app in a folder, whole and not.
#include "folder.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using k230::App;
using k230::ReadApp;

namespace
{

class Folder : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        char name[] = "/tmp/k230-app-XXXXXX";

        ASSERT_NE(mkdtemp(name), nullptr);
        m_path = name;
        Add("mscorlib", 0x1549C856, 200);
        Add("Echo", 0, 5000);
        Write("manifest.txt", "k230-app 1\n" + m_lines + "start Echo\n");
    }

    void TearDown() override
    {
        DIR *directory = opendir(m_path.c_str());

        for (dirent *entry; (entry = readdir(directory)) != nullptr;) {
            remove((m_path + "/" + entry->d_name).c_str());
        }
        closedir(directory);
        rmdir(m_path.c_str());
    }

    void Write(const std::string &name, const std::string &text)
    {
        std::ofstream(m_path + "/" + name, std::ios::binary) << text;
    }

    static void Put(std::string &pe, size_t at, uint32_t number)
    {
        for (size_t i = 0; i < 4; i++) {
            pe[at + i] = static_cast<char>(number >> (8 * i));
        }
    }

    // Version 1.0.0.0, with a table of two methods; the second is Main.
    static std::string Pe(uint32_t natives, size_t bytes)
    {
        std::string pe(bytes, '\0');

        memcpy(&pe[0], "NFMRK1\0", 8);
        Put(pe, 20, natives);
        Put(pe, 28, 1);
        for (size_t at = 124; at < bytes; at++) {
            pe[at] = static_cast<char>(at * 7);
        }
        for (size_t table = 0; table < 16; table++) {
            Put(pe, 40 + 4 * table, table <= 6 ? 124 : 124 + 2 * 16);
        }
        Put(pe, 124 + 4, 0x00000001);
        Put(pe, 140 + 4, 0x08000001);
        return pe;
    }

    void Starts(const std::string &pe)
    {
        Again();
        Add("Echo", pe, 0);
        Write("manifest.txt", "k230-app 1\n" + m_lines + "start Echo\n");
    }

    void Add(const std::string &name, uint32_t natives, size_t bytes) { Add(name, Pe(natives, bytes), natives); }

    void Add(const std::string &name, const std::string &pe, uint32_t natives)
    {
        char line[200];

        snprintf(line, sizeof line, "%d %s 1.0.0.0 %zu %08X %08X\n", ++m_count, name.c_str(), pe.size(),
                 k230::Crc32(reinterpret_cast<const uint8_t *>(pe.data()), pe.size()), natives);
        m_lines += line;
        Write(name + ".pe", pe);
    }

    void Again() { m_lines.clear(), m_count = 0; }

    std::string Error()
    {
        App app;
        std::string error;

        EXPECT_FALSE(ReadApp(m_path, app, error));
        EXPECT_TRUE(app.assemblies.size() < 2);
        return error;
    }

    void Refused(const std::string &file, const std::string &expected)
    {
        EXPECT_EQ(Error(), m_path + "/" + file + ": " + expected);
    }

    std::string m_path;
    std::string m_lines;
    int m_count = 0;
};

const char COPY_AGAIN[] = "; copy the folder again that ./k230 pack made";

} // namespace

TEST_F(Folder, IsReadInTheManifestsOrder)
{
    App app;
    std::string error;

    ASSERT_TRUE(ReadApp(m_path, app, error)) << error;
    EXPECT_TRUE(k230::HasApp(m_path));
    EXPECT_EQ(app.folder, m_path);
    EXPECT_EQ(app.start, "Echo");
    ASSERT_EQ(app.assemblies.size(), 2u);
    EXPECT_EQ(app.assemblies[0].line.name, "mscorlib");
    EXPECT_EQ(app.assemblies[1].path, m_path + "/Echo.pe");
    EXPECT_EQ(app.assemblies[1].bytes.size(), 5000u);
    EXPECT_EQ(app.assemblies[1].bytes[4999], static_cast<uint8_t>(4999 * 7));
}

TEST_F(Folder, WithoutAManifestIsNoApp)
{
    unlink((m_path + "/manifest.txt").c_str());

    EXPECT_FALSE(k230::HasApp(m_path));
    Refused("manifest.txt", "cannot be read: No such file or directory; copy a folder there that ./k230 pack made");
}

TEST_F(Folder, AFileThatIsMissingIsNamedWithItsLine)
{
    unlink((m_path + "/Echo.pe").c_str());

    Refused("Echo.pe", "cannot be read: No such file or directory (" + m_path + "/manifest.txt:3)" + COPY_AGAIN);
}

TEST_F(Folder, AFileThatIsCutIsNamedWithBothLengths)
{
    Write("Echo.pe", Pe(0, 4096));

    Refused("Echo.pe", "has 4096 bytes, expected 5000 (" + m_path + "/manifest.txt:3)" + COPY_AGAIN);
}

TEST_F(Folder, AFileThatIsTooLongIsNotReadToItsEnd)
{
    Write("Echo.pe", Pe(0, 500000));

    Refused("Echo.pe", "has more than 5000 bytes, expected 5000 (" + m_path + "/manifest.txt:3)" + COPY_AGAIN);
}

// A file is read in pieces of 4096 bytes.
TEST_F(Folder, AFileThatIsTooLongIsNoticedWhereThePackedOneEndsWithAPieceToo)
{
    for (const size_t bytes : {4096, 8192}) {
        Starts(Pe(0, bytes));
        Write("Echo.pe", Pe(0, bytes) + "x");
        Refused("Echo.pe", "has more than " + std::to_string(bytes) + " bytes, expected " + std::to_string(bytes) +
                               " (" + m_path + "/manifest.txt:2)" + COPY_AGAIN);
    }
}

TEST_F(Folder, AFileThatOpensAndCannotBeReadIsNamedWithTheReason)
{
    unlink((m_path + "/Echo.pe").c_str());
    ASSERT_EQ(mkdir((m_path + "/Echo.pe").c_str(), 0700), 0);
    Refused("Echo.pe", "cannot be read: Is a directory (" + m_path + "/manifest.txt:3)" + COPY_AGAIN);

    unlink((m_path + "/manifest.txt").c_str());
    ASSERT_EQ(mkdir((m_path + "/manifest.txt").c_str(), 0700), 0);
    Refused("manifest.txt", "cannot be read: Is a directory; copy a folder there that ./k230 pack made");
}

TEST_F(Folder, AByteThatChangedIsNoticed)
{
    std::string pe = Pe(0, 5000);

    pe[3000] ^= 1;
    Write("Echo.pe", pe);

    EXPECT_EQ(Error().compare(0, (m_path + "/Echo.pe: its bytes are not those that were packed: CRC-32 0x").size(),
                              m_path + "/Echo.pe: its bytes are not those that were packed: CRC-32 0x"),
              0);
}

TEST_F(Folder, AnotherFormatIsNamed)
{
    std::string pe = Pe(0, 200);

    Again();
    pe[5] = '2';
    Add("mscorlib", pe, 0);
    Write("manifest.txt", "k230-app 1\n" + m_lines + "start mscorlib\n");
    Refused("mscorlib.pe", "is no assembly of format NFMRK1, which this firmware loads; build the app with the "
                           "nanoFramework packages that fit the firmware");

    Again();
    Add("mscorlib", std::string("NFMRK1\0\0", 8), 0);
    Write("manifest.txt", "k230-app 1\n" + m_lines + "start mscorlib\n");
    EXPECT_NE(Error().find("is no assembly of format NFMRK1"), std::string::npos);
}

TEST_F(Folder, NativesOtherThanTheManifestsAreNamed)
{
    Again();
    Add("mscorlib", Pe(0x11111111, 200), 0x22222222);
    Write("manifest.txt", "k230-app 1\n" + m_lines + "start mscorlib\n");

    Refused("mscorlib.pe", "was built for natives 0x11111111, the manifest says 0x22222222 (" + m_path +
                               "/manifest.txt:2); pack the app again with ./k230 pack");
}

TEST_F(Folder, AVersionOtherThanTheManifestsIsNamed)
{
    std::string pe = Pe(0, 200);

    Put(pe, 28, 2 | 34u << 16);
    Put(pe, 32, 5 | 65535u << 16);
    Starts(pe);
    Refused("Echo.pe", "is of version 2.34.5.65535, the manifest says 1.0.0.0 (" + m_path +
                           "/manifest.txt:2); pack the app again with ./k230 pack");
}

TEST_F(Folder, AStartWithoutAMainIsNamed)
{
    const std::string expected = "has no Main, and the manifest says to start it (" + m_path +
                                 "/manifest.txt:3); pack the app again with ./k230 pack";
    std::string pe = Pe(0, 200);

    Put(pe, 140 + 4, 0xF7FFFFFF);
    Starts(pe);
    Refused("Echo.pe", expected);
    Put(pe, 124 + 4, 0x08000000);
    Starts(pe);

    App app;
    std::string error;

    EXPECT_TRUE(ReadApp(m_path, app, error)) << error;
}

TEST_F(Folder, ATableOfMethodsThatIsNotWithinTheFileHasNoMain)
{
    struct Table {
        uint32_t start, next;
        char padding;
    };

    for (const Table &table : {Table{0, 200, 0}, Table{124, 201, 0}, Table{156, 124, 0}, Table{0xFFFFFFF0, 200, 0},
                               Table{124, 0xFFFFFFFF, 0}, Table{124, 155, 0}, Table{124, 156, 1},
                               // From the header on, in steps that come to Main.
                               Table{108, 156, 0}, Table{12, 156, 0}}) {
        std::string pe = Pe(0, 200);

        Put(pe, 40 + 4 * 6, table.start);
        Put(pe, 40 + 4 * 7, table.next);
        pe[108 + 6] = table.padding;
        Starts(pe);
        EXPECT_NE(Error().find("Echo.pe: has no Main"), std::string::npos) << table.start << " to " << table.next;
    }
}

TEST_F(Folder, AnAssemblyThatIsNotStartedNeedsNoMain)
{
    std::string pe = Pe(0, 200);

    Put(pe, 140 + 4, 1);
    Again();
    Add("mscorlib", pe, 0);
    Add("Echo", Pe(0, 200), 0);
    Write("manifest.txt", "k230-app 1\n" + m_lines + "start Echo\n");

    App app;
    std::string error;

    EXPECT_TRUE(ReadApp(m_path, app, error)) << error;
}

TEST_F(Folder, AManifestThatAsksForTooMuchIsRefusedBeforeItIsRead)
{
    Write("manifest.txt", "k230-app 1\n1 Echo 1.0.0.0 900000000 00000000 00000000\nstart Echo\n");

    Refused("manifest.txt:2",
            "900000000 bytes are more than an assembly can have; pack the app again with ./k230 pack");
}
