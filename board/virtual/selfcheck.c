/* k230-selfcheck: the client as a process, without .NET: every case over the agent that the launcher finds or starts.
 * Exit code 0 when none failed. */
#include "k230_selfcheck.h"
#include "launcher.h"

#include <stdio.h>

static struct k230_launcher s_launcher;
static struct k230_client s_client;

static void say(void *arg, const char *line)
{
    (void)arg;
    puts(line);
    fflush(stdout);
}

int main(void)
{
    k230_launcher_init(&s_launcher);
    k230_client_init(&s_client, &s_launcher.hal.hal);
    struct k230_selfcheck check = {.client = &s_client, .say = say};
    const bool good = k230_selfcheck_run(&check);
    k230_client_stop(&s_client);
    k230_launcher_exit(&s_launcher);
    printf("%u passed, %u failed\n", check.passed, check.failed);
    return good ? 0 : 1;
}
