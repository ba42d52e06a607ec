// k230-wire-double as a PC meets it: over a pseudo-terminal, and over TCP through an agent on each stack.
#include "pc.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

using namespace k230_test;
namespace fs = std::filesystem;

namespace
{

enum class Way { SERIAL, TCP };

// In the names of the tests.
std::ostream &operator<<(std::ostream &out, Way way) { return out << (way == Way::SERIAL ? "pty" : "tcp"); }

constexpr uint32_t BASE = 0xC0000000;
constexpr uint32_t BLOCKS = 4;
constexpr uint32_t BLOCK = 0x10000;
constexpr uint32_t STOPPED = 0x80000000;
constexpr uint32_t EXITED = 0x800;
constexpr uint32_t RUNNING = 0x400;
constexpr uint32_t CLR_ONLY = 2, WAIT_FOR_PC = 4;

std::string environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value ? value : otherwise;
}

int free_port()
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    socklen_t length = sizeof at;
    at.sin_family = AF_INET;
    bind(fd, reinterpret_cast<sockaddr *>(&at), sizeof at);
    getsockname(fd, reinterpret_cast<sockaddr *>(&at), &length);
    close(fd);
    return ntohs(at.sin_port);
}

class WireDouble : public testing::TestWithParam<Way>
{
  protected:
    void SetUp() override
    {
#ifdef K230_TEST_LWIP
        if (!getenv("K230_LWIP"))
            GTEST_SKIP() << "no namespace with a tap device may be made here";
        setenv("K230_STACK", "lwip", 1);
#endif
        char name[] = "/tmp/k230-double-XXXXXX";
        ASSERT_NE(nullptr, mkdtemp(name));
        m_folder = name;
        if (GetParam() == Way::TCP)
            m_port = free_port();
    }

    void TearDown() override
    {
        m_device.reset();
        if (!m_folder.empty())
            fs::remove_all(m_folder);
    }

    std::vector<std::string> arguments()
    {
        std::vector<std::string> texts = {
            "--store", m_folder + "/store", "--script",           m_folder + "/script", "--blocks",
            "4",       "--block",           std::to_string(BLOCK)};
        if (GetParam() == Way::SERIAL)
            texts.insert(texts.begin(), "--serial");
        else
            texts.insert(texts.begin(),
                         {"--tcp", std::to_string(m_port), "--allow", environment("K230_KERNEL_IP", "127.0.0.1")});
        return texts;
    }

    void start(const std::string &script = "")
    {
        std::ofstream(m_folder + "/script") << script;
        m_device.reset();
        m_device = std::make_unique<Process>(K230_TEST_DOUBLE, arguments());
        m_where = m_device->line();
        ASSERT_FALSE(m_where.empty());
        if (GetParam() == Way::TCP) {
            ASSERT_EQ(std::to_string(m_port), m_where);
        }
    }

    static uint32_t conditions(Pc &pc, uint32_t set = 0, uint32_t reset = 0)
    {
        return get32(pc.ask(K230_WIRE_EXECUTION_CHANGE_CONDITIONS, words({set, reset})).payload, 0);
    }

    // A PC that has shown itself. A device that has not noticed yet that the last one went refuses the next over TCP,
    // and may lose its first packet over a line.
    std::unique_ptr<Pc> connect()
    {
        for (const uint64_t until = now_ms() + PATIENCE_MS; now_ms() < until;) {
            const int fd = GetParam() == Way::SERIAL ? Pc::open_serial(m_where)
                                                     : Pc::open_tcp(environment("K230_LWIP_IP", "127.0.0.1"), m_port);
            EXPECT_GE(fd, 0);
            auto pc = std::make_unique<Pc>(fd);
            const Bytes reply = pc->ask(K230_WIRE_PING, words({0x10002, 0}), 1000).payload;
            if (reply.size() == 8 && get32(reply, 0) == 0x10000) {
                // What it says while it starts is none of the test's.
                while ((conditions(*pc) & (EXITED | RUNNING)) == 0 && now_ms() < until)
                    std::this_thread::sleep_for(std::chrono::milliseconds(2));
                pc->forget();
                return pc;
            }
        }
        ADD_FAILURE() << "no CLR answers";
        return nullptr;
    }

    // The PC goes; over a line the device notices that only if nobody opens it again at once.
    void leave(std::unique_ptr<Pc> &pc, const std::string &said)
    {
        pc.reset();
        ASSERT_TRUE(m_device->says(said));
    }

    static void erase(Pc &pc)
    {
        for (uint32_t block = 0; block < BLOCKS; block++)
            EXPECT_EQ(words({1}), pc.ask(K230_WIRE_ERASE_MEMORY, words({BASE + block * BLOCK, BLOCK})).payload);
    }

    // Writes [from, to) of a program.
    static void write(Pc &pc, const Bytes &program, size_t from, size_t to)
    {
        while (from < to) {
            const size_t piece = std::min<size_t>(1016, to - from);
            Bytes payload = words({static_cast<uint32_t>(BASE + from), static_cast<uint32_t>(piece)});
            payload.insert(payload.end(), program.begin() + static_cast<long>(from),
                           program.begin() + static_cast<long>(from + piece));
            ASSERT_EQ(words({1}), pc.ask(K230_WIRE_WRITE_MEMORY, payload).payload);
            from += piece;
        }
    }

    static uint32_t crc_of(Pc &pc, size_t length)
    {
        return get32(pc.ask(K230_WIRE_CHECK_MEMORY, words({BASE, static_cast<uint32_t>(length)})).payload, 0);
    }

    static void reboot(Pc &pc, uint32_t flags = CLR_ONLY)
    {
        EXPECT_TRUE(pc.ask(K230_WIRE_REBOOT, words({flags})).is_good());
    }

    static void deploy(Pc &pc, const Bytes &program, uint32_t flags = CLR_ONLY)
    {
        erase(pc);
        write(pc, program, 0, program.size());
        EXPECT_EQ(k230_crc(0, program.data(), program.size()), crc_of(pc, program.size()));
        reboot(pc, flags);
        EXPECT_TRUE(pc.await(K230_WIRE_PING)) << "tools wait for it after a reboot";
    }

    // The names of what is loaded.
    static std::vector<std::string> assemblies(Pc &pc)
    {
        const Bytes numbers = pc.ask(K230_WIRE_TYPE_SYS_ASSEMBLIES).payload;
        std::vector<std::string> names;
        for (size_t at = 0; at < numbers.size(); at += 4) {
            const Bytes facts = pc.ask(K230_WIRE_RESOLVE_ASSEMBLY, words({get32(numbers, at)})).payload;
            EXPECT_EQ(524u, facts.size());
            EXPECT_EQ(0x8u, facts.at(0) & 0x8u) << "deployed";
            EXPECT_EQ(1, facts.at(4)) << "version";
            names.push_back(text_at(facts, 12));
        }
        return names;
    }

    std::string m_folder;
    std::string m_where;
    int m_port = 0;
    std::unique_ptr<Process> m_device;
};

using Names = std::vector<std::string>;

} // namespace

TEST_P(WireDouble, IsTakenForAClrByTheToolsOfAPc)
{
    start("native mscorlib 100.5.0.24 1549C856\nnative K230.Sockets 100.1.0.3 0A0B0C0D\n");
    const auto pc = connect();
    EXPECT_EQ(words({0x10000, 0x114}), pc->ask(K230_WIRE_PING, words({0x10002, 0})).payload)
        << "a CLR without a program, with CRCs and packets of 1024";
    const Bytes target = pc->ask(K230_WIRE_TARGET_INFO).payload;
    ASSERT_EQ(336u, target.size());
    EXPECT_EQ("K230_WIRE_DOUBLE", text_at(target, 16 + 128));
    EXPECT_EQ("K230", text_at(target, 16 + 128 + 32));
    EXPECT_EQ(words({BASE, BLOCKS, BLOCK, 0x50}), pc->ask(K230_WIRE_FLASH_SECTOR_MAP).payload);
    const Bytes map = pc->ask(K230_WIRE_MEMORY_MAP).payload;
    ASSERT_EQ(24u, map.size());
    EXPECT_EQ(BASE, get32(map, 12));
    const auto query = [&pc](uint32_t what) {
        return pc->ask(K230_WIRE_EXECUTION_QUERY_CLR_CAPABILITIES, words({what}));
    };
    EXPECT_EQ(0x10u, get32(query(1).payload, 0) & 0x10u) << "incremental deployment";
    EXPECT_EQ(42u, query(3).payload.size());
    EXPECT_EQ(252u, query(5).payload.size());
    EXPECT_EQ(208u, query(6).payload.size());
    EXPECT_EQ(200u, query(7).payload.size());
    EXPECT_EQ(words({2}), query(9).payload);
    const Bytes all = query(8).payload, second = query(8 | 1u << 16 | 7u << 24).payload;
    ASSERT_EQ(280u, all.size());
    EXPECT_EQ(0x1549C856u, get32(all, 0));
    EXPECT_EQ("mscorlib", text_at(all, 12));
    ASSERT_EQ(140u, second.size());
    EXPECT_EQ("K230.Sockets", text_at(second, 12));
    EXPECT_EQ(Bytes(all.begin() + 140, all.end()), second);
}

TEST_P(WireDouble, RefusesWhatItCannotDo)
{
    start();
    const auto pc = connect();
    for (const auto &[command, payload] :
         std::vector<std::pair<uint32_t, Bytes>>{{K230_WIRE_QUERY_CONFIGURATION, words({1, 0})},
                                                 {K230_WIRE_STORAGE_OPERATION, words({1, 0, 0, 0})},
                                                 {K230_WIRE_EXECUTE, words({BASE})},
                                                 {K230_WIRE_REBOOT, words({1})},
                                                 {K230_WIRE_RESOLVE_ASSEMBLY, words({1u << 16})},
                                                 {K230_WIRE_EXECUTION_QUERY_CLR_CAPABILITIES, words({77})},
                                                 {K230_WIRE_EXECUTION_QUERY_CLR_CAPABILITIES, {}},
                                                 {K230_WIRE_EXECUTION_CHANGE_CONDITIONS, words({1})},
                                                 {K230_WIRE_WRITE_MEMORY, words({BASE, 8, 0})},
                                                 {0x7777, {}}}) {
        SCOPED_TRACE(command);
        const Packet reply = pc->ask(command, payload);
        EXPECT_EQ(static_cast<uint32_t>(K230_WIRE_NACK), reply.header.flags & (K230_WIRE_ACK | K230_WIRE_NACK));
        EXPECT_TRUE(reply.payload.empty());
    }
}

TEST_P(WireDouble, RunsWhatWasDeployedAndSaysSo)
{
    start("on First print one line\non First print\non Other print not this\non First print last\n");
    const auto pc = connect();
    EXPECT_EQ(EXITED, conditions(*pc) & (EXITED | RUNNING));
    deploy(*pc, app("First"));
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    EXPECT_EQ((std::vector<std::string>{"Ready.\r\n", "one line\r\n", "\r\n", "last\r\n", "Done.\r\n"}), pc->lines);
    EXPECT_EQ(Names{"First"}, assemblies(*pc));
    EXPECT_EQ(EXITED, conditions(*pc) & (EXITED | RUNNING));
    EXPECT_EQ(0x114u, get32(pc->ask(K230_WIRE_PING, words({0x10002, 0})).payload, 4)) << "the program has exited";
}

TEST_P(WireDouble, KeepsWhatWasDeployed)
{
    start("on One print one\non Two print two\n");
    Bytes both = app("One", true, 0, 70000);
    const Bytes two = app("Two", false);
    both.insert(both.end(), two.begin(), two.end());
    deploy(*connect(), both);
    m_device->kill(SIGTERM);
    EXPECT_EQ(0, m_device->exit_code);
    start("on One print one\non Two print two\n");
    const auto pc = connect();
    EXPECT_EQ((Names{"One", "Two"}), assemblies(*pc));
    EXPECT_EQ(k230_crc(0, both.data(), both.size()), crc_of(*pc, both.size()));
}

TEST_P(WireDouble, SaysWhatDoesNotFitTheStore)
{
    start();
    const auto pc = connect();
    Bytes payload = words({BASE + BLOCKS * BLOCK - 4, 8, 1, 2});
    EXPECT_FALSE(pc->ask(K230_WIRE_WRITE_MEMORY, payload).is_good());
    EXPECT_TRUE(
        pc->await_line("nanoclr: 8 bytes at offset 262140 do not fit: the store has 262144 bytes in 4 blocks of "
                       "65536"));
    EXPECT_FALSE(pc->ask(K230_WIRE_ERASE_MEMORY, words({BASE + BLOCKS * BLOCK, BLOCK})).is_good());
    EXPECT_FALSE(pc->ask(K230_WIRE_CHECK_MEMORY, words({BASE, BLOCKS * BLOCK + 1})).is_good());
    EXPECT_FALSE(pc->ask(K230_WIRE_CHECK_MEMORY, words({BASE - 1, 4})).is_good());
    EXPECT_FALSE(pc->ask(K230_WIRE_READ_MEMORY, words({0, 4})).is_good());
    EXPECT_TRUE(pc->ask(K230_WIRE_READ_MEMORY, words({BASE, 4})).is_good());
}

TEST_P(WireDouble, RefusesNativesThatItHasNot)
{
    start("native Here 1.2.3.4 11223344\n");
    const auto pc = connect();
    const struct {
        Bytes program;
        std::string line;
    } refused[] = {
        {app("Here", true, 0x11223345),
         "nanoclr: Here: was built for natives 0x11223345, this firmware has 0x11223344"},
        {app("There", true, 7), "nanoclr: There: needs natives 0x00000007, and this firmware has none of that name"},
        {app("NoMain", false), "nanoclr: the deployed program: none of its assemblies has a Main"},
    };
    for (const auto &one : refused) {
        SCOPED_TRACE(one.line);
        pc->lines.clear();
        deploy(*pc, one.program);
        ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
        EXPECT_EQ(std::vector<std::string>{one.line + "\r\n"}, pc->lines);
    }
    deploy(*pc, app("Here", true, 0x11223344));
    EXPECT_TRUE(pc->await_line("Ready."));
}

/* ---- deployments that are cut ------------------------------------------------------------------------------------ */

TEST_P(WireDouble, APcThatGoesInTheMiddleOfADeploymentLeavesTheFormerProgram)
{
    start();
    const Bytes one = app("One", true, 0, 30000), two = app("Two", true, 0, 60000);
    auto pc = connect();
    deploy(*pc, one);
    erase(*pc);
    write(*pc, two, 0, two.size());
    leave(pc, "the PC went in the middle of a deployment");
    pc = connect();
    EXPECT_EQ(k230_crc(0, one.data(), one.size()), crc_of(*pc, one.size()));
    reboot(*pc);
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    EXPECT_EQ(Names{"One"}, assemblies(*pc));
}

/* On a wire nobody notices that a PC went, and the next one may only restart the program. */
TEST_P(WireDouble, ARestartInTheMiddleOfADeploymentKeepsTheFormerProgram)
{
    start();
    const Bytes one = app("One", true, 0, 30000), two = app("Two", true, 0, 60000);
    const auto pc = connect();
    deploy(*pc, one);
    for (const size_t part : {200, 30000, 59999}) {
        SCOPED_TRACE(part);
        erase(*pc);
        write(*pc, two, 0, part);
        reboot(*pc);
        ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
        EXPECT_EQ(Names{"One"}, assemblies(*pc));
        EXPECT_EQ(k230_crc(0, one.data(), one.size()), crc_of(*pc, one.size()));
    }
    deploy(*pc, two);
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    EXPECT_EQ(Names{"Two"}, assemblies(*pc));
}

TEST_P(WireDouble, KilledInTheMiddleOfADeploymentItStartsTheFormerProgram)
{
    start();
    const Bytes one = app("One", true, 0, 30000), two = app("Two", true, 0, 60000);
    deploy(*connect(), one);
    for (const size_t part : {0, 1, 30000, 60000}) {
        SCOPED_TRACE(part);
        const auto pc = connect();
        erase(*pc);
        write(*pc, two, 0, part);
        m_device->kill();
        start();
        EXPECT_EQ(Names{"One"}, assemblies(*connect()));
    }
}

TEST_P(WireDouble, KilledWhileItKeepsAProgramItStartsTheOldOrTheNewOne)
{
    start();
    std::mt19937 random(15);
    uint32_t old_ones = 0, new_ones = 0;
    const Bytes programs[] = {app("Even", true, 0, 150000), app("Odd", true, 0, 200000)};
    const Names names[] = {{"Even"}, {"Odd"}};
    deploy(*connect(), programs[0]);
    uint32_t now = 0;
    for (int i = GetParam() == Way::SERIAL ? 12 : 6; i > 0; i--) {
        auto pc = connect();
        erase(*pc);
        write(*pc, programs[1 - now], 0, programs[1 - now].size());
        pc->send(K230_WIRE_REBOOT, words({CLR_ONLY}));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
        m_device->kill();
        pc.reset();
        start();
        pc = connect();
        const Names found = assemblies(*pc);
        ASSERT_TRUE(found == names[0] || found == names[1]);
        (found == names[now] ? old_ones : new_ones)++;
        now = found == names[0] ? 0 : 1;
        EXPECT_EQ(k230_crc(0, programs[now].data(), programs[now].size()), crc_of(*pc, programs[now].size()));
    }
    RecordProperty("old", static_cast<int>(old_ones));
    RecordProperty("new", static_cast<int>(new_ones));
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

TEST_P(WireDouble, AProgramThatThrowsEndsAndThePcIsStillAnswered)
{
    start("on App throw no such thing\non App print never\n");
    const auto pc = connect();
    deploy(*pc, app("App"));
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    EXPECT_EQ(
        (std::vector<std::string>{"Ready.\r\n", "    ++++ Exception System.Exception - CLR_E_FAIL (1) ++++\r\n",
                                  "    ++++ Message: no such thing\r\n", " Uncaught exception \r\n", "Done.\r\n"}),
        pc->lines);
    EXPECT_EQ(Names{"App"}, assemblies(*pc));
}

TEST_P(WireDouble, AnEndlessLoopCanBeStoppedAndReplaced)
{
    start("on App print in\non App loop\non Next exit\non Next print never\n");
    const auto pc = connect();
    deploy(*pc, app("App"));
    ASSERT_TRUE(pc->await_line("in"));
    EXPECT_EQ(RUNNING, conditions(*pc) & (EXITED | RUNNING));
    EXPECT_EQ(STOPPED, conditions(*pc, STOPPED) & STOPPED);
    deploy(*pc, app("Next"));
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    EXPECT_EQ((std::vector<std::string>{"Ready.\r\n", "in\r\n", "Ready.\r\n", "Done.\r\n"}), pc->lines);
}

TEST_P(WireDouble, AProgramWaitsForThePcThatAskedItTo)
{
    start("on App print runs\n");
    const auto pc = connect();
    deploy(*pc, app("App"));
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    reboot(*pc, CLR_ONLY | WAIT_FOR_PC);
    ASSERT_TRUE(pc->await_line("Ready."));
    EXPECT_EQ(STOPPED, conditions(*pc) & (STOPPED | RUNNING | EXITED));
    conditions(*pc, 0, STOPPED);
    EXPECT_TRUE(pc->await_line("runs"));
}

TEST_P(WireDouble, APcThatGoesLetsAProgramThatWaitsForItRun)
{
    start("on App print runs\non App loop\n");
    auto pc = connect();
    deploy(*pc, app("App"));
    ASSERT_TRUE(pc->await_line("runs"));
    ASSERT_TRUE(m_device->says("runs"));
    reboot(*pc, CLR_ONLY | WAIT_FOR_PC);
    ASSERT_TRUE(pc->await_line("Ready."));
    leave(pc, "runs");
    EXPECT_EQ(RUNNING, conditions(*connect()) & (STOPPED | RUNNING | EXITED));
}

TEST_P(WireDouble, AHangAnswersNothing)
{
    start("on App print hangs\non App hang\n");
    const auto pc = connect();
    deploy(*pc, app("App"));
    ASSERT_TRUE(pc->await_line("hangs"));
    EXPECT_EQ(0u, pc->ask(K230_WIRE_PING, words({0x10002, 0}), 300).header.flags);
    m_device->kill(SIGTERM);
    EXPECT_EQ(0, m_device->exit_code);
}

TEST_P(WireDouble, ACrashEndsTheProcess)
{
    start("on App crash\n");
    const auto pc = connect();
    deploy(*pc, app("App"),
           CLR_ONLY | WAIT_FOR_PC); // what it had said just before would be lost with a pseudo-terminal
    ASSERT_TRUE(pc->await_line("Ready."));
    pc->send(K230_WIRE_EXECUTION_CHANGE_CONDITIONS, words({0, STOPPED}));
    EXPECT_TRUE(pc->await_end());
    EXPECT_EQ(70, m_device->wait());
}

TEST_P(WireDouble, IsQuietWhereThePcWantsThat)
{
    start("on App print loud\n");
    const auto pc = connect();
    deploy(*pc, app("App"));
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    pc->lines.clear();
    conditions(*pc, 0x10000); // until the next start
    EXPECT_FALSE(pc->ask(K230_WIRE_ERASE_MEMORY, words({BASE - 4, 4})).is_good());
    reboot(*pc);
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    EXPECT_EQ((std::vector<std::string>{"Ready.\r\n", "loud\r\n", "Done.\r\n"}), pc->lines);
}

/* ---- what is wrong with its arguments ---------------------------------------------------------------------------- */

TEST_P(WireDouble, SaysWhichArgumentsItTakes)
{
    const std::string store = m_folder + "/store", script = m_folder + "/script";
    for (const std::vector<std::string> &wrong :
         std::vector<std::vector<std::string>>{{},
                                               {"--serial"},
                                               {"--store", store},
                                               {"--serial", "--tcp", "0", "--allow", "127.0.0.1", "--store", store},
                                               {"--tcp", "0", "--store", store},
                                               {"--tcp", "65536", "--allow", "127.0.0.1", "--store", store},
                                               {"--serial", "--allow", "127.0.0.1", "--store", store},
                                               {"--serial", "--store", store, "--blocks", "0"},
                                               {"--serial", "--store", store, "--block", "6"},
                                               {"--serial", "--store", store, "--script", m_folder + "/none"},
                                               {"--serial", "--store", store, "--more"}})
        EXPECT_EQ(2, Process(K230_TEST_DOUBLE, wrong).wait());
    for (const std::string line :
         {"native mscorlib 1.2.3 0", "native mscorlib 1.2.3.4.5 0", "native mscorlib 1.2.3.65536 0",
          "native mscorlib 1.2.3.4 112233445", "native mscorlib 1.2.3.4", "on App", "on App sleep", "on App sleep -1",
          "on App exit now", "on App dance", "off App exit"}) {
        std::ofstream(script) << "# a comment\n\n" << line << "\n";
        EXPECT_EQ(2, Process(K230_TEST_DOUBLE, {"--serial", "--store", store, "--script", script}).wait()) << line;
    }
}

#ifdef K230_TEST_LWIP
INSTANTIATE_TEST_SUITE_P(Lwip, WireDouble, testing::Values(Way::TCP));
#else
INSTANTIATE_TEST_SUITE_P(Serial, WireDouble, testing::Values(Way::SERIAL));
INSTANTIATE_TEST_SUITE_P(Tcp, WireDouble, testing::Values(Way::TCP));
#endif

/* ---- TCP alone --------------------------------------------------------------------------------------------------- */

class WireDoubleOverTcp : public WireDouble
{
  protected:
    // The agent of the device's own.
    pid_t agent() const
    {
        for (const auto &entry : fs::directory_iterator("/proc")) {
            std::ifstream stat(entry.path() / "stat");
            pid_t pid = 0, parent = 0;
            std::string name, state;
            if (stat >> pid >> name >> state >> parent && parent == m_device->pid)
                return pid;
        }
        return -1;
    }
};

TEST_P(WireDoubleOverTcp, AnAgentThatDiesTakesThePcAndTheNextOneServesAgain)
{
    start("on App print runs\non App loop\n");
    auto pc = connect();
    deploy(*pc, app("App"));
    ASSERT_TRUE(pc->await_line("runs"));
    for (int i = 0; i < 3; i++) {
        const pid_t first = agent();
        ASSERT_GT(first, 0);
        ::kill(first, SIGKILL);
        EXPECT_TRUE(pc->await_end());
        pc = connect();
        EXPECT_EQ(RUNNING, conditions(*pc) & (EXITED | RUNNING)) << "the program has not noticed";
        EXPECT_EQ(Names{"App"}, assemblies(*pc));
    }
    reboot(*pc);
    EXPECT_TRUE(pc->await_line("runs"));
}

TEST_P(WireDoubleOverTcp, AnAgentThatDiesInTheMiddleOfADeploymentLeavesTheFormerProgram)
{
    start();
    const Bytes one = app("One", true, 0, 30000), two = app("Two", true, 0, 60000);
    auto pc = connect();
    deploy(*pc, one);
    erase(*pc);
    write(*pc, two, 0, 40000);
    ::kill(agent(), SIGKILL);
    EXPECT_TRUE(pc->await_end());
    pc = connect();
    EXPECT_EQ(k230_crc(0, one.data(), one.size()), crc_of(*pc, one.size()));
    deploy(*pc, two);
    ASSERT_TRUE(pc->await(K230_WIRE_PROGRAM_EXIT));
    EXPECT_EQ(Names{"Two"}, assemblies(*pc));
}

#ifdef K230_TEST_LWIP
INSTANTIATE_TEST_SUITE_P(Lwip, WireDoubleOverTcp, testing::Values(Way::TCP));
#else
INSTANTIATE_TEST_SUITE_P(Tcp, WireDoubleOverTcp, testing::Values(Way::TCP));
#endif
