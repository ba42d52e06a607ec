// What a PC has deployed, whole and not.
#include "deployed.h"

#include "k230_crc.h"
#include "k230_store.h"

#include <gtest/gtest.h>

#include <cstring>

using k230::App;
using k230::ReadDeployed;

namespace
{

const uint32_t BLOCK = 4096;
const uint32_t BLOCKS = 8;

class Deployed : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        m_image.resize(BLOCK * BLOCKS);
        ASSERT_EQ(0, k230_store_init(&m_store, m_image.data(), BLOCKS, BLOCK, nullptr));
    }

    static void Put(std::string &pe, size_t at, uint32_t number, size_t bytes = 4)
    {
        for (size_t i = 0; i < bytes; i++) {
            pe[at + i] = static_cast<char>(number >> (8 * i));
        }
    }

    // Version 1.2.3.4, with a method, and its name in the table of texts or, without one, among those of nanoCLR.
    static std::string Pe(const std::string &name, bool hasMain, uint32_t natives = 0)
    {
        std::string pe(124 + 16 + 64, '\0');

        memcpy(&pe[0], "NFMRK1\0", 8);
        Put(pe, 20, natives);
        for (uint32_t i = 0; i < 4; i++) {
            Put(pe, 28 + 2 * i, i + 1, 2);
        }
        Put(pe, 36, name.empty() ? 0xFFFF - 813 : 1, 2);
        for (size_t table = 0; table < 16; table++) {
            Put(pe, 40 + 4 * table, table <= 6 ? 124 : table <= 11 ? 140 : static_cast<uint32_t>(pe.size()));
        }
        Put(pe, 124 + 4, hasMain ? 0x08000001 : 1);
        memcpy(&pe[141], name.data(), name.size());
        return Sealed(pe);
    }

    static std::string Sealed(std::string pe)
    {
        Put(pe, 8, 0);
        Put(pe, 12, k230_crc(0, &pe[124], pe.size() - 124));
        Put(pe, 8, k230_crc(0, &pe[0], 124));
        return pe;
    }

    void Deploy(const std::string &pe)
    {
        ASSERT_EQ(0, k230_store_write(&m_store, m_at, pe.data(), static_cast<uint32_t>(pe.size())));
        m_at += (static_cast<uint32_t>(pe.size()) + 3) & ~3u;
    }

    void Refused(const std::string &why)
    {
        EXPECT_FALSE(ReadDeployed(m_store, m_app, m_error));
        EXPECT_NE(m_error.find(why), std::string::npos) << m_error;
    }

    std::vector<uint8_t> m_image;
    struct k230_store m_store = {};
    uint32_t m_at = 0;
    App m_app;
    std::string m_error;
};

TEST_F(Deployed, NothingIsNoError)
{
    EXPECT_FALSE(ReadDeployed(m_store, m_app, m_error));
    EXPECT_EQ("", m_error);
}

TEST_F(Deployed, AProgramIsReadWithWhatItsAssembliesSayOfThemselves)
{
    Deploy(Pe("", false, 0x1549C856));
    Deploy(Pe("Echo", true));
    ASSERT_TRUE(ReadDeployed(m_store, m_app, m_error)) << m_error;
    ASSERT_EQ(2u, m_app.assemblies.size());
    EXPECT_EQ("", m_app.assemblies[0].line.name);
    EXPECT_EQ(0x1549C856u, m_app.assemblies[0].line.natives);
    EXPECT_EQ("Echo", m_app.assemblies[1].line.name);
    EXPECT_EQ("1.2.3.4", m_app.assemblies[1].line.version);
    EXPECT_EQ("Echo", m_app.start);
}

TEST_F(Deployed, WhatRunsIsACopy)
{
    Deploy(Pe("Echo", true));
    ASSERT_TRUE(ReadDeployed(m_store, m_app, m_error)) << m_error;
    const std::vector<uint8_t> before = m_app.assemblies[0].bytes;
    ASSERT_EQ(0, k230_store_erase(&m_store, 0, 1));
    EXPECT_EQ(before, m_app.assemblies[0].bytes);
}

TEST_F(Deployed, DamageIsNamed)
{
    Deploy(Pe("Lib", false));
    Deploy(Pe("Echo", true));
    m_image[m_at - 10] ^= 1;
    Refused("is damaged behind its 1 first assemblies, at byte 204; deploy the app again");
}

TEST_F(Deployed, OneProgramAtATime)
{
    Deploy(Pe("Echo", true));
    Deploy(Pe("Clock", true));
    Refused("the deployed assemblies Echo and Clock both have a Main");
}

TEST_F(Deployed, ALibraryAloneIsNoProgram)
{
    Deploy(Pe("Lib", false));
    Refused("none of the 1 deployed assemblies has a Main");
}

TEST_F(Deployed, NoAssemblyTwice)
{
    Deploy(Pe("Echo", true));
    Deploy(Pe("Echo", false));
    Refused("deployed assembly Echo is there twice");
}

TEST_F(Deployed, NotMoreThanNanoClrLoads)
{
    for (unsigned i = 0; i <= K230_APP_ASSEMBLIES; i++) {
        Deploy(Pe("A" + std::to_string(i), i == 0));
    }
    Refused("more than 64 assemblies are deployed");
}

TEST_F(Deployed, ANameEndsWhereItsTableDoes)
{
    std::string pe = Pe("Echo", true);

    for (size_t at = 141; at < pe.size(); at++) {
        pe[at] = 'x';
    }
    Deploy(Sealed(pe));
    ASSERT_TRUE(ReadDeployed(m_store, m_app, m_error)) << m_error;
    EXPECT_EQ(std::string(63, 'x'), m_app.assemblies[0].line.name);
}

} // namespace
