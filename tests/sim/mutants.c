/* SPDX-License-Identifier: Apache-2.0 */
/* Each seeded bug must be caught by the named configuration within the stated number of seeds, and
 * the correct code must pass the same seeds. sim_mutants [NUMBER]: one of them. */

#include <stdio.h>
#include <stdlib.h>

#include "consensus/mutant.h"
#include "tests/sim/hunt.h"
#include "tools/sim/sim.h"

enum mutant cons_mutant = MUTANT_NONE;

struct row {
    const char *name;
    enum mutant mutant;
    enum sim_bug bug;
    const char *config;
    uint64_t seeds; /* caught within so many */
    uint64_t bound_ms; /* "all final" later than this counts as caught; 0: no bound */
};

static const struct row rows[] = {
    {"J2 accepts any parent", MUTANT_NO_LOCK, SIM_BUG_NONE, "badparent", 40, 0},
    {"lock forgotten after a crash", MUTANT_LOCK_FORGOTTEN, SIM_BUG_NONE, "crash", 20, 0},
    {"lock always reported 0", MUTANT_LOCK_ZERO, SIM_BUG_NONE, "std", 10, 0},
    {"FINALIZE after NULLIFY in a view", MUTANT_BOTH, SIM_BUG_NONE, "std", 10, 0},
    {"FINALIZE for a view left by Z", MUTANT_LATE_FINALIZE, SIM_BUG_NONE, "std", 20, 0},
    {"votes forgotten on restart", MUTANT_VOTES_FORGOTTEN, SIM_BUG_NONE, "crash", 20, 0},
    {"quorum f+1", MUTANT_QUORUM, SIM_BUG_NONE, "std", 5, 0},
    {"header's parent not compared", MUTANT_ANY_PARENT, SIM_BUG_NONE, "badparent", 10, 0},
    {"vote for an invalid block", MUTANT_VOTE_INVALID, SIM_BUG_NONE, "equivocator", 60, 0},
    {"own votes not tallied after restart", MUTANT_NO_OWN_TALLY, SIM_BUG_NONE, "silent4", 80, 0},
    {"no re-send", MUTANT_NO_RESEND, SIM_BUG_NONE, "crash", 20, 0},
    {"no back-off", MUTANT_NO_BACKOFF, SIM_BUG_NONE, "slow7", 5, 0},
    {"no J on NULLIFY and no help", MUTANT_NO_HELP, SIM_BUG_NONE, "silent4", 20, 0},
    {"Z counts unproven locks", MUTANT_COUNT_ALL_LOCKS, SIM_BUG_NONE, "falselock", 10, 0},
    {"level from the highest hint", MUTANT_HIGHEST_HINT, SIM_BUG_NONE, "boaster", 100, 12500},
    {"F not taken as N", MUTANT_FINAL_NOT_HIGH, SIM_BUG_NONE, "std", 10, 0},
    {"second NOTARIZE in a view", MUTANT_REPEAT_NOTARIZE, SIM_BUG_NONE, "equivocator", 20, 0},
    {"vote leaves before it is synced", MUTANT_NONE, SIM_BUG_EARLY_RELEASE, "crash", 20, 0},
    {"Z believed because one is held", MUTANT_NONE, SIM_BUG_TRUST_HELD_SKIP, "forger", 100, 0},
    {"cached vote for another block", MUTANT_NONE, SIM_BUG_CACHE_BLOCK, "forger", 20, 0},
    {"cached vote, other bytes", MUTANT_NONE, SIM_BUG_CACHE_BYTES, "forger", 20, 0},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static bool run(const struct row *row, enum mutant mutant, enum sim_bug bug, uint64_t seed,
                char failure[HUNT_FAILURE])
{
    const struct sim_options options = {
        .seed = seed, .config = sim_config_find(row->config), .bug = bug};
    cons_mutant = mutant;
    const struct sim_result result = sim_run(&options);
    const bool late = row->bound_ms > 0 && result.done_ms > row->bound_ms;
    if (!result.ok) {
        (void)snprintf(failure, HUNT_FAILURE, "%s", result.failure);
    } else if (late) {
        (void)snprintf(failure, HUNT_FAILURE, "final %llu ms after GST",
                       (unsigned long long)result.done_ms);
    }
    return !result.ok || late;
}

static bool mutant_caught(const void *context, uint64_t seed, char failure[HUNT_FAILURE])
{
    const struct row *row = context;
    return run(row, row->mutant, row->bug, seed, failure);
}

static bool correct_caught(const void *context, uint64_t seed, char failure[HUNT_FAILURE])
{
    return run(context, MUTANT_NONE, SIM_BUG_NONE, seed, failure);
}

int main(int argc, char **argv)
{
    const size_t only = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : ROW_COUNT;
    int survivors = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (only < ROW_COUNT && only != i) {
            continue;
        }
        const struct row *row = &rows[i];
        struct hunt hunt = {row->name, row->config, row->seeds, mutant_caught, row};
        const struct hunt_outcome mutant = hunt_run(&hunt);
        hunt_say(i, &hunt, &mutant);
        survivors += mutant.caught ? 0 : 1;
        hunt.caught = correct_caught;
        const struct hunt_outcome correct = hunt_run(&hunt);
        if (correct.caught) {
            (void)printf("%2zu the correct code fails %s seed %llu: %s\n", i, row->config,
                         (unsigned long long)correct.seed, correct.failure);
            survivors++;
        }
    }
    (void)printf("%zu seeded bugs, %d not as they should be\n", ROW_COUNT, survivors);
    return survivors == 0 ? 0 : 1;
}
