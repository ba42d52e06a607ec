/* TLS over the PAL: a real Mbed TLS with the hooks of interop/native/k230_tls.c below it, driven as nf-interpreter does
 * (tls_layer.cpp). Its peers are OpenSSL, and where the peer must misbehave, another Mbed TLS over a kernel socket.
 */
#include "pal_board.h"
#include "tls_layer.h"

#include <sockets_lwip.h>

#include <algorithm>
#include <csignal>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <sys/prctl.h>
#include <sys/wait.h>

constexpr int BLOCK_MS = K230_PAL_BLOCK_MS;
constexpr char HOST[] = "k230.test";

/* A thread that is over when its scene is. */
class Aside
{
  public:
    explicit Aside(std::function<void()> what) : thread_(std::move(what)) {}
    ~Aside() { Join(); }
    void Join()
    {
        if (thread_.joinable())
            thread_.join();
    }

  private:
    std::thread thread_;
};

/* The openssl command in a folder, with its input and output as files there. It ends with the scene, or the test. */
class OpenSsl
{
  public:
    OpenSsl(const std::string &folder, const std::string &name, std::vector<std::string> arguments,
            const std::string &input = "/dev/null")
        : output_(folder + "/" + name + ".log")
    {
        std::vector<char *> argv;
        arguments.insert(arguments.begin(), K230_TEST_OPENSSL);
        for (std::string &argument : arguments)
            argv.push_back(&argument[0]);
        argv.push_back(nullptr);
        const pid_t parent = getpid();
        pid_ = fork();
        if (pid_ != 0)
            return;
        const int in = open(input.c_str(), O_RDONLY | O_CLOEXEC);
        const int out = open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || chdir(folder.c_str()) != 0 ||
            dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
            _exit(126);
        execv(argv[0], argv.data());
        _exit(127);
    }
    ~OpenSsl()
    {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
    }
    OpenSsl(const OpenSsl &) = delete;
    OpenSsl &operator=(const OpenSsl &) = delete;

    std::string Output() const
    {
        std::ifstream file(output_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /* Its exit code; or -1 and why. */
    int Exit()
    {
        const int64_t until = NowMs() + PALS_PATIENCE_MS;
        int status = 0;
        while (waitpid(pid_, &status, WNOHANG) == 0) {
            if (NowMs() > until) {
                ADD_FAILURE() << "openssl does not end: " << Output();
                return -1;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    /* Where s_server listens, which it tells where it was left to choose. */
    int Port() const
    {
        const int64_t until = NowMs() + PALS_PATIENCE_MS;
        while (NowMs() < until) {
            const std::string said = Output();
            const size_t at = said.find("ACCEPT ");
            const size_t end = at == std::string::npos ? at : said.find('\n', at);
            if (end != std::string::npos)
                return atoi(said.c_str() + said.rfind(':', end) + 1);
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        ADD_FAILURE() << "openssl does not listen: " << Output();
        return 0;
    }

  private:
    std::string output_;
    pid_t pid_;
};

/* A TLS server on a kernel socket, for a thread of its own. */
class KernelTls
{
  public:
    KernelTls(Fd connection, const std::string &certificate, const std::string &key)
        : fd(std::move(connection)), tls_(MBEDTLS_SSL_IS_SERVER, "", certificate, key)
    {
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        tls_.net.fd = -1; /* it has none of the PAL's */
        mbedtls_ssl_set_bio(&tls_.ssl, this, Put, Get, nullptr);
    }
    int Handshake() { return mbedtls_ssl_handshake(&tls_.ssl); }
    int GoodBye() { return mbedtls_ssl_close_notify(&tls_.ssl); }
    /* The next bytes, or "!" and the error's number. */
    std::string Read(size_t most = 65536)
    {
        std::string bytes(most, 0);
        const int got = mbedtls_ssl_read(&tls_.ssl, reinterpret_cast<unsigned char *>(&bytes[0]), most);
        if (got < 0)
            return "!" + std::to_string(got);
        bytes.resize(static_cast<size_t>(got));
        return bytes;
    }
    void Write(const std::string &bytes)
    {
        for (size_t done = 0; done < bytes.size();) {
            const int sent = mbedtls_ssl_write(&tls_.ssl, reinterpret_cast<const unsigned char *>(bytes.data()) + done,
                                               bytes.size() - done);
            ASSERT_GT(sent, 0);
            done += static_cast<size_t>(sent);
        }
    }

    Fd fd;
    std::atomic<size_t> piece{SIZE_MAX}; /* what it sends arrives in pieces of so many bytes */
    std::atomic<int> pieces{0};

  private:
    static int Put(void *self, const unsigned char *bytes, size_t length)
    {
        auto *peer = static_cast<KernelTls *>(self);
        if (peer->piece != SIZE_MAX)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        peer->pieces++;
        const ssize_t sent = send(peer->fd, bytes, std::min(length, peer->piece.load()), MSG_NOSIGNAL);
        return sent >= 0         ? static_cast<int>(sent)
               : errno == EAGAIN ? MBEDTLS_ERR_SSL_TIMEOUT
                                 : MBEDTLS_ERR_NET_SEND_FAILED;
    }
    static int Get(void *self, unsigned char *bytes, size_t length)
    {
        const ssize_t got = recv(static_cast<KernelTls *>(self)->fd, bytes, length, 0);
        return got >= 0          ? static_cast<int>(got)
               : errno == EAGAIN ? MBEDTLS_ERR_SSL_TIMEOUT
                                 : MBEDTLS_ERR_NET_RECV_FAILED;
    }

    TlsContext tls_;
};

class TlsTest : public PalTest
{
  protected:
    using PalTest::PalTest;

    void SetUp() override
    {
        char folder[] = "/tmp/k230-tls-XXXXXX";
        PalTest::SetUp();
        if (IsSkipped() || HasFatalFailure())
            return;
        ASSERT_NE(nullptr, mkdtemp(folder));
        folder_ = folder;
        Certify("server", HOST);
    }

    void TearDown() override
    {
        PalTest::TearDown();
        for (const std::string &file : made_)
            unlink((folder_ + "/" + file).c_str());
        EXPECT_TRUE(folder_.empty() || rmdir(folder_.c_str()) == 0) << folder_ << ": " << strerror(errno);
    }

    std::string File(const std::string &name)
    {
        if (std::find(made_.begin(), made_.end(), name) == made_.end())
            made_.push_back(name);
        return folder_ + "/" + name;
    }

    /* NAME.pem and NAME.key: a certificate that is its own authority. */
    void Certify(const std::string &name, const std::string &host)
    {
        File(name + "-req.log");
        OpenSsl request(folder_, name + "-req",
                        {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                         "-keyout", File(name + ".key"), "-out", File(name + ".pem"), "-days", "2", "-subj",
                         "/CN=" + host, "-addext", "subjectAltName=DNS:" + host});
        ASSERT_EQ(0, request.Exit()) << request.Output();
    }

    std::unique_ptr<OpenSsl> Server(const std::string &answers)
    {
        File("server.log");
        return std::make_unique<OpenSsl>(folder_, "server",
                                         std::vector<std::string>{"s_server", "-accept", KernelIp() + ":0", "-cert",
                                                                  File("server.pem"), "-key", File("server.key"),
                                                                  answers});
    }

    std::unique_ptr<OpenSsl> Client(int port, const std::string &authority, const std::string &says)
    {
        std::ofstream(File("client.txt")) << says;
        File("client.log");
        return std::make_unique<OpenSsl>(folder_, "client",
                                         std::vector<std::string>{"s_client", "-quiet", "-connect",
                                                                  StackIp() + ":" + std::to_string(port), "-servername",
                                                                  HOST, "-CAfile", File(authority + ".pem"),
                                                                  "-verify_return_error", "-verify_hostname", HOST},
                                         File("client.txt"));
    }

    TlsContext &Context(int endpoint = MBEDTLS_SSL_IS_CLIENT, const std::string &authority = "server")
    {
        const bool serves = endpoint == MBEDTLS_SSL_IS_SERVER;
        contexts_.push_back(std::make_unique<TlsContext>(endpoint, serves ? "" : File(authority + ".pem"),
                                                         serves ? File("server.pem") : "",
                                                         serves ? File("server.key") : ""));
        return *contexts_.back();
    }
    void FreeContexts() { contexts_.clear(); }

    /* A socket with TLS to a server in this process. The handshake is done, and the thread that did it is gone. */
    int TlsPair(std::unique_ptr<KernelTls> *peer)
    {
        Fd fd;
        const int handle = Pair(&fd);
        peer->reset(new KernelTls(std::move(fd), File("server.pem"), File("server.key")));
        Aside server([&] { EXPECT_EQ(0, (*peer)->Handshake()); });
        EXPECT_EQ(0, TlsConnect(handle, HOST, Context()));
        return handle;
    }

    /* As the natives read: what is decrypted already, or else the socket is waited for. Mbed TLS's result. */
    int Read(int handle, std::string *bytes, size_t most = 4096)
    {
        bytes->resize(most);
        for (;;) {
            if (TlsAvailable(handle) == 0 && Poll(handle, 0) != 1)
                return MBEDTLS_ERR_SSL_TIMEOUT;
            const int got = TlsRead(handle, &(*bytes)[0], most);
            if (got != MBEDTLS_ERR_SSL_WANT_READ) {
                bytes->resize(got > 0 ? static_cast<size_t>(got) : 0);
                return got;
            }
            EXPECT_TRUE(net_would_block(&contexts_.back()->net));
            waited_++;
        }
    }

    /* Until there are so many bytes, or what ended it. */
    std::string ReadMany(int handle, size_t count, size_t most = 4096, int *ended = nullptr)
    {
        std::string all, some;
        while (all.size() < count) {
            const int got = Read(handle, &some, most);
            if (got <= 0) {
                if (ended)
                    *ended = got;
                else
                    ADD_FAILURE() << "after " << all.size() << " bytes: " << got;
                break;
            }
            all += some;
        }
        return all;
    }

    static std::string Bytes(size_t count)
    {
        std::string bytes(count, 0);
        for (size_t i = 0; i < count; i++)
            bytes[i] = static_cast<char>(Pattern(i));
        return bytes;
    }

    /* Milliseconds; a wait that is K230_PAL_BLOCK_MS long may end late on a busy machine, but not early. */
    static void ExpectBlocked(int64_t since)
    {
        const int64_t took = NowMs() - since;
        EXPECT_GE(took, BLOCK_MS - 20);
        EXPECT_LT(took, BLOCK_MS + PATIENCE_MS);
    }
    /* What this thread has worked so far. */
    static int64_t BusyMs()
    {
        timespec used = {};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        return used.tv_sec * 1000 + used.tv_nsec / 1000000;
    }
    static void ExpectAtOnce(int64_t since) { EXPECT_LT(NowMs() - since, BLOCK_MS / 2); }

    int SocketIn(uint32_t slot)
    {
        int handle = -1;
        EXPECT_TRUE(Eventually([&] {
            handle = Socket();
            if (k230_handle_slot(static_cast<uint32_t>(handle)) == slot)
                return true;
            Close(handle);
            return false;
        }));
        return handle;
    }

    int waited_ = 0; /* how often a read found too little */

  private:
    std::string folder_;
    std::vector<std::string> made_;
    std::vector<std::unique_ptr<TlsContext>> contexts_;
};

/* ---- the hooks --------------------------------------------------------------------------------------------------- */

template <class T> static const void *ImageOf(T *function)
{
    Dl_info info = {};
    EXPECT_NE(0, dladdr(reinterpret_cast<void *>(function), &info));
    return info.dli_fbase;
}

TEST_F(TlsTest, TheHooksOfThisTargetAreTheOnesThatEverybodyCalls)
{
    const void *here = ImageOf(k230_pal_instance);
    EXPECT_EQ(here, ImageOf(mbedtls_net_send));
    EXPECT_EQ(here, ImageOf(mbedtls_net_recv));
    EXPECT_EQ(here, ImageOf(mbedtls_net_recv_timeout));
    EXPECT_EQ(here, ImageOf(mbedtls_net_free));
    /* And where Mbed TLS is a library of its own, it finds these as well. */
    if (void *found = dlsym(RTLD_DEFAULT, "mbedtls_net_send")) {
        EXPECT_EQ(reinterpret_cast<void *>(mbedtls_net_send), found);
    }
}

TEST_F(TlsTest, WithoutASocketTheHooksRefuse)
{
    unsigned char byte = 0;
    mbedtls_net_context none = {-1};
    EXPECT_EQ(MBEDTLS_ERR_NET_INVALID_CONTEXT, mbedtls_net_send(&none, &byte, 1));
    EXPECT_EQ(MBEDTLS_ERR_NET_INVALID_CONTEXT, mbedtls_net_recv(&none, &byte, 1));
    EXPECT_EQ(MBEDTLS_ERR_NET_INVALID_CONTEXT, mbedtls_net_recv_timeout(&none, &byte, 1, 0));
}

TEST_F(TlsTest, AClosedSocketFailsAndDoesNotBlock)
{
    unsigned char byte = 0;
    mbedtls_net_context closed = {Socket()};
    Close(closed.fd);
    EXPECT_EQ(MBEDTLS_ERR_NET_SEND_FAILED, mbedtls_net_send(&closed, &byte, 1));
    EXPECT_EQ(MBEDTLS_ERR_NET_RECV_FAILED, mbedtls_net_recv(&closed, &byte, 1));
    EXPECT_EQ(MBEDTLS_ERR_NET_RECV_FAILED, mbedtls_net_recv_timeout(&closed, &byte, 1, 100));
    EXPECT_FALSE(net_would_block(&closed));
}

TEST_F(TlsTest, WouldBlockIsToldAsLongAsItIsTrue)
{
    Fd peer;
    unsigned char byte = 0;
    mbedtls_net_context net = {Pair(&peer)};
    EXPECT_EQ(MBEDTLS_ERR_SSL_WANT_READ, mbedtls_net_recv(&net, &byte, 1));
    EXPECT_TRUE(net_would_block(&net));
    KernelSend(peer, "x");
    EXPECT_EQ(1, Poll(net.fd, 0));
    EXPECT_EQ(1, mbedtls_net_recv(&net, &byte, 1));
    EXPECT_FALSE(net_would_block(&net));
    EXPECT_EQ('x', byte);
}

TEST_F(TlsTest, ReceivingWithATimeoutHonoursIt)
{
    Fd peer;
    unsigned char byte = 0;
    int blocking = 0;
    mbedtls_net_context net = {Pair(&peer)};
    EXPECT_EQ(0, SOCK_ioctl(net.fd, SOCK_FIONBIO, &blocking));

    int64_t since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, mbedtls_net_recv_timeout(&net, &byte, 1, 200));
    EXPECT_GE(NowMs() - since, 190);
    EXPECT_LT(NowMs() - since, BLOCK_MS);

    since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, mbedtls_net_recv_timeout(&net, &byte, 1, 0)) << "no limit but the PAL's own";
    ExpectBlocked(since);

    since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, mbedtls_net_recv_timeout(&net, &byte, 1, UINT32_MAX));
    ExpectBlocked(since);

    since = NowMs();
    Aside later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        KernelSend(peer, "x");
    });
    EXPECT_EQ(1, mbedtls_net_recv_timeout(&net, &byte, 1, 0)) << "and as soon as there is something";
    ExpectAtOnce(since);
}

TEST_F(TlsTest, WithoutBlockingOnlyATimeoutThatSomebodySetIsWaitedFor)
{
    Fd peer;
    unsigned char byte = 0;
    mbedtls_net_context net = {Pair(&peer)};

    int64_t since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_WANT_READ, mbedtls_net_recv_timeout(&net, &byte, 1, 0));
    ExpectAtOnce(since);

    since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, mbedtls_net_recv_timeout(&net, &byte, 1, 200));
    EXPECT_GE(NowMs() - since, 190);
    EXPECT_LT(NowMs() - since, BLOCK_MS);
}

TEST_F(TlsTest, FreeingClosesTheSocket)
{
    Fd peer;
    const int handle = Pair(&peer);
    mbedtls_net_context net = {handle};
    mbedtls_net_free(&net);
    EXPECT_EQ(-1, net.fd);
    EXPECT_EQ("", KernelRecv(peer));
    EXPECT_EQ(-1, SOCK_close(handle));
    EXPECT_EQ(SOCK_EBADF, SOCK_getlasterror());
    mbedtls_net_free(&net);
    EXPECT_EQ(-1, net.fd);
}

TEST_F(TlsTest, FreeingWhatItsOwnerHasClosedLeavesTheNextSocketAlone)
{
    Fd peer;
    const int handle = Pair(&peer);
    mbedtls_net_context net = {handle};
    Close(handle);
    peer.Close();
    const int next = SocketIn(k230_handle_slot(static_cast<uint32_t>(handle)));
    ASSERT_NE(handle, next);
    mbedtls_net_free(&net);
    EXPECT_EQ(-1, net.fd);
    const Fd listener = KernelListener(KernelIp());
    EXPECT_EQ(0, Connect(next, KernelIp(), KernelPort(listener)));
}

/* Upstream frees contexts that never had a socket, with zero in them. */
TEST_F(TlsTest, FreeingZeroClosesNoSocket)
{
    Fd peer;
    const int handle = Pair(&peer);
    mbedtls_net_context net = {0};
    mbedtls_net_free(&net);
    EXPECT_EQ(2u, Send(handle, "ok"));
    EXPECT_EQ("ok", KernelRecv(peer, 2));
}

TEST_F(TlsTest, TheContextBelongsToTheHandle)
{
    int one, other;
    const int handle = Socket();
    const int neighbour = Socket();
    EXPECT_EQ(nullptr, g_Sockets_LWIP_Driver.GetSocketSslData(handle));
    g_Sockets_LWIP_Driver.SetSocketSslData(handle, &one);
    g_Sockets_LWIP_Driver.SetSocketSslData(neighbour, &other);
    EXPECT_EQ(&one, g_Sockets_LWIP_Driver.GetSocketSslData(handle));
    EXPECT_EQ(&other, g_Sockets_LWIP_Driver.GetSocketSslData(neighbour));

    Close(handle);
    EXPECT_EQ(nullptr, g_Sockets_LWIP_Driver.GetSocketSslData(handle));
    const int next = SocketIn(k230_handle_slot(static_cast<uint32_t>(handle)));
    EXPECT_EQ(nullptr, g_Sockets_LWIP_Driver.GetSocketSslData(next));
    g_Sockets_LWIP_Driver.SetSocketSslData(handle, &one);
    EXPECT_EQ(nullptr, g_Sockets_LWIP_Driver.GetSocketSslData(next)) << "an old handle reached a new socket";
    EXPECT_EQ(&other, g_Sockets_LWIP_Driver.GetSocketSslData(neighbour));
}

/* ---- OpenSSL as the peer ----------------------------------------------------------------------------------------- */

TEST_F(TlsTest, AHandshakeVerifiesTheServer)
{
    const auto server = Server("-rev");
    const int handle = Socket();
    std::string answer;
    TlsContext &context = Context();
    ASSERT_EQ(0, Connect(handle, KernelIp(), server->Port()));
    ASSERT_EQ(0, TlsConnect(handle, HOST, context));
    EXPECT_EQ(0u, mbedtls_ssl_get_verify_result(&context.ssl));
    EXPECT_EQ(6, TlsWrite(handle, "hello\n"));
    EXPECT_EQ(6, Read(handle, &answer));
    EXPECT_EQ("olleh\n", answer);
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, RequestsOfManySizesAreAnsweredInTurn)
{
    const auto server = Server("-rev");
    const int handle = Socket();
    ASSERT_EQ(0, Connect(handle, KernelIp(), server->Port()));
    ASSERT_EQ(0, TlsConnect(handle, HOST, Context()));
    for (const size_t size : {1u, 2u, 15u, 16u, 17u, 255u, 1000u, 4096u, 8191u, 16000u}) {
        std::string line(size, 0);
        for (size_t i = 0; i < size; i++)
            line[i] = static_cast<char>('!' + Pattern(i) % 90);
        EXPECT_EQ(static_cast<int>(size + 1), TlsWrite(handle, line + "\n"));
        EXPECT_EQ(std::string(line.rbegin(), line.rend()) + "\n", ReadMany(handle, size + 1, 777)) << size;
    }
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AMegabyteIsDownloadedByteByByteAsItIs)
{
    const std::string content = Bytes(1024 * 1024);
    std::ofstream(File("big"), std::ios::binary) << content;
    const auto server = Server("-WWW");
    const int handle = Socket();
    int ended = 1;
    ASSERT_EQ(0, Connect(handle, KernelIp(), server->Port()));
    ASSERT_EQ(0, TlsConnect(handle, HOST, Context()));
    EXPECT_GT(TlsWrite(handle, "GET /big HTTP/1.0\r\n\r\n"), 0);
    const std::string answer = ReadMany(handle, SIZE_MAX, 5000, &ended);
    EXPECT_TRUE(ended == 0 || ended == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) << ended;
    const size_t body = answer.find("\r\n\r\n");
    ASSERT_NE(std::string::npos, body);
    EXPECT_EQ(content.size(), answer.size() - body - 4);
    EXPECT_TRUE(answer.compare(body + 4, std::string::npos, content) == 0) << "other bytes";
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AnotherAuthoritysServerIsRefused)
{
    Certify("other", HOST);
    const auto server = Server("-rev");
    const int handle = Socket();
    TlsContext &context = Context(MBEDTLS_SSL_IS_CLIENT, "other");
    ASSERT_EQ(0, Connect(handle, KernelIp(), server->Port()));
    const int64_t since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, TlsConnect(handle, HOST, context));
    ExpectAtOnce(since);
    EXPECT_NE(0u, mbedtls_ssl_get_verify_result(&context.ssl) & MBEDTLS_X509_BADCERT_NOT_TRUSTED);
    EXPECT_EQ(nullptr, g_Sockets_LWIP_Driver.GetSocketSslData(handle));
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AServerOfAnotherNameIsRefused)
{
    const auto server = Server("-rev");
    const int handle = Socket();
    TlsContext &context = Context();
    ASSERT_EQ(0, Connect(handle, KernelIp(), server->Port()));
    EXPECT_EQ(MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, TlsConnect(handle, "somebody.else", context));
    EXPECT_NE(0u, mbedtls_ssl_get_verify_result(&context.ssl) & MBEDTLS_X509_BADCERT_CN_MISMATCH);
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AListenerServesOpenSsl)
{
    int port;
    const int listener = Listener(&port);
    const auto client = Client(port, "server", "hello\n");
    const int handle = Accept(listener);
    std::string request;
    ASSERT_GE(handle, 0);
    ASSERT_EQ(0, TlsAccept(handle, Context(MBEDTLS_SSL_IS_SERVER))) << client->Output();
    EXPECT_EQ(6, Read(handle, &request));
    EXPECT_EQ("hello\n", request);
    EXPECT_EQ(8, TlsWrite(handle, "welcome\n"));
    SSL_CloseSocket(handle);
    EXPECT_EQ(0, client->Exit()) << client->Output();
    EXPECT_NE(std::string::npos, client->Output().find("welcome\n")) << client->Output();
}

TEST_F(TlsTest, AServerHearsThatItIsRefused)
{
    int port;
    Certify("other", HOST);
    const int listener = Listener(&port);
    const auto client = Client(port, "other", "");
    const int handle = Accept(listener);
    ASSERT_GE(handle, 0);
    EXPECT_EQ(MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, TlsAccept(handle, Context(MBEDTLS_SSL_IS_SERVER)));
    SSL_CloseSocket(handle);
    EXPECT_EQ(1, client->Exit()) << client->Output();
}

/* ---- bytes in both directions ------------------------------------------------------------------------------------ */

TEST_F(TlsTest, MegabytesGoOutAndComeBack)
{
    const std::string content = Bytes(2 * 1024 * 1024 + 17);
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    /* Keeps what it reads, so that neither side waits for the other to read. */
    Aside echo([&] {
        std::string all, some;
        while (all.size() < content.size() && !(some = peer->Read()).empty() && some[0] != '!')
            all += some;
        EXPECT_TRUE(all == content) << all.size() << " bytes arrived";
        peer->Write(all);
    });
    EXPECT_EQ(static_cast<int>(content.size()), TlsWrite(handle, content));
    EXPECT_TRUE(ReadMany(handle, content.size(), 3001) == content);
    echo.Join();
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, ARecordThatComesInPiecesIsWaitedForAndNotSpunFor)
{
    const std::string content = Bytes(5000);
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    peer->piece = 100;
    peer->pieces = 0;
    Aside dribble([&] { peer->Write(content); });
    EXPECT_TRUE(ReadMany(handle, content.size()) == content);
    dribble.Join();
    EXPECT_GT(waited_, 0);
    /* One wait ends with the bytes it was for, perhaps in two parts; one more may be for an event from before. */
    EXPECT_LE(waited_, 2 * peer->pieces + 2);
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AHandshakeInPiecesIsWaitedFor)
{
    Fd fd;
    const int handle = Pair(&fd);
    KernelTls peer(std::move(fd), File("server.pem"), File("server.key"));
    peer.piece = 11;
    Aside server([&] { EXPECT_EQ(0, peer.Handshake()); });
    EXPECT_EQ(0, TlsConnect(handle, HOST, Context()));
    server.Join();
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, ReadingWithoutBlockingComesBackAtOnce)
{
    std::unique_ptr<KernelTls> peer;
    char byte;
    const int handle = TlsPair(&peer);
    const int64_t since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_WANT_READ, TlsRead(handle, &byte, 1));
    ExpectAtOnce(since);
    SSL_CloseSocket(handle);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

TEST_F(TlsTest, AGoodByeIsTheEndOfTheStream)
{
    std::unique_ptr<KernelTls> peer;
    std::string bytes;
    const int handle = TlsPair(&peer);
    peer->Write("last words");
    EXPECT_EQ(0, peer->GoodBye());
    EXPECT_EQ(10, Read(handle, &bytes));
    EXPECT_EQ(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, Read(handle, &bytes));
    SSL_CloseSocket(handle);
    EXPECT_EQ("!" + std::to_string(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY), peer->Read());
}

TEST_F(TlsTest, AnEndWithoutAGoodByeIsAnEndToo)
{
    std::unique_ptr<KernelTls> peer;
    std::string bytes;
    const int handle = TlsPair(&peer);
    peer->fd.Close();
    EXPECT_EQ(0, Read(handle, &bytes));
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AResetIsToldByReadingAndWriting)
{
    std::unique_ptr<KernelTls> peer;
    std::string bytes;
    const int handle = TlsPair(&peer);
    peer->fd.Reset();
    EXPECT_EQ(MBEDTLS_ERR_NET_CONN_RESET, Read(handle, &bytes));
    EXPECT_EQ(MBEDTLS_ERR_NET_CONN_RESET, Read(handle, &bytes));
    EXPECT_EQ(MBEDTLS_ERR_NET_CONN_RESET, TlsWrite(handle, "anybody?"));
    const int64_t since = NowMs();
    SSL_CloseSocket(handle);
    ExpectAtOnce(since);
}

TEST_F(TlsTest, AResetEndsTheHandshake)
{
    Fd peer;
    const int handle = Pair(&peer);
    TlsContext &context = Context();
    const int64_t since = NowMs();
    Aside reset([&] {
        EXPECT_EQ("\x16", KernelRecv(peer, 1)); /* the handshake has begun */
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        peer.Reset();
    });
    EXPECT_EQ(MBEDTLS_ERR_NET_CONN_RESET, TlsConnect(handle, HOST, context));
    ExpectAtOnce(since);
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AnAgentThatStartsAgainEndsTheHandshake)
{
    Fd peer;
    const int handle = Pair(&peer);
    TlsContext &context = Context();
    const int64_t since = NowMs();
    Aside restart([&] {
        EXPECT_EQ("\x16", KernelRecv(peer, 1));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        b().RestartAgent();
    });
    EXPECT_EQ(MBEDTLS_ERR_NET_CONN_RESET, TlsConnect(handle, HOST, context));
    ExpectAtOnce(since);
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, ClosingEveryConnectionSaysGoodByeWhereThereIsTls)
{
    std::unique_ptr<KernelTls> one, other;
    Fd plain;
    const int handles[] = {TlsPair(&one), TlsPair(&other), Pair(&plain)};
    SOCKETS_CloseConnections();
    EXPECT_EQ("!" + std::to_string(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY), one->Read());
    EXPECT_EQ("!" + std::to_string(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY), other->Read());
    EXPECT_EQ("", KernelRecv(one->fd));
    EXPECT_EQ("", KernelRecv(plain));
    for (const int handle : handles) {
        EXPECT_EQ(nullptr, g_Sockets_LWIP_Driver.GetSocketSslData(handle));
        EXPECT_EQ(-1, SOCK_close(handle));
        EXPECT_EQ(SOCK_EBADF, SOCK_getlasterror());
    }
    FreeContexts(); /* the TLS layer's own reboot comes later */
}

TEST_F(TlsTest, ClosingEveryConnectionWaitsForNoPeerThatDoesNotRead)
{
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    const std::string much(1u << 20, 'x');
    while (SOCK_send(handle, much.data(), static_cast<int>(much.size()), 0) > 0 || Poll(handle, 1, QUIET_MS) == 1) {
    } /* past the TLS layer: no room is left for its good-bye */
    const int64_t since = NowMs();
    SOCKETS_CloseConnections();
    ExpectAtOnce(since);
    peer->fd.Reset();
    FreeContexts();
}

TEST_F(TlsTest, FreeingTheContextTakesItFromTheSocketThatItCloses)
{
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    FreeContexts();
    EXPECT_EQ(nullptr, g_Sockets_LWIP_Driver.GetSocketSslData(handle));
    EXPECT_EQ("", KernelRecv(peer->fd));
    SOCKETS_CloseConnections();
}

/* ---- peers that stand still -------------------------------------------------------------------------------------- */

TEST_F(TlsTest, AServerThatNeverAnswersIsGivenUp)
{
    Fd peer;
    const int handle = Pair(&peer);
    TlsContext &context = Context();
    const int64_t since = NowMs();
    const int64_t busy = BusyMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, TlsConnect(handle, HOST, context));
    ExpectBlocked(since);
    EXPECT_LT(BusyMs() - busy, BLOCK_MS / 4) << "the CLR's thread spun";
    const int64_t closing = NowMs();
    SSL_CloseSocket(handle);
    ExpectAtOnce(closing);
}

TEST_F(TlsTest, AClientThatNeverAsksIsGivenUp)
{
    int port;
    const int listener = Listener(&port);
    const Fd peer = KernelConnect(StackIp(), port);
    const int handle = Accept(listener);
    TlsContext &context = Context(MBEDTLS_SSL_IS_SERVER);
    const int64_t since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, TlsAccept(handle, context));
    ExpectBlocked(since);
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, APeerThatDoesNotReadIsGivenUpOnce)
{
    const std::string much(64u * 1024u * 1024u, 'x');
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    int64_t since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, TlsWrite(handle, much));
    EXPECT_GE(NowMs() - since, BLOCK_MS - 20);
    EXPECT_LT(NowMs() - since, BLOCK_MS + PALS_PATIENCE_MS);
    /* The CLR stood still for long enough: what its owner does now, and closing above all, does not wait again. */
    since = NowMs();
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, TlsWrite(handle, "more"));
    SSL_CloseSocket(handle);
    ExpectAtOnce(since);
    peer->fd.Reset();
}

/* Mbed TLS keeps the record that was under way, and would take the next bytes for a repetition of those in it. */
TEST_F(TlsTest, AfterAWriteWasGivenUpNothingCountsAsWritten)
{
    const std::string much(64u * 1024u * 1024u, 'x');
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, TlsWrite(handle, much));
    std::atomic<bool> reading{true};
    Aside reader([&] {
        while (reading && !KernelRecv(peer->fd).empty()) {
        }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    EXPECT_EQ(MBEDTLS_ERR_SSL_TIMEOUT, TlsWrite(handle, "more"));
    reading = false;
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AStallThatEndsInTimeIsOnlyWaitedFor)
{
    const std::string much = Bytes(24u * 1024u * 1024u);
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    const int64_t since = NowMs();
    Aside reader([&] {
        std::string all;
        for (int round = 1; all.size() < much.size(); round++) {
            if (round <= 3)
                std::this_thread::sleep_for(std::chrono::milliseconds(BLOCK_MS / 2));
            while (all.size() < std::min<size_t>(much.size(), round <= 3 ? round * 4000000u : SIZE_MAX)) {
                const std::string some = peer->Read();
                ASSERT_GT(some.size(), 8u) << some; /* no error's number */
                all += some;
            }
        }
        EXPECT_TRUE(all == much);
    });
    EXPECT_EQ(static_cast<int>(much.size()), TlsWrite(handle, much));
    EXPECT_GT(NowMs() - since, BLOCK_MS) << "nothing stalled";
    SSL_CloseSocket(handle);
}

TEST_F(TlsTest, AResetEndsAWriteThatWaits)
{
    const std::string much(64u * 1024u * 1024u, 'x');
    std::unique_ptr<KernelTls> peer;
    const int handle = TlsPair(&peer);
    Aside reset([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(BLOCK_MS / 4));
        peer->fd.Reset();
    });
    EXPECT_EQ(MBEDTLS_ERR_NET_CONN_RESET, TlsWrite(handle, much));
    SSL_CloseSocket(handle);
}
