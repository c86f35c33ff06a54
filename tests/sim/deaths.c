/* SPDX-License-Identifier: Apache-2.0 */
/* Power fails at every write and every sync of one machine, one run each: sim_deaths [STEP], over
 * several configurations and seeds. The moment (before, in the middle, after, or only the process
 * ends after it) goes round; with `all` instead of a number every operation is tried with all four.
 */

#include <stdlib.h>
#include <string.h>

#include "tools/simnode/simnode.h"

#define DEFAULT_STEP 5
#define MOMENTS 4 /* of enum vdisk_moment */

/* In which the machine lives undisturbed but for its death, or is switched off and on. */
static const struct {
    const char *config;
    uint64_t seed;
} cases[] = {{"death4", 1}, {"death4", 2}, {"calm4", 3}};

struct tally {
    uint64_t runs, failed;
    struct simnode_counters counters;
};

static uint64_t die(struct tally *tally, size_t number, uint64_t operation, int moment)
{
    const struct simnode_options options = {
        .seed = cases[number].seed,
        .config = simnode_config_find(cases[number].config),
        .death = {.host = 0, .operation = operation, .moment = moment}};
    const struct simnode_result result = simnode_run(&options);
    tally->runs++;
    simnode_counters_add(&tally->counters, &result.counters);
    if (!result.ok) {
        tally->failed++;
        (void)printf("FAILED %s seed %llu, death at operation %llu, moment %d: %s\n",
                     cases[number].config, (unsigned long long)cases[number].seed,
                     (unsigned long long)operation, moment, result.failure);
    }
    return result.operations;
}

/* die_everywhere gives how many operations there were. */
static uint64_t die_everywhere(struct tally *tally, size_t number, uint64_t step, bool all)
{
    const uint64_t operations = die(tally, number, 0, 0);
    for (uint64_t operation = 1; step > 0 && operation <= operations; operation += step) {
        for (int moment = 0; moment < MOMENTS; moment++) {
            if (all || operation % MOMENTS == (uint64_t)moment) {
                (void)die(tally, number, operation, moment);
            }
        }
    }
    return operations;
}

int main(int argc, char **argv)
{
    const bool all = argc > 1 && strcmp(argv[1], "all") == 0;
    const uint64_t given = argc > 1 && !all ? strtoull(argv[1], NULL, 10) : DEFAULT_STEP;
    const uint64_t step = all ? 1 : given;
    struct tally tally = {0};
    uint64_t operations = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        operations += die_everywhere(&tally, i, step, all);
    }
    const struct simnode_counters *counters = &tally.counters;
    const uint64_t died =
        counters->died_before + counters->died_torn + counters->died_after + counters->killed;
    (void)printf("%llu operations, %llu deaths (%llu before, %llu within, %llu after, %llu killed, "
                 "%llu during a start), %llu runs, %llu failed\n",
                 (unsigned long long)operations, (unsigned long long)died,
                 (unsigned long long)counters->died_before, (unsigned long long)counters->died_torn,
                 (unsigned long long)counters->died_after, (unsigned long long)counters->killed,
                 (unsigned long long)counters->died_starting, (unsigned long long)tally.runs,
                 (unsigned long long)tally.failed);
    /* A death shifts what comes after it, so the last operations are not always reached. */
    return tally.failed == 0 && 10 * died >= 8 * tally.runs ? 0 : 1;
}
