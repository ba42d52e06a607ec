/* Reads a script. */
#define _GNU_SOURCE
#include "wire_double.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct native s_mscorlib = {.name = "mscorlib", .version = {100, 5, 0, 24}, .checksum = 0x1549C856u};

/* The next word of a line, which moves on; "" at its end. */
static char *word(char **line)
{
    char *begin = *line + strspn(*line, " \t");
    char *end = begin + strcspn(begin, " \t");
    *line = *end ? end + 1 : end;
    *end = 0;
    return begin;
}

static bool number(const char *text, int base, unsigned long most, unsigned long *value)
{
    char *end;
    errno = 0;
    *value = strtoul(text, &end, base);
    return text[0] != 0 && text[0] != '-' && *end == 0 && errno == 0 && *value <= most;
}

static bool name(const char *text, char to[NAME_MAX_BYTES])
{
    const size_t length = strlen(text);
    if (length == 0 || length >= NAME_MAX_BYTES)
        return false;
    memcpy(to, text, length + 1);
    return true;
}

/* native NAME VERSION CHECKSUM */
static bool read_native(struct script *script, char *line)
{
    struct native *native = &script->natives[script->native_count];
    unsigned long checksum;
    if (script->native_count == NATIVES_MAX || !name(word(&line), native->name))
        return false;
    char *version = word(&line);
    for (int i = 0; i < 4; i++) {
        unsigned long part;
        char *rest = version + strcspn(version, ".");
        const bool is_last = *rest == 0;
        *rest = 0;
        if (is_last != (i == 3) || !number(version, 10, UINT16_MAX, &part))
            return false;
        native->version[i] = (uint16_t)part;
        version = is_last ? rest : rest + 1;
    }
    if (!number(word(&line), 16, UINT32_MAX, &checksum) || *word(&line))
        return false;
    native->checksum = (uint32_t)checksum;
    script->native_count++;
    return true;
}

static const struct {
    const char *name;
    enum action_kind kind;
} s_kinds[] = {{"print", ACTION_PRINT}, {"sleep", ACTION_SLEEP}, {"exit", ACTION_EXIT},  {"throw", ACTION_THROW},
               {"loop", ACTION_LOOP},   {"hang", ACTION_HANG},   {"crash", ACTION_CRASH}};

/* on NAME ACTION [ARGUMENT] */
static bool read_action(struct script *script, char *line)
{
    struct action *action = &script->actions[script->action_count];
    if (script->action_count == ACTIONS_MAX || !name(word(&line), action->on))
        return false;
    const char *kind = word(&line);
    size_t i = 0;
    while (i < sizeof s_kinds / sizeof s_kinds[0] && strcmp(s_kinds[i].name, kind) != 0)
        i++;
    if (i == sizeof s_kinds / sizeof s_kinds[0])
        return false;
    action->kind = s_kinds[i].kind;
    if (action->kind == ACTION_PRINT || action->kind == ACTION_THROW) {
        action->text = strdup(line);
        if (!action->text)
            return false;
    } else if (action->kind == ACTION_SLEEP) {
        unsigned long ms;
        if (!number(word(&line), 10, UINT32_MAX, &ms) || *word(&line))
            return false;
        action->ms = (uint32_t)ms;
    } else if (*word(&line)) {
        return false;
    }
    script->action_count++;
    return true;
}

static bool read_line(struct script *script, char *line)
{
    line[strcspn(line, "\r\n")] = 0;
    const char *first = word(&line);
    if (first[0] == 0 || first[0] == '#')
        return true;
    if (strcmp(first, "native") == 0)
        return read_native(script, line);
    return strcmp(first, "on") == 0 && read_action(script, line);
}

static bool read_lines(struct script *script, const char *path, FILE *file)
{
    char line[2048];
    for (unsigned n = 1; fgets(line, sizeof line, file); n++)
        if (!read_line(script, line)) {
            fprintf(stderr,
                    "k230-wire-double: %s:%u: expected 'native NAME VERSION CHECKSUM', or 'on NAME' and one of print "
                    "TEXT, sleep MS, exit, throw TEXT, loop, hang, crash\n",
                    path, n);
            return false;
        }
    return true;
}

bool read_script(struct script *script, const char *path)
{
    memset(script, 0, sizeof *script);
    if (path) {
        FILE *file = fopen(path, "r");
        if (!file) {
            fprintf(stderr, "k230-wire-double: %s: %s\n", path, strerror(errno));
            return false;
        }
        const bool good = read_lines(script, path, file);
        fclose(file);
        if (!good)
            return false;
    }
    if (script->native_count == 0)
        script->natives[script->native_count++] = s_mscorlib; /* tools take a firmware without natives for none */
    return true;
}
