/* Hart 0: the socket client, and the program that checks itself. */
#include "k230_selfcheck.h"
#include "virt.h"

static struct k230_client s_client;

static void say(void *arg, const char *line)
{
    (void)arg;
    machine_say(NULL, line);
}

static void say_figure(const char *name, uint32_t figure)
{
    char line[96] = "";
    k230_selfcheck_text(line, sizeof line, name);
    k230_selfcheck_text(line, sizeof line, " ");
    k230_selfcheck_number(line, sizeof line, figure);
    machine_say(NULL, line);
}

/* What the run itself must have shown beside the cases. */
static bool was_real(void)
{
    bool real = true;
    for (uint32_t hart = 0; hart < 2; hart++) {
        const uint32_t rings = __atomic_load_n(&machine_hals[hart].bell, __ATOMIC_SEQ_CST);
        say_figure(hart == 0 ? "figure: rings of the big core's bell" : "figure: rings of the small core's bell",
                   rings);
        real &= rings != 0;
        const uint32_t used = machine_stack_used(hart);
        say_figure(hart == 0 ? "figure: stack of the big core" : "figure: stack of the small core", used);
        real &= used < MACHINE_STACK_BYTES;
    }
    machine_say(NULL, real
                          ? "ok TwoHarts.both_harts_took_interrupts_and_kept_within_their_stacks"
                          : "FAILED TwoHarts.both_harts_took_interrupts_and_kept_within_their_stacks: see the figures");
    return real;
}

void big_core(void)
{
    k230_client_init(&s_client, &machine_hals[0].hal);
    struct k230_selfcheck check = {.client = &s_client, .say = say, .group = "TwoHarts."};
    k230_selfcheck_run(&check);
    say_figure("figure: milliseconds", (uint32_t)machine_hals[0].hal.ops->now_ms(&machine_hals[0].hal));
    k230_client_stop(&s_client);
    if (was_real())
        check.passed++;
    else
        check.failed++;
    char line[64] = "";
    k230_selfcheck_number(line, sizeof line, check.passed);
    k230_selfcheck_text(line, sizeof line, " passed, ");
    k230_selfcheck_number(line, sizeof line, check.failed);
    k230_selfcheck_text(line, sizeof line, " failed");
    machine_say(NULL, line);
    machine_end(check.failed == 0 ? 0 : 1);
}
