/* A serial line by termios, and a pseudo-terminal whose other end the PC opens instead. */
#define _GNU_SOURCE
#include "k230_errno.h"
#include "serial_over_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int k230i_line_error(void) { return k230_name_errno(errno); }

static speed_t speed_of(uint32_t rate)
{
    static const struct {
        uint32_t rate;
        speed_t speed;
    } speeds[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},    {115200, B115200},
                  {230400, B230400}, {460800, B460800}, {921600, B921600}, {1500000, B1500000}};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].rate == rate)
            return speeds[i].speed;
    return B0; /* there is no such rate */
}

static bool make_raw(int fd, speed_t speed)
{
    struct termios line;
    if (tcgetattr(fd, &line) != 0)
        return false;
    cfmakeraw(&line);
    line.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    line.c_cflag |= CLOCAL | CREAD;
    line.c_cc[VMIN] = 0;
    line.c_cc[VTIME] = 0;
    return cfsetispeed(&line, speed) == 0 && cfsetospeed(&line, speed) == 0 && tcsetattr(fd, TCSANOW, &line) == 0;
}

/* Both ends are one terminal on Linux, so the end that the PC will open is raw too, and echoes nothing back. */
static int open_pty(struct k230_wire_serial *serial)
{
    const int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (grantpt(fd) == 0 && unlockpt(fd) == 0 && ptsname_r(fd, serial->name, sizeof serial->name) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool is_pty(const struct k230_wire_serial *serial) { return strcmp(serial->path, K230_WIRE_PTY) == 0; }

int k230i_line_open(struct k230_wire_serial *serial)
{
    const speed_t speed = speed_of(serial->rate);
    if (speed == B0)
        return -K230_EINVAL;
    const int fd = is_pty(serial) ? open_pty(serial) : open(serial->path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return k230i_line_error();
    if (make_raw(fd, speed) && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        return fd;
    const int error = k230i_line_error();
    close(fd);
    return error;
}

/* What a PC has left unread on a pseudo-terminal waits in its end, and only from there it can be thrown away. */
void k230i_line_flush(struct k230_wire_serial *serial)
{
    tcflush(serial->fd, TCIOFLUSH);
    const int other = is_pty(serial) ? open(serial->name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (other < 0)
        return;
    tcflush(other, TCIOFLUSH);
    close(other);
}
