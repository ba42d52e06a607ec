/* A serial line behind a descriptor, with poll, read and write: what the ports have in common. A read never waits on
 * either of them; a write waits on RT-Smart, for as long as the bytes take. */
#include "serial_over_fd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static struct k230_wire_serial *self(struct k230_wire_transport *transport)
{
    return (struct k230_wire_serial *)transport;
}

static uint64_t now_ms(const struct k230_wire_serial *serial) { return serial->hal->ops->now_ms(serial->hal); }

static int serial_open(struct k230_wire_transport *transport)
{
    struct k230_wire_serial *serial = self(transport);
    const int fd = k230i_line_open(serial);
    if (fd < 0)
        return fd;
    serial->fd = fd;
    return 0;
}

/* What happened within the time, 0 for nothing. The other end of a pseudo-terminal that nobody holds open hangs up
 * again and again, so there is a sleep in it. */
static short look(struct k230_wire_serial *serial, short events, uint32_t timeout_ms)
{
    struct pollfd line = {.fd = serial->fd, .events = events};
    const int found = poll(&line, 1, (int)timeout_ms);
    if (found <= 0)
        return 0;
    return line.revents;
}

static int serial_accept(struct k230_wire_transport *transport, uint32_t timeout_ms)
{
    struct k230_wire_serial *serial = self(transport);
    const short found = look(serial, POLLIN, timeout_ms);
    if (found & POLLIN)
        return 1;
    if (found & POLLNVAL)
        return -K230_EIO;
    if (found != 0)
        serial->hal->ops->sleep(serial->hal, 20);
    return 0;
}

static int serial_read(struct k230_wire_transport *transport, void *data, uint32_t length, uint32_t timeout_ms)
{
    struct k230_wire_serial *serial = self(transport);
    const short found = look(serial, POLLIN, timeout_ms);
    if (found == 0)
        return 0;
    const ssize_t got = read(serial->fd, data, length);
    if (got > 0)
        return (int)got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR) && !(found & POLLHUP))
        return 0;
    if (got == 0 && !(found & POLLHUP))
        return 0;
    return -K230_ECONNRESET; /* EIO: nobody holds the other end of the pseudo-terminal open */
}

static int serial_write(struct k230_wire_transport *transport, const void *data, uint32_t length, uint32_t timeout_ms)
{
    struct k230_wire_serial *serial = self(transport);
    uint64_t until = now_ms(serial) + timeout_ms;
    for (uint32_t done = 0; done < length;) {
        const ssize_t sent = write(serial->fd, (const uint8_t *)data + done, length - done);
        if (sent > 0) {
            done += (uint32_t)sent;
            until = now_ms(serial) + timeout_ms;
            continue;
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return k230i_line_error();
        if (now_ms(serial) >= until)
            return -K230_ETIMEDOUT;
        if (k230_wire_ending(transport))
            return -K230_EINTR;
        look(serial, POLLOUT, 20);
    }
    return 0;
}

static void serial_drop(struct k230_wire_transport *transport) { k230i_line_flush(self(transport)); }

static void serial_close(struct k230_wire_transport *transport)
{
    struct k230_wire_serial *serial = self(transport);
    if (serial->fd >= 0)
        close(serial->fd);
    serial->fd = -1;
}

bool k230_wire_serial_init(struct k230_wire_serial *serial, struct k230_hal *hal, const char *path, uint32_t rate)
{
    static const struct k230_wire_transport_ops ops = {.open = serial_open,
                                                       .accept = serial_accept,
                                                       .read = serial_read,
                                                       .write = serial_write,
                                                       .drop = serial_drop,
                                                       .close = serial_close};
    const size_t length = strlen(path);
    memset(serial, 0, sizeof *serial);
    serial->transport = (struct k230_wire_transport){.ops = &ops, .name = serial->name};
    serial->hal = hal;
    serial->rate = rate;
    serial->fd = -1;
    if (length == 0 || length >= sizeof serial->path)
        return false;
    memcpy(serial->path, path, length + 1u);
    memcpy(serial->name, path, length + 1u);
    return true;
}
