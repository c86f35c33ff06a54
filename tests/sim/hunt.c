/* SPDX-License-Identifier: Apache-2.0 */
/* The child sends the seed through a pipe before each run and once more, with what failed, after
 * it was caught: whatever it dies of, its parent knows the seed. */

#include "tests/sim/hunt.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool tell(int report, const struct hunt_outcome *outcome)
{
    return write(report, outcome, sizeof *outcome) == (ssize_t)sizeof *outcome;
}

static int child_run(const struct hunt *hunt, int report)
{
    for (uint64_t seed = 0; seed < hunt->seeds; seed++) {
        struct hunt_outcome outcome = {.seed = seed, .failure = "an assertion"};
        if (!tell(report, &outcome)) {
            return 2;
        }
        if (hunt->caught(hunt->row, seed, outcome.failure)) {
            return tell(report, &outcome) ? 1 : 2;
        }
    }
    return 0;
}

struct hunt_outcome hunt_run(const struct hunt *hunt)
{
    struct hunt_outcome outcome = {.caught = false};
    int ends[2];
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(2);
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(2);
        }
        _exit(child_run(hunt, ends[1]));
    }
    (void)close(ends[1]);
    while (read(ends[0], &outcome, sizeof outcome) == (ssize_t)sizeof outcome) {
    }
    (void)close(ends[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    outcome.caught = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return outcome;
}

void hunt_say(size_t number, const struct hunt *hunt, const struct hunt_outcome *outcome)
{
    if (outcome->caught) {
        (void)printf("%2zu %-36s caught by %s seed %llu: %s\n", number, hunt->name, hunt->config,
                     (unsigned long long)outcome->seed, outcome->failure);
    } else {
        (void)printf("%2zu %-36s SURVIVED %llu seeds of %s\n", number, hunt->name,
                     (unsigned long long)hunt->seeds, hunt->config);
    }
    (void)fflush(stdout);
}
