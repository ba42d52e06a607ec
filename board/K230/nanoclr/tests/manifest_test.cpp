// The manifest of an app, and texts that are none.
#include "manifest.h"

#include <gtest/gtest.h>

using k230::Manifest;
using k230::ReadManifest;

namespace
{

// Also in tools/Pack.Tests/PackageTests.cs, which writes it.
const char PACKED[] = "k230-app 1\n"
                      "# order name version bytes crc32 natives\n"
                      "1 mscorlib 1.17.11.0 144 AECF3285 1549C856\n"
                      "2 Events 1.0.0.0 160 46287C51 00000000\n"
                      "3 System.Threading 1.1.52.0 156 5189A0FC 00000000\n"
                      "4 K230.Sockets 1.0.0.0 200 A6E4B7F3 12345678\n"
                      "5 Echo 2.3.4.5 220 353C3929 00000000\n"
                      "start Echo\n";

const char PATH[] = "/sdcard/app/manifest.txt";
const char REMEDY[] = "; pack the app again with ./k230 pack and copy it again";

std::string With(const std::string &from, const std::string &to)
{
    std::string text = PACKED;

    EXPECT_NE(text.find(from), std::string::npos) << from;
    return text.replace(text.find(from), from.size(), to);
}

void Refused(const std::string &text, const std::string &expected)
{
    Manifest manifest;
    std::string error;

    EXPECT_FALSE(ReadManifest(text, PATH, manifest, error));
    EXPECT_EQ(error, PATH + expected + REMEDY);
}

} // namespace

TEST(Manifest, IsReadAsPackWroteIt)
{
    Manifest manifest;
    std::string error;

    ASSERT_TRUE(ReadManifest(PACKED, PATH, manifest, error)) << error;
    ASSERT_EQ(manifest.assemblies.size(), 5u);
    EXPECT_EQ(manifest.start, "Echo");
    EXPECT_EQ(manifest.assemblies[0].name, "mscorlib");
    EXPECT_EQ(manifest.assemblies[0].version, "1.17.11.0");
    EXPECT_EQ(manifest.assemblies[0].bytes, 144u);
    EXPECT_EQ(manifest.assemblies[0].crc, 0xAECF3285u);
    EXPECT_EQ(manifest.assemblies[0].natives, 0x1549C856u);
    EXPECT_EQ(manifest.assemblies[0].line, 3u);
    EXPECT_EQ(manifest.assemblies[3].name, "K230.Sockets");
    EXPECT_EQ(manifest.assemblies[3].line, 6u);
}

TEST(Manifest, MayHaveCarriageReturnsAndEmptyLines)
{
    std::string text = PACKED;
    Manifest manifest;
    std::string error;

    for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 4) {
        text.replace(at, 1, "\r\n\r\n");
    }

    ASSERT_TRUE(ReadManifest(text, PATH, manifest, error)) << error;
    EXPECT_EQ(manifest.assemblies.size(), 5u);
    EXPECT_EQ(manifest.start, "Echo");
}

TEST(Manifest, ThatIsCutAnywhereIsRefused)
{
    const std::string whole = PACKED;
    Manifest manifest;
    std::string error;

    // The last line may do without its end.
    for (size_t length = 0; length + 1 < whole.size(); length++) {
        EXPECT_FALSE(ReadManifest(whole.substr(0, length), PATH, manifest, error)) << length;
        EXPECT_EQ(error.compare(0, sizeof PATH, std::string(PATH) + ":"), 0) << error;
    }
    Refused(whole.substr(0, whole.size() - 11), ":7: the line 'start NAME' is missing: the file was cut");
    Refused(whole.substr(0, whole.size() - 3), ":8: starts 'Ec', which is none of the assemblies above");
}

TEST(Manifest, OfAnotherKindIsNamed)
{
    Refused("", ":1: expected 'k230-app 1', found ''");
    Refused("k230-app 2\n", ":1: expected 'k230-app 1', found 'k230-app 2'");
    Refused("\x7f"
            "ELF\x01\n",
            ":1: expected 'k230-app 1', found '?ELF?'");
    Refused(std::string(200, 'x'), ":1: expected 'k230-app 1', found '" + std::string(60, 'x') + "...'");
}

TEST(Manifest, LinesHaveSixWords)
{
    const std::string expected = "expected 'ORDER NAME VERSION BYTES CRC32 NATIVES', found '";

    Refused(With(" 144 ", " "), ":3: " + expected + "1 mscorlib 1.17.11.0 AECF3285 1549C856'");
    Refused(With(" 144 ", "  144 "), ":3: " + expected + "1 mscorlib 1.17.11.0  144 AECF3285 1549C856'");
    Refused(With(" 144 ", " -1 "), ":3: " + expected + "1 mscorlib 1.17.11.0 -1 AECF3285 1549C856'");
    Refused(With(" 144 ", " 1000000000 "), ":3: " + expected + "1 mscorlib 1.17.11.0 1000000000 AECF3285 1549C856'");
    Refused(With(" 1549C856", " 1549C856 1"), ":3: " + expected + "1 mscorlib 1.17.11.0 144 AECF3285 1549C856 1'");
    Refused(With(" 1549C856", " 1549C856 "), ":3: " + expected + "1 mscorlib 1.17.11.0 144 AECF3285 1549C856 '");
    Refused(With("AECF3285", "AECF328"), ":3: " + expected + "1 mscorlib 1.17.11.0 144 AECF328 1549C856'");
    Refused(With("AECF3285", "aecf3285"), ":3: " + expected + "1 mscorlib 1.17.11.0 144 aecf3285 1549C856'");
    Refused(With("start Echo", "begin Echo"), ":8: " + expected + "begin Echo'");
}

TEST(Manifest, NamesStayInTheFolder)
{
    const std::string expected = ":4: expected 'ORDER NAME VERSION BYTES CRC32 NATIVES', found '2 ";

    Refused(With("Events", "../Events"), expected + "../Events 1.0.0.0 160 46287C51 00000000'");
    Refused(With("Events", ".."), expected + ".. 1.0.0.0 160 46287C51 00000000'");
    Refused(With("Events", "a/b"), expected + "a/b 1.0.0.0 160 46287C51 00000000'");
    Refused(With("Events", "a\\b"), expected + "a\\b 1.0.0.0 160 46287C51 00000000'");
}

TEST(Manifest, NamesHaveAHundredCharactersAtMost)
{
    const std::string longest(100, 'E');
    Manifest manifest;
    std::string error;

    ASSERT_TRUE(ReadManifest(With("Events", longest), PATH, manifest, error)) << error;
    EXPECT_EQ(manifest.assemblies[1].name, longest);
    Refused(With("Events", longest + "E"),
            ":4: expected 'ORDER NAME VERSION BYTES CRC32 NATIVES', found '2 " + std::string(58, 'E') + "...'");
}

TEST(Manifest, OrderIsCounted)
{
    Refused(With("3 System", "4 System"),
            ":5: expected assembly number 3, found 4: a line is missing, or the order was changed");
    Refused(With("2 Events 1.0.0.0 160 46287C51 00000000\n", ""),
            ":4: expected assembly number 2, found 3: a line is missing, or the order was changed");
}

TEST(Manifest, AnAssemblyIsThereOnce) { Refused(With("5 Echo", "5 Events"), ":7: Events is in line 4 already"); }

TEST(Manifest, StartIsOneOfItsAssembliesAndTheLastLine)
{
    Refused(With("start Echo", "start Ecco"), ":8: starts 'Ecco', which is none of the assemblies above");
    Refused(With("start Echo\n", "start Echo\nmore\n"), ":9: nothing comes after 'start', found 'more'");
    Refused("k230-app 1\nstart A\n", ":2: starts 'A', which is none of the assemblies above");
}

TEST(Manifest, ManyAssembliesAreRefused)
{
    std::string text = "k230-app 1\n";

    for (int i = 1; i <= K230_APP_ASSEMBLIES + 1; i++) {
        text += std::to_string(i) + " A" + std::to_string(i) + " 1.0.0.0 124 00000000 00000000\n";
    }
    Refused(text + "start A1\n", ":66: more than 64 assemblies, which nanoCLR does not load");
}

TEST(Crc32, IsTheOneOfZip)
{
    EXPECT_EQ(k230::Crc32(reinterpret_cast<const uint8_t *>("123456789"), 9), 0xCBF43926u);
    EXPECT_EQ(k230::Crc32(NULL, 0), 0u);
}
