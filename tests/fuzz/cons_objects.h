/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_CONS_OBJECTS_H
#define TESTS_FUZZ_CONS_OBJECTS_H

/* One validator with what its fuzzer keeps beside it, and the objects the input draws: views,
 * blocks, votes, certificates. Input that has ended reads as zeros. */

#include "consensus/cons.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS 64
#define RECORDS 512
#define PENDING 64
#define EVENTS 600

enum record_kind { RECORD_CERT, RECORD_BLOCK, RECORD_VOTE };

struct record {
    enum record_kind kind;
    struct cert cert;
    uint32_t block;
    struct vote vote;
};

struct pending {
    uint64_t token;
    struct vote vote;
    uint32_t record; /* its place in the log */
};

struct stream {
    const uint8_t *data;
    size_t size;
};

static struct {
    struct stream in;
    void *memory;
    struct cons *cons;
    struct cons_actions *actions;
    struct cons_recovered *recovered;
    struct valset validators;
    struct cons_setup setup;
    uint16_t count, self;
    uint64_t now_ms;
    struct cons_block blocks[BLOCKS];
    uint32_t block_count;
    bool held[BLOCKS]; /* header and body stored */
    struct record log[RECORDS];
    uint32_t log_count, log_synced;
    struct pending pending[PENDING];
    uint32_t pending_first, pending_count;
    struct vote votes[RECORDS]; /* own, released */
    uint32_t vote_count;
    struct hash delivered_id;
    uint64_t delivered_height;
    uint64_t delivered_view; /* of the F that delivered it, 0: none */
    uint32_t delivered_block;
    uint32_t generations[CONS_TIMER_COUNT];
    bool building;
    struct cons_action build;
    bool validating[BLOCKS];
} world;

static inline void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static inline uint8_t next(void)
{
    if (world.in.size == 0) {
        return 0;
    }
    world.in.size--;
    return *world.in.data++;
}

/* A view near the node's, seldom far from it. */
static inline uint64_t draw_view(void)
{
    const uint64_t view = cons_status(world.cons).view;
    const uint8_t byte = next();
    if (byte >= 250) {
        return view + (UINT64_C(1) << (byte - 245));
    }
    const uint64_t near = view + byte % 8;
    return near > 4 ? near - 4 : 1;
}

static inline struct hash block_id(uint32_t index)
{
    struct hash id = {{0}};
    id.bytes[0] = (uint8_t)(index + 1);
    id.bytes[31] = 0xb1;
    return id;
}

static inline uint32_t block_find(const struct hash *id)
{
    for (uint32_t i = 0; i < world.block_count; i++) {
        if (hash_equal(&world.blocks[i].id, id)) {
            return i;
        }
    }
    return BLOCKS;
}

/* What a parent is called: the block, or the start of the epoch. */
static inline struct hash parent_of(uint8_t byte, uint64_t *height)
{
    if (world.block_count == 0 || byte % 8 == 0) {
        *height = world.setup.genesis_height;
        return world.setup.genesis_id;
    }
    const uint32_t index = byte / 8 < 16 ? world.block_count - 1 - byte / 8 % world.block_count
                                         : byte % world.block_count;
    *height = world.blocks[index].header.height;
    return world.blocks[index].id;
}

static inline struct cons_block *block_new(uint64_t view, uint16_t proposer)
{
    if (world.block_count == BLOCKS) {
        return &world.blocks[next() % BLOCKS];
    }
    struct cons_block *block = &world.blocks[world.block_count];
    uint64_t height = 0;
    *block = (struct cons_block){.id = block_id(world.block_count)};
    block->header.suite = SUITE_ED25519_SHA256;
    block->header.epoch = 1;
    block->header.view = view;
    block->header.proposer = proposer;
    block->header.parent_id = parent_of(next(), &height);
    const uint8_t byte = next();
    block->header.height = height + 1 + (byte >= 250 ? byte - 250u : 0);
    block->header.parent_view = view > byte % 4u ? view - 1 - byte % 4u : 0;
    block->header.flags = byte == 249 ? HEADER_FLAG_BOUNDARY : 0;
    world.block_count++;
    return block;
}

static inline const struct cons_block *draw_block(uint64_t view)
{
    const uint8_t byte = next();
    if (world.block_count == 0 || byte % 4 == 0) {
        return block_new(view, cons_leader(world.cons, view));
    }
    return &world.blocks[world.block_count - 1 - byte / 4 % world.block_count];
}

static inline struct vote draw_vote(enum vote_kind kind)
{
    struct vote vote = {.kind = kind, .epoch = 1, .view = draw_view()};
    vote.signer = next() % (uint8_t)world.count;
    if (kind == VOTE_NULLIFY) {
        vote.lock_view = vote.view > 0 ? next() % vote.view : 0;
    } else {
        vote.block_id = draw_block(vote.view)->id;
    }
    vote.signature[0] = next() % 4 == 0 ? 1 : 0;
    return vote;
}

/* Signed by whoever the input says, but never by this node: those votes come back from the core. */
static inline struct cert make_cert(enum vote_kind kind, uint64_t view, uint64_t low, uint64_t high)
{
    struct cert cert = {.kind = kind, .epoch = 1, .view = view, .verified = true};
    const uint32_t quorum = quorum_size(world.count);
    const uint8_t first = next();
    uint32_t signers = 0;
    for (uint16_t i = 0; i < world.count && signers < quorum; i++) {
        const uint16_t signer = (uint16_t)((first + i) % world.count);
        if (signer != world.self) {
            cert.signers |= UINT64_C(1) << signer;
            signers++;
        }
    }
    check(signers == quorum);
    for (uint32_t i = 0; i < signers && kind == VOTE_NULLIFY; i++) {
        cert.lock_views[i] = low + (high > low ? next() % (high - low) : 0);
    }
    return cert;
}

static inline struct cert draw_block_cert(uint64_t view)
{
    struct cert cert = make_cert(next() % 4 == 0 ? VOTE_FINALIZE : VOTE_NOTARIZE, view, 0, 0);
    cert.block_id = draw_block(view)->id;
    return cert;
}

static inline void draw_just(struct just *just, uint64_t view)
{
    *just = (struct just){.kind = JUST_EPOCH_START};
    const uint8_t byte = next();
    const struct cert *high = cons_high_cert(world.cons);
    if (view <= 1 || byte == 255) {
        return;
    }
    just->has_cert = true;
    if (byte % 2 == 0) {
        just->kind = JUST_NEXT;
        just->cert = draw_block_cert(view - 1);
        return;
    }
    just->kind = JUST_SKIP;
    just->nullified = make_cert(VOTE_NULLIFY, view - 1, 0, view - 1);
    if (byte % 4 == 1 && high != NULL) {
        just->cert = *high;
    } else if (byte % 8 == 3 && view > 2) {
        just->cert = draw_block_cert(view - 2);
    } else {
        just->has_cert = false;
    }
}

#endif
