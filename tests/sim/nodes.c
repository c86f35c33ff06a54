/* SPDX-License-Identifier: Apache-2.0 */
/* Whole nodes: sim_nodes [COUNT [FIRST [CONFIG]]]. Every configuration with COUNT seeds from FIRST
 * on, large ones with a quarter as many unless asked for by name; a failure is a seed and the
 * command that replays it. In the end the states that the runs must have reached are asked for. */

#include <stdlib.h>
#include <string.h>

#include "tools/simnode/simnode.h"

#define DEFAULT_COUNT 4
#define LARGE 8 /* validators: a run takes several times as long */
#define DEFAULT_FIRST 4 /* with the seeds from here on every state is reached */

struct tally {
    uint64_t runs, failed, slowest_ms, virtual_ms;
    struct simnode_counters counters;
};

static void run_one(struct tally *tally, const struct simnode_config *config, uint64_t seed)
{
    const struct simnode_options options = {.seed = seed, .config = config};
    const struct simnode_result result = simnode_run(&options);
    tally->runs++;
    tally->virtual_ms += result.end_ms;
    tally->slowest_ms = result.done_ms > tally->slowest_ms ? result.done_ms : tally->slowest_ms;
    simnode_counters_add(&tally->counters, &result.counters);
    if (!result.ok) {
        tally->failed++;
        (void)printf("FAILED %s seed %llu: %s\n  replay: seam sim --node --config %s --seed %llu\n",
                     config->name, (unsigned long long)seed, result.failure, config->name,
                     (unsigned long long)seed);
        (void)fflush(stdout);
    }
}

/* The same seed tells the same story, to the byte (G9). */
static void run_twice(struct tally *tally, const struct simnode_config *config, uint64_t seed)
{
    const struct simnode_options options = {.seed = seed, .config = config};
    const uint64_t first = simnode_run(&options).story;
    const uint64_t second = simnode_run(&options).story;
    if (first != second) {
        tally->failed++;
        (void)printf("FAILED %s seed %llu: two transcripts, %016llx and %016llx\n", config->name,
                     (unsigned long long)seed, (unsigned long long)first,
                     (unsigned long long)second);
    }
}

static void add(struct tally *sum, const struct tally *tally)
{
    sum->runs += tally->runs;
    sum->failed += tally->failed;
    sum->virtual_ms += tally->virtual_ms;
    simnode_counters_add(&sum->counters, &tally->counters);
}

int main(int argc, char **argv)
{
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_COUNT;
    const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : DEFAULT_FIRST;
    const char *only = argc > 3 ? argv[3] : NULL;
    struct tally sum = {0};
    const struct simnode_config *config;
    for (uint32_t i = 0; (config = simnode_config_at(i)) != NULL; i++) {
        struct tally tally = {0};
        if (only != NULL && strcmp(only, config->name) != 0) {
            continue;
        }
        const bool large = only == NULL && config->validators >= LARGE;
        const uint64_t end = first + (large ? (count + 3) / 4 : count);
        for (uint64_t seed = first; seed < end; seed++) {
            run_one(&tally, config, seed);
        }
        run_twice(&tally, config, first);
        (void)printf("%-13s %5llu seeds %3llu failed %6llu blocks %7llu s, slowest %6llu ms\n",
                     config->name, (unsigned long long)tally.runs, (unsigned long long)tally.failed,
                     (unsigned long long)tally.counters.blocks,
                     (unsigned long long)(tally.virtual_ms / 1000),
                     (unsigned long long)tally.slowest_ms);
        (void)fflush(stdout);
        add(&sum, &tally);
    }
    simnode_counters_print(stdout, &sum.counters);
    const bool whole = only == NULL && count >= DEFAULT_COUNT;
    const uint32_t missing = whole ? simnode_counters_missing(stdout, &sum.counters) : 0;
    (void)printf("%llu seeds, %llu failed, %llu simulated seconds\n", (unsigned long long)sum.runs,
                 (unsigned long long)sum.failed, (unsigned long long)(sum.virtual_ms / 1000));
    return sum.failed == 0 && sum.runs > 0 && missing == 0 ? 0 : 1;
}
