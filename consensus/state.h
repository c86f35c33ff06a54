/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONSENSUS_STATE_H
#define CONSENSUS_STATE_H

/* The state of one epoch and the internal functions of the rules; private to this folder. Each
 * group of prototypes names the file that implements it. */

#include "consensus/cons.h"
#include "consensus/mutant.h"

#define TALLY_SLOTS (2 * CONS_TALLY_WINDOW)
#define FETCH_MAX 8u

struct tally_vote {
    struct hash block_id;
    uint64_t lock_view;
    uint8_t signature[SIGNATURE_SIZE];
};

struct tally_slot {
    uint64_t view; /* 0: unused */
    uint64_t voted[4]; /* bitmap of signers by vote_kind; [0] unused */
};

enum verdict { VERDICT_UNKNOWN, VERDICT_PENDING, VERDICT_VALID, VERDICT_INVALID, VERDICT_UNABLE };

struct tree_block {
    struct cons_block block;
    bool has_body;
    enum verdict verdict;
    uint8_t tries; /* validations asked for in try_view */
    uint64_t try_view; /* UNABLE is retried once, then ends with the view */
};

struct fetch {
    struct hash id;
    uint64_t due_ms; /* ask (again) from then on */
    uint32_t attempt;
    bool used;
};

struct peer {
    uint64_t seen_view; /* highest view with a valid vote (R12) */
    uint64_t finalize_view;
    uint64_t nullify_view;
    uint64_t reported_view; /* evidence is given once a view, in ascending views */
    uint64_t help_view; /* last help given: for which of our views, when */
    uint64_t help_ms;
    uint64_t final_help_view;
    uint64_t final_help_ms;
    uint64_t status_ms;
    uint64_t sync_from_ms; /* not asked for blocks before */
    uint32_t sync_failures;
    uint32_t level;
    bool has_level;
    bool helped, final_helped, statused;
};

struct timer {
    uint32_t generation;
    bool armed;
    uint64_t due_ms;
};

struct cons {
    /* fixed for the epoch */
    struct valset validators;
    uint16_t order[LIMIT_VALIDATORS];
    struct cons_params params;
    uint32_t count, faulty, quorum;
    uint16_t self;
    uint64_t epoch;
    struct hash genesis_id;
    uint64_t genesis_height;

    /* the step under way */
    uint64_t now_ms;
    struct cons_actions *out; /* NULL between steps */
    uint16_t just_cert, just_skip; /* J(just_view) inside out->certs */
    uint64_t just_view; /* 0: not there yet */
    bool relay_due; /* R2b at the end of the step */
    bool locks_dirty; /* Z may have come about: view or high changed, or a vote came */
    uint32_t dirty_count;
    struct {
        enum vote_kind kind;
        uint64_t view;
        uint8_t signer;
    } dirty[4];

    /* view */
    bool started;
    uint64_t view;
    uint8_t phase;
    uint64_t entered_ms;
    uint64_t active_ms; /* since when there is something to do; UINT64_MAX: there is not */
    bool grace_over;
    uint64_t final_ms; /* when fin was learnt */
    uint64_t previous_final_view; /* and what it was before */
    struct cert high, final, skip;
    bool has_high, has_final, has_skip;

    /* proposal of this view */
    bool has_prop, has_candidate;
    struct hash prop_id;
    struct cons_block candidate; /* waits for the header of its parent (D15) */
    uint64_t candidate_parent_view;
    struct hash candidate_parent_id;
    bool building;
    uint64_t build_view;
    struct hash build_parent;

    /* blocks */
    struct hash delivered_id;
    uint64_t delivered_height;
    uint32_t block_count;
    struct tree_block blocks[CONS_BLOCKS_MAX];
    struct fetch fetches[FETCH_MAX];
    bool syncing;
    uint64_t sync_ms;
    uint16_t sync_peer;

    /* own votes */
    struct cons_guard guard;
    bool has_own[4];
    struct vote own[4];
    uint64_t resend_from_ms[4]; /* R10: once a period old, or found again after a restart */
    uint64_t token, token_done;
    uint64_t resume_view; /* lost log: vote only above an F of at least this view */
    bool lost_log, muted, halted, closed, listening, restarted;

    /* application */
    bool work, heartbeat_due;

    /* back-off */
    uint32_t sticky, good, hold, probe;

    struct timer timers[CONS_TIMER_COUNT];
    struct peer peers[LIMIT_VALIDATORS];
    struct tally_slot slots[TALLY_SLOTS];
    struct tally_vote votes[]; /* [TALLY_SLOTS][count][3] */
};

static inline uint64_t signer_bit(uint16_t signer)
{
    assert(signer < LIMIT_VALIDATORS);
    return UINT64_C(1) << signer;
}

static inline uint64_t high_view(const struct cons *cons)
{
    return cons->has_high ? cons->high.view : 0;
}

static inline const struct hash *high_id(const struct cons *cons)
{
    return cons->has_high ? &cons->high.block_id : &cons->genesis_id;
}

static inline uint64_t final_view(const struct cons *cons)
{
    return cons->has_final ? cons->final.view : 0;
}

/* out.c: the action list */
struct cons_action *out_add(struct cons *cons, enum cons_action_kind kind);
uint16_t out_cert(struct cons *cons, const struct cert *cert);
void out_append(struct cons *cons, const struct cert *cert);
void out_send(struct cons *cons, uint16_t peer, const struct cons_send *send);
void out_bcast(struct cons *cons, const struct cons_send *send);
struct cons_send out_message(enum cons_msg_kind kind);
void out_attach_just(struct cons *cons, struct cons_send *send);
void out_alarm(struct cons *cons, enum cons_alarm code, uint64_t view, const struct hash *id);
void out_halt(struct cons *cons);

/* tally.c: votes, certificates assembled from them, evidence */
bool tally_accepts(const struct cons *cons, uint64_t view);
const struct tally_slot *tally_slot(const struct cons *cons, uint64_t view);
const struct tally_vote *tally_vote(const struct cons *cons, uint64_t view, enum vote_kind kind,
                                    uint16_t signer);
bool tally_has(const struct cons *cons, uint64_t view, enum vote_kind kind, uint16_t signer);
uint64_t tally_voted(const struct cons *cons, uint64_t view, enum vote_kind kind);
void tally_add(struct cons *cons, const struct vote *vote);
bool tally_settle(struct cons *cons);

/* view.c: learn, enter, justify */
bool view_absorb(struct cons *cons, const struct just *just, uint64_t view, uint64_t *parent_view,
                 struct hash *parent_id);
void view_learn(struct cons *cons, const struct cert *cert);
void view_learn_skip(struct cons *cons, const struct cert *cert);

/* cast.c: own votes */
bool cast_may_vote(const struct cons *cons);
bool cast_vote(struct cons *cons, enum vote_kind kind, uint64_t view, const struct hash *id,
               unsigned records);
void cast_nullify(struct cons *cons);
void cast_persisted(struct cons *cons, uint64_t token, const struct vote *vote);
void cast_refused(struct cons *cons, uint64_t token);
void cast_send(struct cons *cons, const struct vote *vote);
void cast_watch_key(struct cons *cons, const struct vote *vote);

/* tree.c: headers, bodies, verdicts */
enum tree_state { TREE_READY, TREE_WAITING, TREE_INVALID, TREE_DEAD };
struct tree_block *tree_find(struct cons *cons, const struct hash *id);
const struct tree_block *tree_get(const struct cons *cons, const struct hash *id);
struct tree_block *tree_put(struct cons *cons, const struct cons_block *block);
enum tree_state tree_ensure(struct cons *cons, const struct hash *id, uint64_t holders,
                            uint32_t patience_ms);
bool tree_wants(const struct cons *cons, const struct hash *id);
void tree_prune(struct cons *cons);
void tree_verdict(struct cons *cons, const struct hash *id, enum cons_verdict verdict);

/* final.c: delivery and sync */
bool final_deliver(struct cons *cons);
void final_watch_tip(struct cons *cons);
void final_synced(struct cons *cons, const struct cons_block *block, const struct cert *cert);

/* propose.c: R2 to R4 */
bool propose_lead(struct cons *cons);
bool propose_vote(struct cons *cons);
void propose_receive(struct cons *cons, const struct cons_msg *msg, uint64_t parent_view,
                     const struct hash *parent_id);
void propose_built(struct cons *cons, uint64_t view, const struct cons_block *block, bool idle);

/* timer.c: timers, activity, back-off */
void timer_set(struct cons *cons, enum cons_timer timer, uint32_t delay_ms);
void timer_cancel(struct cons *cons, enum cons_timer timer);
bool timer_fired(struct cons *cons, enum cons_timer timer, uint32_t generation);
bool timer_active(const struct cons *cons);
bool timer_nullify_seen(const struct cons *cons);
uint32_t timer_level(const struct cons *cons);
uint32_t timer_own_level(const struct cons *cons);
void timer_finality(struct cons *cons);
void timer_idle(struct cons *cons);
void timer_entered(struct cons *cons);
void timer_settle(struct cons *cons);

/* help.c: R9, R10 */
void help_peer(struct cons *cons, uint16_t from, const struct cons_hints *hints);
void help_resend(struct cons *cons);
void help_relay(struct cons *cons);

/* recover.c */
void recover_start(struct cons *cons, const struct cons_recovered *recovered);

#endif
