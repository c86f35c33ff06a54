/* SPDX-License-Identifier: Apache-2.0 */
/* Every configuration with `COUNT` seeds from `FIRST` on: sim_seeds [COUNT [FIRST [CONFIG]]]. A
 * failure is a seed and the command that replays it. In the end the states that the runs must have
 * reached are asked for: a simulator that no longer gets anywhere must not pass. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/sim.h"

#define DEFAULT_COUNT 100
#define SHADOW_EVERY 20 /* G9 costs a second state: for some of the seeds */

struct tally {
    uint64_t runs, failed, slowest_ms;
    struct sim_counters counters;
};

static void run_one(struct tally *tally, const struct sim_config *config, uint64_t seed)
{
    const struct sim_options options = {
        .seed = seed, .config = config, .shadow = seed % SHADOW_EVERY == 0};
    const struct sim_result result = sim_run(&options);
    tally->runs++;
    sim_counters_add(&tally->counters, &result.counters);
    tally->slowest_ms = result.done_ms > tally->slowest_ms ? result.done_ms : tally->slowest_ms;
    if (!result.ok) {
        tally->failed++;
        (void)printf("FAILED %s seed %llu: %s\n  replay: seam sim --config %s --seed %llu\n",
                     config->name, (unsigned long long)seed, result.failure, config->name,
                     (unsigned long long)seed);
    }
}

static bool require(const char *what, uint64_t count)
{
    if (count == 0) {
        (void)printf("FAILED never reached: %s\n", what);
    }
    return count > 0;
}

/* consensus.md 4.2: what must have been visited. */
static bool reached_all(const struct sim_counters *c)
{
    bool all = true;
    all &= require("NULLIFY", c->nullify);
    all &= require("FINALIZE by jump", c->jump_finalize);
    all &= require("entry by N", c->entered_notarized);
    all &= require("entry by Z", c->entered_nullified);
    all &= require("entry by F", c->entered_final);
    all &= require("late N", c->late_notarized);
    all &= require("skip of several views", c->skip_over);
    all &= require("lock carried", c->lock_carried);
    all &= require("justification refused", c->just_refused);
    all &= require("fetch", c->fetches);
    all &= require("sync", c->syncs);
    all &= require("invalid block", c->invalid);
    all &= require("verdict not given", c->unable);
    all &= require("crash", c->crashes);
    all &= require("log ahead of slot", c->log_ahead);
    all &= require("lost tail", c->torn);
    all &= require("lost log", c->wiped);
    all &= require("evidence", c->evidence);
    all &= require("equivocation", c->equivocations);
    all &= require("inadmissible parent", c->inadmissible);
    all &= require("forged certificate", c->forged);
    all &= require("back-off", c->level_max);
    all &= require("replayed step", c->shadow_steps);
    return all;
}

/* The same list, of each step (coverage.c). */
static bool reached_steps(const struct sim_counters *c)
{
    bool all = true;
    all &= require("certificate appended", c->appended);
    all &= require("message to one", c->sent);
    all &= require("message to all", c->broadcast);
    all &= require("timer set", c->timers_set);
    all &= require("timer cancelled", c->timers_cancelled);
    all &= require("build", c->builds);
    all &= require("build cancelled", c->builds_cancelled);
    all &= require("delivery", c->delivered);
    all &= require("pruning", c->pruned);
    all &= require("validation", c->validations);
    all &= require("NULLIFY by time", c->null_timer);
    all &= require("NULLIFY for an invalid block", c->null_invalid);
    all &= require("NULLIFY after the leader's", c->null_leader);
    all &= require("E taken", c->just_start);
    all &= require("J1 taken", c->just_next);
    all &= require("J2 taken", c->just_skip);
    all &= require("E refused", c->bad_start);
    all &= require("J1 refused", c->bad_next);
    all &= require("J2 refused for its Z", c->bad_skip);
    all &= require("J2 refused for a lock", c->bad_lock);
    all &= require("jump by N", c->jump_notarized);
    all &= require("jump by Z", c->jump_nullified);
    all &= require("jump by F", c->jump_final);
    all &= require("E1", c->two_notarize);
    all &= require("E2", c->finalize_nullify);
    all &= require("E4", c->false_lock);
    all &= require("E5", c->two_nullify);
    all &= require("R9 view", c->helped_view);
    all &= require("R9 final", c->helped_final);
    all &= require("R9 blocks", c->helped_self);
    all &= require("R2b", c->relayed);
    all &= require("level by views", c->level_views);
    all &= require("sticky level", c->level_sticky);
    all &= require("level by hints", c->level_hints);
    all &= require("restart without a vote", c->restart_nothing);
    all &= require("restart after NOTARIZE", c->restart_notarized);
    all &= require("restart after NULLIFY", c->restart_nullified);
    all &= require("restart after FINALIZE", c->restart_finalized);
    return all;
}

int main(int argc, char **argv)
{
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_COUNT;
    const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    const char *only = argc > 3 ? argv[3] : NULL;
    struct tally sum = {0};
    const struct sim_config *config;
    for (uint32_t i = 0; (config = sim_config_at(i)) != NULL; i++) {
        if (only != NULL && strcmp(only, config->name) != 0) {
            continue;
        }
        struct tally tally = {0};
        for (uint64_t seed = first; seed < first + count; seed++) {
            run_one(&tally, config, seed);
            if (config->calm) {
                break; /* without faults all seeds are one */
            }
        }
        (void)printf("%-12s %6llu seeds %4llu failed %8llu blocks, slowest %6llu ms after GST\n",
                     config->name, (unsigned long long)tally.runs, (unsigned long long)tally.failed,
                     (unsigned long long)tally.counters.blocks,
                     (unsigned long long)tally.slowest_ms);
        sum.runs += tally.runs;
        sum.failed += tally.failed;
        sim_counters_add(&sum.counters, &tally.counters);
    }
    sim_counters_print(stdout, &sum.counters);
    const bool reached = only != NULL || count < DEFAULT_COUNT ||
                         (reached_all(&sum.counters) && reached_steps(&sum.counters));
    (void)printf("%llu seeds, %llu failed\n", (unsigned long long)sum.runs,
                 (unsigned long long)sum.failed);
    return sum.failed == 0 && sum.runs > 0 && reached ? 0 : 1;
}
