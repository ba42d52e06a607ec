/* A serial line of the K230 by the UART driver of the vendor's RT-Smart (RT_USING_CANAAN_UART): /dev/uart1 to uart4.
 * There is no termios; one ioctl sets rate and format. A read of that driver returns what has come, without waiting; a
 * write returns when the last byte has left. */
#include "k230_errno.h"
#include "serial_over_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The driver's request: _IOW('U', 0x40, int), though it takes the structure below. */
#define LINE_CONFIGURE 0x40045540

/* The driver's structure: two words. */
struct line_configuration {
    uint32_t rate;
    uint32_t data_bits : 4;
    uint32_t second_stop_bit : 2; /* 0: one stop bit; the driver writes 1 to the register's bit for two */
    uint32_t parity : 2;          /* 0: none */
    uint32_t trigger : 2;         /* of the receiver's FIFO: 2 = at 16 bytes */
    uint32_t flow_control : 1;
    uint32_t reserved : 21;
};
K230_STATIC_ASSERT(sizeof(struct line_configuration) == 8, "what the driver reads");

int k230i_line_error(void) { return k230_name_errno(errno); }

int k230i_line_open(struct k230_wire_serial *serial)
{
    const struct line_configuration wanted = {.rate = serial->rate, .data_bits = 8, .trigger = 2};
    const int fd = open(serial->path, O_RDWR);
    if (fd < 0)
        return k230i_line_error();
    if (ioctl(fd, LINE_CONFIGURE, &wanted) == 0)
        return fd;
    const int error = k230i_line_error();
    close(fd);
    return error;
}

/* The driver keeps received bytes only, a few kilobytes of them. */
void k230i_line_flush(struct k230_wire_serial *serial)
{
    uint8_t away[64];
    for (int i = 0; i < 1024 && read(serial->fd, away, sizeof away) > 0; i++)
        ;
}
