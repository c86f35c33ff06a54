/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONSENSUS_MUTANT_H
#define CONSENSUS_MUTANT_H

/* Seeded bugs. A normal build defines nothing, MUTANT() is false and the compiler drops the branch.
 * tests/sim builds this library a second time with CONS_MUTANTS and requires the simulator to catch
 * each of them; the table with what it breaks and who finds it stands in tests/sim/README.md. */

enum mutant {
    MUTANT_NONE = 0,
    MUTANT_NO_LOCK = 1, /* J2 and Z accept any lock */
    MUTANT_LOCK_FORGOTTEN = 2, /* after a restart NULLIFY reports lock 0 */
    MUTANT_LOCK_ZERO = 3, /* NULLIFY always reports lock 0 */
    MUTANT_BOTH = 4, /* FINALIZE after NULLIFY in one view */
    MUTANT_LATE_FINALIZE = 5, /* FINALIZE for a view left by nullification */
    MUTANT_VOTES_FORGOTTEN = 6, /* own votes forgotten on restart: second NOTARIZE */
    MUTANT_QUORUM = 7, /* f + 1 instead of n - f */
    MUTANT_ANY_PARENT = 8, /* header's parent not compared with parent(J) */
    MUTANT_VOTE_INVALID = 9, /* NOTARIZE for a block judged invalid */
    MUTANT_NO_OWN_TALLY = 10, /* own votes not tallied after a restart */
    MUTANT_NO_RESEND = 11, /* no R10 */
    MUTANT_NO_BACKOFF = 12, /* T0 for ever */
    MUTANT_NO_HELP = 13, /* no J on NULLIFY and no R9 */
    MUTANT_COUNT_ALL_LOCKS = 14, /* Z counts votes whose lock is not proven */
    MUTANT_HIGHEST_HINT = 15, /* level from the highest hint, not the (f+1)-th */
    MUTANT_FINAL_NOT_HIGH = 16, /* F not taken as N */
    MUTANT_REPEAT_NOTARIZE = 17, /* second NOTARIZE in a view for a second proposal */
    MUTANT_LATE_PARENT = 18, /* J2 with a parent in the view before, or later */
    MUTANT_ANY_TIMER = 19, /* a timer's generation is ignored */
    MUTANT_BOUNDARY_CHILD = 20, /* a child of a boundary block is accepted */
    MUTANT_BOUNDARY_BUILD = 21, /* a new block on a boundary block instead of the same again */
    MUTANT_HEIGHT_BELIEVED = 22, /* a claimed height counts as delivered */
    MUTANT_ANY_LEADER = 23, /* a proposal out of turn is accepted */
    MUTANT_NO_RELAY = 24, /* no R2b */
    MUTANT_NO_JUMP_FINALIZE = 25, /* no FINALIZE for a view ahead of ours */
    MUTANT_NO_NULLIFY_JUST = 26, /* no J on NULLIFY */
    MUTANT_NO_R9 = 27 /* no answer to hints */
};

#ifdef CONS_MUTANTS
extern enum mutant cons_mutant; /* chosen at run time by the one program built so */
#define MUTANT(m) (cons_mutant == (m))
#else
#define MUTANT(m) ((m) == MUTANT_NONE)
#endif

#endif
