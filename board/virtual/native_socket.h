/* The virtual board's side of the managed/native border: what NativeSocket.cs calls.
 *
 * Promises: a result >= 0 is success; a negative one is -enum k230_error or -enum k230_resolver_error. timeout_ms: -1
 * waits for ever, 0 does not wait, otherwise milliseconds for each transfer: bytes that move start it anew. Buffers are
 * used only during the call. Addresses are `struct k230_addr` as bytes.
 *
 * Contexts: any thread; one thread may close a socket that another waits on.
 */
#ifndef K230_NATIVE_SOCKET_H
#define K230_NATIVE_SOCKET_H

#include <stdint.h>

#define K230_EXPORT __attribute__((visibility("default")))

K230_EXPORT int k230_native_open(int family, int type, int proto);
K230_EXPORT int k230_native_close(int handle, int abort);
K230_EXPORT int k230_native_bind(int handle, const uint8_t *address);
K230_EXPORT int k230_native_listen(int handle, int backlog);
K230_EXPORT int k230_native_accept(int handle, uint8_t *peer, int timeout_ms);
K230_EXPORT int k230_native_connect(int handle, const uint8_t *address, int timeout_ms);
K230_EXPORT int k230_native_send(int handle, const uint8_t *data, int offset, int count, int timeout_ms);
K230_EXPORT int k230_native_send_all(int handle, const uint8_t *data, int offset, int count, int timeout_ms);
K230_EXPORT int k230_native_send_to(int handle, const uint8_t *data, int offset, int count, const uint8_t *address,
                                    int timeout_ms);
K230_EXPORT int k230_native_recv(int handle, uint8_t *data, int offset, int count, int flags, int timeout_ms);
K230_EXPORT int k230_native_recv_from(int handle, uint8_t *data, int offset, int count, int flags, uint8_t *from,
                                      int timeout_ms);
K230_EXPORT int k230_native_read_line(int handle, uint8_t *data, int offset, int count, int timeout_ms);
/* kept 1: the managed side keeps received bytes of this stream. Receiving gives -EINTR until it says 0. */
K230_EXPORT int k230_native_keep(int handle, int kept);
K230_EXPORT int k230_native_available(int handle);
K230_EXPORT int k230_native_set_option(int handle, int level, int option, const uint8_t *value, int length);
/* entries: `count` times {int32 handle, uint16 mask, uint16 revents}, aligned for an int32. -EINTR once
 * k230_native_nudges is no longer `nudges`. */
K230_EXPORT int k230_native_poll(uint8_t *entries, int count, int timeout_ms, int nudges);
K230_EXPORT int k230_native_nudges(void);
K230_EXPORT int k230_native_nudge(void);
/* answer: 256 bytes canonical name, then addresses. */
K230_EXPORT int k230_native_resolve(const char *host, const char *service, int family, int type, int proto, int flags,
                                    uint8_t *answer, int length, int timeout_ms);
/* The small core's network: k230_network (k230_ask.h), when it is no longer `seen`. */
K230_EXPORT int k230_native_network(int seen, int timeout_ms);
/* facts: one `struct k230_interface` as bytes, filled where the result (the number of interfaces) is positive. */
K230_EXPORT int k230_native_interface(int index, uint8_t *facts, int timeout_ms);

#endif
