/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

/* What Simplex/J is about, and nothing else: which votes the correct validators have cast, where
 * each of them stands, and which transition it may make next. Built twice: small, for the checker
 * that visits every state (exhaust.c), and large, to judge what the C core did (conform.c).
 *
 * Left out, because it can only make a violation easier:
 *  - the Byzantine validators sign everything at once, so a certificate exists as soon as the
 *    correct ones among a quorum have voted;
 *  - a certificate that exists may be used by anybody, at any later time or never: loss, delay,
 *    reordering and partitions;
 *  - a crash needs no transition: votes are durable before they exist, and what a node merely knew
 *    it may ignore;
 *  - every leader is Byzantine: any block on any admissible parent may be proposed.
 *
 * View 0 is the block the epoch starts from; block numbers within a view begin with 1. */

#include <stdbool.h>
#include <stdint.h>

#ifdef MODEL_LARGE
#define MODEL_NODES 10u
#define MODEL_VIEWS 4095u
#define MODEL_IDS 16u
typedef uint16_t model_number;
#else
#define MODEL_NODES 3u
#define MODEL_VIEWS 8u
#define MODEL_IDS 2u
typedef uint8_t model_number;
#endif

#define MODEL_ABSENT ((model_number)~0u) /* parent view of a block nobody has voted for */

enum model_bug {
    MODEL_CORRECT,
    MODEL_NO_LOCK, /* a justification skips views whatever the locks are */
    MODEL_FORGET_LOCK, /* NULLIFY may report lock 0 */
    MODEL_BOTH, /* FINALIZE in a view that was nullified */
    MODEL_LATE_FINALIZE, /* FINALIZE for a view that was left */
    MODEL_TWO_NOTARIZE, /* a second NOTARIZE in a view */
    MODEL_SMALL_QUORUM, /* f + 1 instead of n - f */
    MODEL_BUGS
};

struct model_rules {
    uint32_t nodes; /* correct validators */
    uint32_t needed; /* correct votes that make a certificate: quorum less the Byzantine ones */
    uint32_t views; /* highest view */
    enum model_bug bug;
};

struct model_node {
    model_number view; /* 1 to views + 1 */
    model_number lock; /* highest view of which a notarization is known */
    model_number nullified[MODEL_VIEWS + 1]; /* 0: no vote; otherwise 1 + the reported lock */
    uint8_t notarized[MODEL_VIEWS + 1]; /* block number, 0: no vote */
    uint8_t finalized[MODEL_VIEWS + 1];
};

struct model_block {
    model_number view;
    uint8_t id;
};

struct model {
    struct model_node nodes[MODEL_NODES];
    struct model_block parents[MODEL_VIEWS + 1][MODEL_IDS]; /* of block id - 1 */
};

void model_init(struct model *state);

/* Which certificates exist: N(block), F(block), Z(view) of votes with no lock above max_lock. */
bool model_is_notarized(const struct model_rules *rules, const struct model *state,
                        struct model_block block);
bool model_is_final(const struct model_rules *rules, const struct model *state,
                    struct model_block block);
bool model_is_skipped(const struct model_rules *rules, const struct model *state, uint32_t view,
                      uint32_t max_lock);

/* The transitions. Each returns false, and changes nothing, when the rules do not allow it. */

/* NOTARIZE in the node's view. The first vote for a block makes it, with this parent. */
bool model_notarize(const struct model_rules *rules, struct model *state, uint32_t node, uint8_t id,
                    struct model_block parent);
/* NULLIFY in the node's view; the reported lock must be the node's. */
bool model_nullify(const struct model_rules *rules, struct model *state, uint32_t node,
                   uint32_t lock);
/* N or F of this view or a higher one is used: the node goes on to the view after it, with or
 * without a FINALIZE vote. */
bool model_enter_block(const struct model_rules *rules, struct model *state, uint32_t node,
                       struct model_block block, bool finalize);
/* Z(view) with the notarization of `parent`, which its locks admit: on to view + 1. */
bool model_enter_skip(const struct model_rules *rules, struct model *state, uint32_t node,
                      uint32_t view, struct model_block parent);
/* N of a view that was left already: only the lock rises. */
bool model_learn_late(const struct model_rules *rules, struct model *state, uint32_t node,
                      struct model_block block);

/* model_broken names the first property of consensus that does not hold, or returns NULL: one
 * notarized block a view, F only with N, never F and Z of one view, final blocks in one chain. */
const char *model_broken(const struct model_rules *rules, const struct model *state);

#endif
