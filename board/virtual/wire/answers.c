/* What a PC asks, and what nanoCLR answers: payloads as nf-interpreter 3367392a0 lays them out, all without padding. */
#define _GNU_SOURCE
#include "wire_double.h"

#include <string.h>

#define PING_SOURCE_CLR 0x00010000u
#define PING_STOP 0x00000001u
#define PING_EXITED 0x00000004u
#define PING_CRC32 0x00000010u
#define PING_PACKETS_OF_1024 0x00000100u

#define ACCESS_GOOD 0x0001u

#define REBOOT_TO_BOOTERS 0x9u /* nanoBooter, or one of the maker's */
#define REBOOT_STOPS 0x4u

#define MAP_RAM 1u
#define MAP_FLASH 2u
#define SECTORS_DEPLOYMENT 0x50u

/* Floating point, source-level debugging, exception filters, incremental deployment, soft reboot, threads for eval. */
#define CAPABILITIES 0x0000043Bu

#define ASSEMBLY_FLAGS 0x0000000Fu /* resolved, resolution completed, prepared, deployed */

static const uint16_t s_version[4] = {1, 0, 0, 0};
static const char s_info[] = "K230.nanoFramework's double of a device: runs scripts";
static const char s_target[] = "K230_WIRE_DOUBLE";
static const char s_platform[] = "K230";

struct reply {
    uint8_t bytes[K230_WIRE_PAYLOAD_MAX];
    uint32_t length;
};

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)(at[0] | at[1] << 8 | at[2] << 16) | (uint32_t)at[3] << 24;
}

static void put(struct reply *reply, const void *bytes, uint32_t length)
{
    memcpy(reply->bytes + reply->length, bytes, length);
    reply->length += length;
}

static void put32(struct reply *reply, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    put(reply, bytes, sizeof bytes);
}

static void put_version(struct reply *reply, const uint16_t version[4])
{
    for (int i = 0; i < 4; i++) {
        const uint8_t bytes[2] = {(uint8_t)version[i], (uint8_t)(version[i] >> 8)};
        put(reply, bytes, sizeof bytes);
    }
}

/* A field of `room` bytes, with zeros behind the text. */
static void put_text(struct reply *reply, const char *text, uint32_t room)
{
    const uint32_t length = (uint32_t)strnlen(text, room - 1);
    memset(reply->bytes + reply->length, 0, room);
    memcpy(reply->bytes + reply->length, text, length);
    reply->length += room;
}

static void put_zeros(struct reply *reply, uint32_t room) { put_text(reply, "", room); }

/* ---- who it is --------------------------------------------------------------------------------------------------- */

static bool ping(struct wire_double *d, const uint8_t *payload, uint32_t size, struct reply *reply)
{
    const bool stops = size >= 8 && (get32(payload + 4) & PING_STOP) != 0;
    d->conditions |= CONDITION_ENABLED;
    put32(reply, PING_SOURCE_CLR);
    put32(reply, ((d->conditions & CONDITION_EXITED) ? PING_EXITED : 0) | PING_CRC32 | PING_PACKETS_OF_1024);
    if ((d->conditions & CONDITION_STATES) == 0)
        d->conditions = stops ? d->conditions | CONDITION_STOPPED : d->conditions & ~CONDITION_STOPPED;
    return true;
}

static bool target_info(struct reply *reply)
{
    put_zeros(reply, 8); /* the version of a booter */
    put_version(reply, s_version);
    put_text(reply, s_info, 128);
    put_text(reply, s_target, 32);
    put_text(reply, s_platform, 32);
    put_text(reply, s_platform, 128);
    return true;
}

static void put_release(struct reply *reply)
{
    put_version(reply, s_version);
    put_text(reply, s_info, 128);
    put_text(reply, s_target, 32);
    put_text(reply, s_platform, 32);
}

/* One page of the natives: how many, and which is the first; both 0 stand for all. */
static bool natives(const struct script *script, uint32_t first, uint32_t count, struct reply *reply)
{
    const uint32_t all = script->native_count;
    if (first > all)
        return false;
    if ((first == 0 && count == 0) || count > all - first)
        count = all - first;
    if (count * 140u > K230_WIRE_PAYLOAD_MAX)
        return false;
    for (uint32_t i = first; i < first + count; i++) {
        put32(reply, script->natives[i].checksum);
        put_version(reply, script->natives[i].version);
        put_text(reply, script->natives[i].name, 128);
    }
    return true;
}

static void put_framework_version(const struct wire_double *d, struct reply *reply)
{
    static const uint16_t none[4] = {0};
    const uint16_t *version = none;
    for (uint32_t i = 0; i < d->assembly_count; i++)
        if (strcmp(d->assemblies[i].name, "mscorlib") == 0)
            version = d->assemblies[i].assembly.version;
    put_version(reply, version);
}

static bool capabilities(struct wire_double *d, uint32_t asked, struct reply *reply)
{
    switch (asked & 0xFFu) {
    case 1:
        put32(reply, CAPABILITIES);
        return true;
    case 3:
        put_text(reply, "a double, undated", 22);
        put_text(reply, "GNU GCC", 16);
        put32(reply, __GNUC__ * 10000 + __GNUC_MINOR__ * 100 + __GNUC_PATCHLEVEL__);
        return true;
    case 5:
        put_release(reply);
        put_zeros(reply, 4 + 32 + 16); /* maker, model, and two serial numbers */
        return true;
    case 6:
        put_release(reply);
        put_framework_version(d, reply);
        return true;
    case 7:
        put_release(reply);
        return true;
    case 8:
        return natives(d->script, asked >> 16 & 0xFFu, asked >> 24, reply);
    case 9:
        put32(reply, d->script->native_count);
        return true;
    default:
        return false;
    }
}

/* ---- the memory -------------------------------------------------------------------------------------------------- */

static bool memory_map(struct wire_double *d, struct reply *reply)
{
    put32(reply, RAM_BASE);
    put32(reply, RAM_BYTES);
    put32(reply, MAP_RAM);
    put32(reply, STORE_BASE);
    put32(reply, k230_store_bytes(&d->store));
    put32(reply, MAP_FLASH);
    return true;
}

static bool sectors(struct wire_double *d, struct reply *reply)
{
    put32(reply, STORE_BASE);
    put32(reply, d->store.blocks);
    put32(reply, d->store.block_bytes);
    put32(reply, SECTORS_DEPLOYMENT);
    return true;
}

/* A refusal to write says why on the console; the PC gets no more than that it failed. */
static bool accessed(struct wire_double *d, int status, struct reply *reply)
{
    char text[200];
    if (status < 0) {
        print_line(d, "nanoclr: %s", k230_store_describe(&d->store, status, text, sizeof text));
        return false;
    }
    put32(reply, ACCESS_GOOD);
    return true;
}

static bool access_memory(struct wire_double *d, uint32_t command, const uint8_t *payload, uint32_t size,
                          struct reply *reply)
{
    if (size < 8)
        return false;
    const uint32_t offset = get32(payload) - STORE_BASE;
    const uint32_t length = get32(payload + 4);
    uint32_t crc;
    switch (command) {
    case K230_WIRE_READ_MEMORY: /* nanoCLR lets nobody read what is deployed: zeros, and no error */
        if (length > K230_WIRE_PAYLOAD_MAX - 4 || k230_store_crc(&d->store, offset, length, &crc) < 0)
            return false;
        put_zeros(reply, 4 + length);
        return true;
    case K230_WIRE_CHECK_MEMORY:
        if (k230_store_crc(&d->store, offset, length, &crc) < 0)
            return false;
        put32(reply, crc);
        return true;
    case K230_WIRE_WRITE_MEMORY:
        return length <= size - 8 && accessed(d, k230_store_write(&d->store, offset, payload + 8, length), reply);
    default:
        return accessed(d, k230_store_erase(&d->store, offset, length), reply);
    }
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static bool change_conditions(struct wire_double *d, const uint8_t *payload, uint32_t size, struct reply *reply)
{
    if (size < 8)
        return false;
    d->conditions |= get32(payload);
    d->conditions &= ~get32(payload + 4);
    put32(reply, d->conditions);
    return true;
}

static bool reboot(struct wire_double *d, const uint8_t *payload, uint32_t size)
{
    const uint32_t flags = size >= 4 ? get32(payload) : 0;
    if (flags & REBOOT_TO_BOOTERS)
        return false;
    d->waits = (flags & REBOOT_STOPS) != 0;
    return true;
}

static bool assemblies(const struct wire_double *d, struct reply *reply)
{
    for (uint32_t i = 0; i < d->assembly_count; i++)
        put32(reply, (i + 1) << 16);
    return true;
}

static bool resolve_assembly(const struct wire_double *d, const uint8_t *payload, uint32_t size, struct reply *reply)
{
    const uint32_t number = size >= 4 ? get32(payload) >> 16 : 0;
    if (number == 0 || number > d->assembly_count)
        return false;
    const struct loaded *loaded = &d->assemblies[number - 1];
    put32(reply, ASSEMBLY_FLAGS);
    put_version(reply, loaded->assembly.version);
    put_text(reply, loaded->name, 512);
    return true;
}

static bool deployment_status(struct wire_double *d, struct reply *reply)
{
    put32(reply, 0); /* the entry point */
    put32(reply, STORE_BASE);
    put32(reply, k230_store_bytes(&d->store));
    return true;
}

/* False: what nanoCLR refuses, or what only a CLR can do. */
static bool handle(struct wire_double *d, const struct k230_wire_header *header, const uint8_t *payload,
                   struct reply *reply)
{
    switch (header->command) {
    case K230_WIRE_PING:
        return ping(d, payload, header->size, reply);
    case K230_WIRE_TARGET_INFO:
        return target_info(reply);
    case K230_WIRE_EXECUTION_QUERY_CLR_CAPABILITIES:
        return header->size >= 4 && capabilities(d, get32(payload), reply);
    case K230_WIRE_MEMORY_MAP:
        return memory_map(d, reply);
    case K230_WIRE_FLASH_SECTOR_MAP:
        return sectors(d, reply);
    case K230_WIRE_READ_MEMORY:
    case K230_WIRE_CHECK_MEMORY:
    case K230_WIRE_WRITE_MEMORY:
    case K230_WIRE_ERASE_MEMORY:
        return access_memory(d, header->command, payload, header->size, reply);
    case K230_WIRE_DEPLOYMENT_MAP:
        return true;
    case K230_WIRE_DEPLOYMENT_STATUS:
        return deployment_status(d, reply);
    case K230_WIRE_EXECUTION_CHANGE_CONDITIONS:
        return change_conditions(d, payload, header->size, reply);
    case K230_WIRE_REBOOT:
        return reboot(d, payload, header->size);
    case K230_WIRE_TYPE_SYS_ASSEMBLIES:
        return assemblies(d, reply);
    case K230_WIRE_RESOLVE_ASSEMBLY:
        return resolve_assembly(d, payload, header->size, reply);
    default:
        return false;
    }
}

void answer(struct wire_double *d, const struct k230_wire_header *header, const uint8_t *payload)
{
    struct reply reply = {.length = 0};
    if (header->flags & K230_WIRE_NACK)
        return;
    const bool is_reply = (header->flags & K230_WIRE_REPLY) != 0;
    const bool good = (!is_reply || header->command == K230_WIRE_PING) && handle(d, header, payload, &reply);
    if (!(header->flags & K230_WIRE_NON_CRITICAL)) {
        const uint32_t flags =
            (header->flags & K230_WIRE_NO_CACHING) | K230_WIRE_NON_CRITICAL | (good ? K230_WIRE_ACK : K230_WIRE_NACK);
        k230_wire_reply(&d->server, header, flags, reply.bytes, good && !is_reply ? reply.length : 0);
    }
    if (good && !is_reply && header->command == K230_WIRE_REBOOT)
        d->conditions |= CONDITION_REBOOT_PENDING; /* after its answer: nothing is sent any more */
}
