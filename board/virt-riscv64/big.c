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

/* A wake-up that is lost costs a watchdog's pause, and nothing else shows it. So do pauses of the machine that emulates
 * this one, which are few; of the self-check's tens of thousands of wake-ups many would be lost, if any were. */
#define LAPSES_AT_MOST 20u

static void expect(struct k230_selfcheck *check, bool holds, const char *name)
{
    char line[96] = "";
    k230_selfcheck_text(line, sizeof line, holds ? "ok TwoHarts." : "FAILED TwoHarts.");
    k230_selfcheck_text(line, sizeof line, name);
    k230_selfcheck_text(line, sizeof line, holds ? "" : ": see the figures");
    machine_say(NULL, line);
    if (holds)
        check->passed++;
    else
        check->failed++;
}

/* What the run itself must have shown beside the cases. */
static void look_at_the_run(struct k230_selfcheck *check)
{
    const uint32_t doorbells[2] = {machine_hals[0].hal.ops->doorbell(&machine_hals[0].hal),
                                   machine_hals[1].hal.ops->doorbell(&machine_hals[1].hal)};
    const uint32_t stacks[2] = {machine_stack_used(0), machine_stack_used(1)};
    const uint32_t lapses = machine_hals[0].lapses + __atomic_load_n(&machine_hals[1].lapses, __ATOMIC_RELAXED);
    say_figure("figure: milliseconds", (uint32_t)machine_hals[0].hal.ops->now_ms(&machine_hals[0].hal));
    say_figure("figure: doorbells of the big core", doorbells[0]);
    say_figure("figure: doorbells of the small core", doorbells[1]);
    say_figure("figure: waits that the watchdog ended", lapses);
    say_figure("figure: stack of the big core", stacks[0]);
    say_figure("figure: stack of the small core", stacks[1]);
    expect(check, doorbells[0] != 0 && doorbells[1] != 0, "both_harts_slept_and_were_woken_by_interrupts");
    expect(check, lapses <= LAPSES_AT_MOST, "no_wake_up_was_lost");
    expect(check, stacks[0] < MACHINE_STACK_BYTES && stacks[1] < MACHINE_STACK_BYTES, "both_kept_within_their_stacks");
}

void big_core(void)
{
    k230_client_init(&s_client, &machine_hals[0].hal);
    struct k230_selfcheck check = {.client = &s_client, .say = say, .group = "TwoHarts."};
    k230_selfcheck_run(&check);
    look_at_the_run(&check);
    k230_client_stop(&s_client);
    char line[64] = "";
    k230_selfcheck_number(line, sizeof line, check.passed);
    k230_selfcheck_text(line, sizeof line, " passed, ");
    k230_selfcheck_number(line, sizeof line, check.failed);
    k230_selfcheck_text(line, sizeof line, " failed");
    machine_say(NULL, line);
    machine_end(check.failed == 0 ? 0 : 1);
}
