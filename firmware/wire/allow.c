/* Addresses as text, and which of them are let in. The notations are those of RFC 4291, section 2.2, and RFC 4632,
 * section 3.1; zones, and IPv4 in other than four decimal numbers, are refused. */
#include "k230_wire_allow.h"

#include <string.h>

/* ---- addresses --------------------------------------------------------------------------------------------------- */

struct reader {
    const char *at;
    const char *end;
};

static bool takes(struct reader *reader, char what)
{
    if (reader->at == reader->end || *reader->at != what)
        return false;
    reader->at++;
    return true;
}

/* Decimal, without leading zeros, which some read as octal. */
static bool take_number(struct reader *reader, uint32_t most, uint32_t *number)
{
    const char *begin = reader->at;
    *number = 0;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        *number = *number * 10u + (uint32_t)(*reader->at++ - '0');
        if (*number > most)
            return false;
    }
    return reader->at > begin && (*begin != '0' || reader->at == begin + 1);
}

static bool take_ipv4(struct reader *reader, uint8_t ip[4])
{
    for (int part = 0; part < 4; part++) {
        uint32_t number;
        if ((part > 0 && !takes(reader, '.')) || !take_number(reader, 255, &number))
            return false;
        ip[part] = (uint8_t)number;
    }
    return true;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Up to four hexadecimal digits. */
static bool take_group(struct reader *reader, uint8_t ip[2])
{
    uint32_t value = 0;
    int digits = 0;
    for (; digits < 4 && reader->at < reader->end && digit_of(*reader->at) >= 0; digits++)
        value = value << 4 | (uint32_t)digit_of(*reader->at++);
    ip[0] = (uint8_t)(value >> 8);
    ip[1] = (uint8_t)value;
    return digits > 0;
}

static bool is_dotted(const struct reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && *at >= '0' && *at <= '9')
        at++;
    return at > reader->at && at < reader->end && *at == '.';
}

static bool take_ipv6(struct reader *reader, uint8_t ip[16])
{
    uint32_t length = 0;
    int gap = -1; /* where "::" stands */
    if (takes(reader, ':')) {
        if (!takes(reader, ':'))
            return false;
        gap = 0;
    }
    while (reader->at < reader->end && length < 16) {
        if (is_dotted(reader)) {
            if (length > 12 || !take_ipv4(reader, ip + length))
                return false;
            length += 4;
            break;
        }
        if (!take_group(reader, ip + length))
            return false;
        length += 2;
        if (reader->at == reader->end)
            break;
        if (!takes(reader, ':') || (reader->at == reader->end && length < 16) || length == 16)
            return false;
        if (takes(reader, ':')) {
            if (gap >= 0)
                return false;
            gap = (int)length;
        }
    }
    if (gap < 0)
        return length == 16 && reader->at == reader->end;
    if (length == 16)
        return false;
    memmove(ip + 16 - (length - (uint32_t)gap), ip + gap, length - (uint32_t)gap);
    memset(ip + gap, 0, 16 - length);
    return reader->at == reader->end;
}

bool k230_wire_parse_addr(const char *text, size_t length, struct k230_addr *addr)
{
    struct reader reader = {text, text + length};
    memset(addr, 0, sizeof *addr);
    if (memchr(text, ':', length)) {
        addr->family = K230_AF_INET6;
        if (take_ipv6(&reader, addr->ip))
            return true;
    } else {
        addr->family = K230_AF_INET;
        if (take_ipv4(&reader, addr->ip) && reader.at == reader.end)
            return true;
    }
    memset(addr, 0, sizeof *addr);
    return false;
}

static char *put_number(char *at, uint32_t number)
{
    if (number >= 100)
        *at++ = (char)('0' + number / 100);
    if (number >= 10)
        *at++ = (char)('0' + number / 10 % 10);
    *at++ = (char)('0' + number % 10);
    return at;
}

static char *put_ipv4(char *at, const uint8_t ip[4])
{
    for (int part = 0; part < 4; part++) {
        if (part > 0)
            *at++ = '.';
        at = put_number(at, ip[part]);
    }
    return at;
}

static bool is_mapped(const uint8_t ip[16])
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return memcmp(ip, prefix, sizeof prefix) == 0;
}

static uint32_t group_of(const uint8_t ip[16], int group)
{
    const uint8_t *pair = ip + (size_t)group * 2u;
    return (uint32_t)pair[0] << 8 | pair[1];
}

/* RFC 5952: the longest run of two or more zero groups is "::". */
static char *put_ipv6(char *at, const uint8_t ip[16])
{
    static const char digits[] = "0123456789abcdef";
    int gap = -1;
    int gap_length = 1;
    for (int begin = 0; begin < 8; begin++) {
        int length = 0;
        while (begin + length < 8 && group_of(ip, begin + length) == 0)
            length++;
        if (length > gap_length) {
            gap = begin;
            gap_length = length;
        }
    }
    for (int group = 0; group < 8; group++) {
        if (group == gap) {
            *at++ = ':';
            if (group + gap_length == 8)
                *at++ = ':';
            group += gap_length - 1;
            continue;
        }
        if (group > 0)
            *at++ = ':';
        const uint32_t value = group_of(ip, group);
        for (int shift = 12; shift >= 0; shift -= 4)
            if (value >> shift != 0 || shift == 0)
                *at++ = digits[value >> shift & 15u];
    }
    return at;
}

void k230_wire_format_addr(const struct k230_addr *addr, char text[K230_WIRE_ADDR_TEXT])
{
    char *at = text;
    if (addr->family == K230_AF_INET)
        at = put_ipv4(at, addr->ip);
    else if (addr->family == K230_AF_INET6 && is_mapped(addr->ip))
        at = put_ipv4(at, addr->ip + 12);
    else if (addr->family == K230_AF_INET6)
        at = put_ipv6(at, addr->ip);
    else
        *at++ = '?';
    *at = '\0';
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

/* ::ffff:1.2.3.4 becomes 1.2.3.4. */
static void unmap(struct k230_wire_network *network)
{
    if (network->family != K230_AF_INET6 || network->bits < 96 || !is_mapped(network->ip))
        return;
    memmove(network->ip, network->ip + 12, 4);
    memset(network->ip + 4, 0, 12);
    network->family = K230_AF_INET;
    network->bits = (uint8_t)(network->bits - 96);
}

static bool parse_network(const char *begin, const char *end, struct k230_wire_network *network)
{
    const char *slash = memchr(begin, '/', (size_t)(end - begin));
    const char *addr_end = slash ? slash : end;
    struct k230_addr addr;
    if (!k230_wire_parse_addr(begin, (size_t)(addr_end - begin), &addr))
        return false;
    const uint32_t most = addr.family == K230_AF_INET ? 32 : 128;
    uint32_t bits = most;
    if (slash) {
        struct reader reader = {slash + 1, end};
        if (!take_number(&reader, most, &bits) || reader.at != end)
            return false;
    }
    *network = (struct k230_wire_network){.family = (uint8_t)addr.family, .bits = (uint8_t)bits};
    for (uint32_t i = 0; i < most / 8; i++) {
        const uint32_t kept = bits >= i * 8 + 8 ? 8 : bits > i * 8 ? bits - i * 8 : 0;
        network->ip[i] = (uint8_t)(addr.ip[i] & 0xFF00u >> kept);
    }
    unmap(network);
    return true;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

int k230_wire_allow_parse(struct k230_wire_allow *allow, const char *text, const char **wrong)
{
    const char *at = text;
    memset(allow, 0, sizeof *allow);
    for (;;) {
        const char *begin = at;
        while (*at != '\0' && *at != ',')
            at++;
        const char *end = at;
        while (begin < end && is_blank(*begin))
            begin++;
        while (end > begin && is_blank(end[-1]))
            end--;
        const bool is_full = allow->count == K230_WIRE_NETWORKS;
        if (is_full || !parse_network(begin, end, &allow->networks[allow->count])) {
            memset(allow, 0, sizeof *allow);
            if (wrong)
                *wrong = begin;
            return is_full ? -K230_ENOBUFS : -K230_EINVAL;
        }
        allow->count++;
        if (*at == '\0')
            return (int)allow->count;
        at++;
    }
}

static bool is_in(const struct k230_wire_network *network, const struct k230_wire_network *peer)
{
    if (network->family != peer->family)
        return false;
    const uint32_t whole = network->bits / 8u;
    const uint32_t rest = network->bits % 8u;
    if (memcmp(network->ip, peer->ip, whole) != 0)
        return false;
    return rest == 0 || ((uint32_t)(network->ip[whole] ^ peer->ip[whole]) & (0xFF00u >> rest & 0xFFu)) == 0;
}

bool k230_wire_allows(const struct k230_wire_allow *allow, const struct k230_addr *peer)
{
    struct k230_wire_network alone = {.family = (uint8_t)peer->family};
    if (peer->family == K230_AF_INET) {
        alone.bits = 32;
        memcpy(alone.ip, peer->ip, 4);
    } else if (peer->family == K230_AF_INET6) {
        alone.bits = 128;
        memcpy(alone.ip, peer->ip, 16);
    } else {
        return false;
    }
    unmap(&alone);
    for (uint32_t i = 0; i < allow->count && i < K230_WIRE_NETWORKS; i++)
        if (is_in(&allow->networks[i], &alone))
            return true;
    return false;
}

bool k230_wire_allows_loopback_alone(const struct k230_wire_allow *allow)
{
    for (uint32_t i = 0; i < allow->count && i < K230_WIRE_NETWORKS; i++) {
        const struct k230_wire_network *network = &allow->networks[i];
        if (network->family != K230_AF_INET || network->bits < 8 || network->ip[0] != 127)
            return false;
    }
    return allow->count > 0;
}
