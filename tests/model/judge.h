/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_MODEL_JUDGE_H
#define TESTS_MODEL_JUDGE_H

/* Judges a run of the simulator by the model: every vote of a correct node that became durable must
 * be a transition the model allows at that point, and every certificate used must rest on votes
 * that were cast. Votes that a crash took before they were durable never were. */

#include "tools/sim/sim.h"

struct judge;

struct judge *judge_new(void); /* asserts that there is memory */
void judge_free(struct judge *judge);
/* judge_observer is what to hand to sim_run; valid as long as the judge. */
const struct sim_observer *judge_observer(const struct judge *judge);

struct judgement {
    bool refused;
    char why[200]; /* "n2 NULLIFY view 7 lock 3: the lock must be 5" */
    uint64_t votes, lost, certificates; /* judged */
    uint64_t views; /* highest one with a vote */
};

/* judge_decide plays the trace through the model, after the run. */
struct judgement judge_decide(struct judge *judge);
/* judge_print writes the trace, one line an entry. */
void judge_print(const struct judge *judge, FILE *out);

#endif
