/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONSENSUS_CONS_H
#define CONSENSUS_CONS_H

/* Simplex/J, one epoch of it, as a pure state machine: cons_step(state, event, actions).
 *
 * The state machine does no I/O, reads no clock, draws no random number, allocates nothing after
 * cons_init, signs nothing and verifies nothing. Time is a field of each event. The same events
 * give the same actions, byte for byte.
 *
 * What the caller (the driver) promises:
 *  - "verified": every vote, certificate and justification that enters has had all its signatures
 *    checked against the validator set of this epoch; certificates carry `verified == true` and
 *    nobody but chain/cert_check (or this library, assembling verified votes) sets that flag.
 *    A certificate without it is a bug of the caller and asserts. Ask cons_wants first; it says
 *    which parts of a message are worth verifying.
 *  - block ids are filled in by the caller and are the hash of the header beside them.
 *  - headers were checked for what does not depend on the tree: version, suite, chain id, epoch,
 *    valset hash, size limits (V1, V3). Parent, height, view and proposer are checked here (V2).
 *  - actions are carried out in the order given, before the next call of cons_step.
 *
 * Ownership: everything an event points to is borrowed until cons_step returns. The action list
 * belongs to the caller; it is emptied at the start of each step. Actions hold no pointers. */

#include "ledger/base/bytes.h"
#include "ledger/base/limits.h"
#include "ledger/chain/types.h"

#define CONS_NONE 0xffffu /* "no validator": an observer's self, or a peer that is not one */
#define CONS_TALLY_WINDOW 64u /* votes are kept for views within this distance of ours */
#define CONS_BLOCKS_MAX 80u /* header tree above `delivered`: 2D + 64 */
#define CONS_DEPTH_MAX 64u /* unfinalised blocks above which nothing is voted for */
#define CONS_ACTIONS_MAX 512u
#define CONS_ACTION_CERTS_MAX 16u
#define CONS_NO_CERT 0xffffu
#define CONS_LEVEL_MAX 12u

/* ---- setup ---------------------------------------------------------------------------------- */

struct cons_params {
    uint32_t t0_ms; /* T0: view timer at level 0 */
    uint32_t t_max_ms; /* its cap */
    uint32_t t_skip_ms; /* view timer for a leader known to be dead (R12) */
    uint32_t rtx_ms; /* re-send and status period while active (R10) */
    uint32_t idle_ms; /* status period of an idle node */
    uint32_t start_ms; /* first re-send after CONS_E_START (D18) */
    uint32_t reply_ms; /* help a peer at most this often (R9) */
    uint32_t lag_ms; /* a peer one view behind is helped only after this (D18) */
    uint32_t push_ms; /* a proposal's body may be on its way this long before it is asked for */
    uint32_t fetch_ms; /* ask other peers for a block after this */
    uint32_t sync_ms; /* give up an unanswered CONS_A_SYNC after this */
    uint32_t heartbeat_ms; /* an empty block this long after the last delivery */
    uint32_t depth_full; /* D: unfinalised blocks from which on only empty ones are built */
};

/* cons_params_default gives the values of the specification with T0 = 1 s. */
struct cons_params cons_params_default(void);

struct cons_setup {
    const struct valset *validators; /* copied; epoch is validators->epoch */
    uint16_t self; /* own index in it, or CONS_NONE for an observer */
    struct cons_params params;
    /* The block this epoch starts from: genesis, or the previous epoch's boundary block. */
    struct hash genesis_id;
    uint64_t genesis_height;
    uint64_t genesis_time_ms;
};

struct cons_block {
    struct hash id;
    struct header header;
};

/* Position of a vote: phase 1 for NOTARIZE, 2 for NULLIFY and FINALIZE. Own votes only grow. */
struct cons_guard {
    uint64_t epoch;
    uint64_t view;
    uint8_t phase;
};

/* What survived of this node: made by the driver from log, slot and database with the four
 * functions below, in log order. The F through which the database's last block became final is fed
 * too (from the log or from the database). About 40 KiB, so not for the stack. */
struct cons_recovered {
    /* Last block of the database: what need not be delivered again. */
    struct hash delivered_id;
    uint64_t delivered_height;
    bool has_high, has_final, has_skip;
    struct cert high; /* highest N or F of this epoch */
    struct cert final; /* highest F */
    struct cert skip; /* highest Z */
    bool has_vote[4]; /* by vote_kind */
    struct vote vote[4]; /* own votes of the highest view of each kind, signed */
    struct cons_guard guard; /* max(slot, last VOTE record); zero for a fresh key */
    uint32_t block_count;
    struct cons_block blocks[CONS_BLOCKS_MAX]; /* header and body are held, above delivered */
    bool lost_log; /* slot ahead of the log (D2, D6): follow, vote only above an F >= guard.view */
    bool muted; /* the slot says: this key never votes again */
    bool listen; /* another machine or data directory (D18): listen 2*T0 before voting */
};

/* cons_recovered_init empties it and sets the database's last block. */
void cons_recovered_init(struct cons_recovered *recovered, const struct hash *delivered_id,
                         uint64_t delivered_height);
/* cons_recovered_cert takes the next CERT record (this epoch's only); copies. */
void cons_recovered_cert(struct cons_recovered *recovered, const struct cert *cert);
/* cons_recovered_vote takes the next own VOTE record of this epoch and raises the guard; copies. */
void cons_recovered_vote(struct cons_recovered *recovered, const struct vote *vote);
/* cons_recovered_block takes the next BLOCK record; copies. Blocks at or below the delivered height
 * are ignored; of too many the lowest views are dropped. */
void cons_recovered_block(struct cons_recovered *recovered, const struct cons_block *block);
/* cons_recovered_fits: certificates precede in the log what rests on them, so there is one for the
 * view of each vote and one for each lock. What does not fit is no log of this key and must not be
 * started from. */
bool cons_recovered_fits(const struct cons_recovered *recovered);

struct cons; /* opaque; lives in memory of the caller */

/* cons_size is how much memory cons_init needs for `count` validators. */
size_t cons_size(uint32_t count);

/* cons_init builds the state of one epoch in `memory` (aligned to 16 bytes, cons_size(count)
 * bytes, owned by the caller, outliving the result). Nothing happens before CONS_E_START. */
struct cons *cons_init(void *memory, size_t size, const struct cons_setup *setup);

/* ---- messages ------------------------------------------------------------------------------- */

/* Unsigned hints that travel with every frame. They cause help, never a change of state. */
struct cons_hints {
    uint64_t epoch;
    uint64_t view;
    uint64_t final_view;
    uint64_t final_height; /* delivered height */
    uint32_t level; /* back-off level by the sender's own terms */
};

enum cons_msg_kind {
    CONS_M_PROPOSE = 1, /* header, J(view), leader's NOTARIZE */
    CONS_M_BODY = 2, /* outgoing only: header and body of block_id (the driver's transport) */
    CONS_M_NOTARIZE = 3, /* vote */
    CONS_M_NULLIFY = 4, /* vote, J(view) */
    CONS_M_FINALIZE = 5, /* vote */
    CONS_M_CERT = 6, /* J(view): "come to view" */
    CONS_M_FINAL = 7, /* one F */
    CONS_M_STATUS = 8 /* hints only */
};

/* An incoming message, already decoded. A pointer that is NULL means "not there" or "not wanted,
 * therefore not verified". */
struct cons_msg {
    enum cons_msg_kind kind;
    uint64_t epoch;
    uint64_t view; /* PROPOSE, votes: vote->view; CERT: the view of J */
    const struct vote *vote; /* PROPOSE, NOTARIZE, NULLIFY, FINALIZE */
    const struct cons_block *block; /* PROPOSE */
    const struct just *just; /* PROPOSE, NULLIFY, CERT: J(view) */
    const struct cert *final; /* FINAL */
};

enum { CONS_WANT_VOTE = 1, CONS_WANT_JUST = 2, CONS_WANT_FINAL = 4 };

/* cons_wants says which parts of an unverified message to verify (CONS_WANT_*; 0: drop it). Hints
 * should be handed in as CONS_M_STATUS even if everything else is dropped. Of a PROPOSE without
 * CONS_WANT_JUST only the vote is of use. Reads only; safe on hostile content. */
unsigned cons_wants(const struct cons *cons, const struct cons_msg *msg);

/* cons_wants_block: is this block's body needed now (proposal, parent, or path to a certificate)?
 */
bool cons_wants_block(const struct cons *cons, const struct hash *block_id);

/* ---- events --------------------------------------------------------------------------------- */

enum cons_timer {
    CONS_TIMER_VIEW,
    CONS_TIMER_GRACE,
    CONS_TIMER_RTX,
    CONS_TIMER_HEARTBEAT,
    CONS_TIMER_FETCH,
    CONS_TIMER_LISTEN,
    CONS_TIMER_COUNT
};

enum cons_verdict {
    CONS_VALID,
    CONS_INVALID, /* follows from the bytes of the block and the state of its parent alone */
    CONS_UNABLE /* local trouble, time ahead, depth: not voted, retried once, no divergence */
};

enum cons_event_kind {
    CONS_E_START, /* first event, once */
    CONS_E_MSG, /* from a peer, verified */
    CONS_E_TIMER, /* a timer set by CONS_A_SET_TIMER fired */
    CONS_E_BUILT, /* answer to CONS_A_BUILD */
    CONS_E_VALIDATED, /* answer to CONS_A_VALIDATE */
    CONS_E_BODY, /* header and body are stored (not necessarily synced), body matches header */
    CONS_E_PERSISTED, /* answer to CONS_A_CAST: log and slot synced, vote signed */
    CONS_E_REFUSED, /* answer to CONS_A_CAST: the signer's guard said no */
    CONS_E_WORK, /* the pool has something to include on top of the tip / has nothing */
    CONS_E_SYNCED /* block sync delivered blocks by itself, up to and including `block` */
};

struct cons_event {
    enum cons_event_kind kind;
    uint64_t now_ms; /* any monotonic clock; never decreases */
    union {
        const struct cons_recovered *start;
        struct {
            uint16_t from; /* validator index, or CONS_NONE */
            struct cons_hints hints;
            const struct cons_msg *msg;
        } msg;
        struct {
            enum cons_timer timer;
            uint32_t generation;
        } timer;
        struct {
            uint64_t view;
            const struct cons_block *block; /* NULL: building failed, or: */
            bool idle; /* nothing to include, and the build was not forced: not a failure */
        } built;
        struct {
            struct hash block_id;
            enum cons_verdict verdict;
        } validated;
        struct {
            const struct cons_block *block;
        } body;
        struct {
            uint64_t token;
            const struct vote *vote; /* the vote of the cast, signature filled in */
        } persisted;
        struct {
            uint64_t token;
        } refused;
        struct {
            bool work;
        } work;
        struct {
            const struct cons_block *block; /* already executed and committed by the driver */
            const struct cert *final; /* F of it, verified; its CERT record is emitted here */
        } synced;
    } u;
};

/* ---- actions -------------------------------------------------------------------------------- */

enum cons_action_kind {
    CONS_A_CAST, /* records and vote to the log, sync, sign, slot; then E_PERSISTED */
    CONS_A_APPEND, /* CERT record to the log; no sync of its own */
    CONS_A_SEND, /* to one validator */
    CONS_A_BCAST, /* to every connected peer that takes this kind of message */
    CONS_A_SET_TIMER, /* replaces a running timer of the same name */
    CONS_A_CANCEL_TIMER, /* a timer that fires nevertheless is recognised by its generation */
    CONS_A_BUILD, /* make a block; answer E_BUILT */
    CONS_A_CANCEL_BUILD, /* its answer is no longer wanted (and is ignored if it comes) */
    CONS_A_VALIDATE, /* execute a block on its valid parent; answer E_VALIDATED */
    CONS_A_FETCH, /* get header and body; answer E_BODY (at once if held already) */
    CONS_A_SYNC, /* block sync from this peer; answer E_SYNCED (or nothing) */
    CONS_A_DELIVER, /* this block is final: commit. In height order, without gaps */
    CONS_A_PRUNE, /* unfinalised blocks of this height and below may go; log may be cut */
    CONS_A_EVIDENCE, /* two votes of one key that no correct validator casts */
    CONS_A_ALARM,
    CONS_A_HALT /* stop voting for ever, keep serving; the process exits 6 if it was DIVERGENCE */
};

/* What the log must hold before the vote of a CONS_A_CAST: the cited certificates have always been
 * emitted as CONS_A_APPEND before (or came with E_START), so a driver that writes its log in the
 * order of the actions has them; a block's header and body are named only here, and are to be
 * written unless the log has them already. */
enum {
    CONS_RECORD_HIGH = 1, /* highest N or F: proves the lock (NULLIFY), is J1 (NOTARIZE) */
    CONS_RECORD_SKIP = 2, /* Z(view-1) through which this view was entered */
    CONS_RECORD_CERT = 4, /* N(view, block) of a FINALIZE: makes the lock survive a crash */
    CONS_RECORD_BLOCK = 8, /* header and body of block_id */
};

enum cons_evidence_kind {
    CONS_TWO_NOTARIZE = 1, /* E1 two NOTARIZE in a view, different ids */
    CONS_FINALIZE_NULLIFY = 2, /* E2 FINALIZE and NULLIFY in one view */
    CONS_TWO_FINALIZE = 3, /* E3 */
    CONS_FALSE_LOCK = 4, /* E4 FINALIZE(w) and NULLIFY(v, u) with u < w < v */
    CONS_TWO_NULLIFY = 5 /* E5 report only */
};

enum cons_alarm {
    CONS_ALARM_DIVERGENCE = 1, /* a block judged invalid here was notarized */
    CONS_ALARM_SAFETY = 2, /* a finalised block does not extend the delivered chain */
    CONS_ALARM_IMPOSSIBLE = 3, /* a justification that cannot exist (D1, second net); refused */
    CONS_ALARM_OWN_KEY = 4, /* own key voted elsewhere: muted; write it to the slot */
    CONS_ALARM_REFUSED = 5 /* the signer refused what the core thought legal */
};

struct cons_send {
    enum cons_msg_kind kind;
    bool has_just; /* attach J(view): cons_send_just makes it */
    uint16_t cert; /* J's certificate, or the F of CONS_M_FINAL; index or CONS_NO_CERT */
    uint16_t skip; /* J's Z; index or CONS_NO_CERT */
    uint64_t view; /* PROPOSE, NULLIFY, CERT */
    struct vote vote; /* PROPOSE and votes: signed */
    struct hash block_id; /* PROPOSE (attach the header), BODY */
};

struct cons_action {
    enum cons_action_kind kind;
    union {
        struct {
            uint64_t token;
            unsigned records; /* CONS_RECORD_* */
            struct vote vote; /* unsigned */
            struct hash block_id; /* with CONS_RECORD_BLOCK */
        } cast;
        struct {
            uint16_t cert; /* index into cons_actions.certs */
        } append;
        struct {
            uint16_t peer; /* A_SEND only */
            struct cons_send msg;
        } send;
        struct {
            enum cons_timer timer;
            uint32_t generation;
            uint32_t delay_ms;
        } timer;
        struct {
            uint64_t view;
            uint64_t parent_view; /* view of the parent's certificate: header.parent_view */
            uint64_t height;
            struct hash parent_id;
            bool empty; /* no transactions: too much is unfinalised already */
            bool forced; /* a block is needed even if there is nothing to include */
        } build;
        struct {
            struct hash block_id;
            struct hash parent_id;
        } validate;
        struct {
            struct hash block_id;
            uint64_t peers; /* validators to ask, at most three; 0: only answer if held already */
        } fetch;
        struct {
            uint16_t peer;
            uint64_t from_height;
        } sync;
        struct {
            struct hash block_id;
            uint64_t height;
            uint16_t cert; /* F of this block, index into certs; CONS_NO_CERT for its ancestors */
        } deliver;
        struct {
            uint64_t height;
        } prune;
        struct {
            enum cons_evidence_kind kind;
            struct vote a;
            struct vote b;
        } evidence;
        struct {
            enum cons_alarm code;
            uint64_t view;
            struct hash block_id;
        } alarm;
    } u;
};

struct cons_actions {
    uint32_t count;
    uint32_t cert_count;
    struct cert certs[CONS_ACTION_CERTS_MAX];
    struct cons_action items[CONS_ACTIONS_MAX];
};

/* cons_step is the whole protocol. Events come one at a time, E_START first. About 220 KiB of
 * action list: allocate it once. */
void cons_step(struct cons *cons, const struct cons_event *event, struct cons_actions *actions);

/* cons_send_just fills in the justification of an outgoing message that has one. */
void cons_send_just(const struct cons_actions *actions, const struct cons_send *send,
                    struct just *just);

/* ---- reading the state ---------------------------------------------------------------------- */

/* cons_just writes J(view), which always exists (I7). */
void cons_just(const struct cons *cons, struct just *just);
/* cons_hints is what goes with every frame. */
struct cons_hints cons_hints(const struct cons *cons);
/* cons_high_cert, cons_skip_cert and cons_final_cert borrow the certificates held, NULL if none:
 * for comparison with received ones (D1), for CHECKPOINT and for CONS_M_FINAL. Valid until the
 * next step. */
const struct cert *cons_high_cert(const struct cons *cons);
const struct cert *cons_skip_cert(const struct cons *cons);
const struct cert *cons_final_cert(const struct cons *cons);
/* cons_own_vote is the stored signed vote of the highest view of a kind, NULL if none; borrows. */
const struct vote *cons_own_vote(const struct cons *cons, enum vote_kind kind);
/* cons_block returns the header of a block of the tree, NULL if unknown; borrows until next step.
 */
const struct cons_block *cons_block(const struct cons *cons, const struct hash *block_id);

/* For status and metrics, and for `seam status --explain`. */
struct cons_status {
    uint64_t epoch;
    uint64_t view;
    uint8_t phase; /* 0 nothing cast in this view, 1 notarized, 2 nullified */
    uint16_t leader;
    uint64_t high_view;
    uint64_t final_view;
    uint64_t delivered_height;
    struct hash delivered_id;
    struct hash high_id;
    uint32_t level;
    uint64_t view_since_ms;
    uint64_t expected_since_ms; /* votes of this view, if active */
    bool active;
    bool may_vote;
    bool muted;
    bool halted;
    bool closed; /* boundary block delivered: cons_init for the next epoch */
    uint64_t notarized_by; /* voters seen in this view, bitmaps */
    uint64_t nullified_by;
    uint32_t blocks; /* headers held */
};
struct cons_status cons_status(const struct cons *cons);

/* cons_leader is the leader's index in a view >= 1. */
uint16_t cons_leader(const struct cons *cons, uint64_t view);

/* cons_leader_order fills order[count]: validators dealt one of each organisation in turn,
 * organisations and keys ascending, the start rotated by epoch. leader(v) = order[(v-1) % count] */
void cons_leader_order(const struct valset *validators, uint16_t order[LIMIT_VALIDATORS]);

/* cons_view_timeout_ms is T(view) of the current view by level, without R12. */
uint32_t cons_view_timeout_ms(const struct cons *cons);

/* cons_check returns NULL, or names the invariant (I2, I7, I10, I11, ...) that does not hold
 * between two steps. For tests; costs a walk over the state. */
const char *cons_check(const struct cons *cons);

#endif
