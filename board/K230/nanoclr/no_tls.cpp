// TLS, which this firmware does not have: a program that asks for it gets a SocketException before the handshake, and
// the console says why. Upstream's stand-ins report that every step went well, and the program would take a connection that
// carries nothing for an encrypted one. They are weak, so these two take their places; nothing is called after them.

#include <nanoCLR_Runtime.h>
#include <nanoHAL.h>

static bool Refuse(const char *call)
{
    CLR_Debug::Printf("nanoclr: %s: this firmware has no TLS; https and SslStream cannot be used\r\n", call);
    return false;
}

bool SSL_ClientInit(int, int, const char *, int, const uint8_t *, int, const char *, int, int &, bool)
{
    return Refuse("SslStream.AuthenticateAsClient");
}

bool SSL_ServerInit(int, int, const char *, int, const uint8_t *, int, const char *, int, int &, bool)
{
    return Refuse("SslStream.AuthenticateAsServer");
}
