/* SPDX-License-Identifier: Apache-2.0 */
/* What is true about the whole world. Signatures: a vote exists if and only if the holder of its
 * key cast it, so nothing can be forged by a mistake of the harness. G1 to G6 and the invariants of
 * one node over time are checked at each release, certificate and delivery. */

#include "tools/sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint64_t digest(const struct vote *vote)
{
    uint64_t low = 0;
    uint64_t high = 0;
    memcpy(&low, vote->block_id.bytes, 8);
    memcpy(&high, vote->block_id.bytes + 8, 8);
    const uint64_t fields[] = {(uint64_t)vote->kind, vote->epoch, vote->view, low, high,
                               vote->lock_view,      vote->signer};
    uint64_t state = 0x5eed;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct rng rng = {.state = state ^ (fields[i] * UINT64_C(0xbf58476d1ce4e5b9))};
        state = rng_next(&rng);
    }
    return state | 1; /* 0 marks an empty place */
}

static uint64_t *place_of(uint64_t *set, uint64_t capacity, uint64_t key)
{
    uint64_t at = key & (capacity - 1);
    while (set[at] != 0 && set[at] != key) {
        at = (at + 1) & (capacity - 1);
    }
    return &set[at];
}

static void grow(struct world *world)
{
    const uint64_t capacity = world->signed_capacity == 0 ? 4096 : world->signed_capacity * 2;
    uint64_t *set = calloc(capacity, sizeof *set);
    assert(set != NULL);
    for (uint64_t i = 0; i < world->signed_capacity; i++) {
        if (world->signed_set[i] != 0) {
            *place_of(set, capacity, world->signed_set[i]) = world->signed_set[i];
        }
    }
    free(world->signed_set);
    world->signed_set = set;
    world->signed_capacity = capacity;
}

void oracle_sign(struct world *world, struct vote *vote)
{
    if (2 * world->signed_count >= world->signed_capacity) {
        grow(world);
    }
    const uint64_t key = digest(vote);
    memset(vote->signature, 0, SIGNATURE_SIZE);
    memcpy(vote->signature, &key, sizeof key);
    uint64_t *place = place_of(world->signed_set, world->signed_capacity, key);
    world->signed_count += *place == 0 ? 1 : 0;
    *place = key;
    if (vote->kind == VOTE_NULLIFY && vote->view < WORLD_VIEWS) {
        uint64_t *lowest = &world->nullify_lock[vote->view][vote->signer];
        *lowest = *lowest == 0 || vote->lock_view + 1 < *lowest ? vote->lock_view + 1 : *lowest;
    }
}

bool oracle_signed(const struct world *world, const struct vote *vote)
{
    const uint64_t key = digest(vote);
    if (world->signed_capacity == 0 || memcmp(vote->signature, &key, sizeof key) != 0) {
        return false;
    }
    return *place_of(world->signed_set, world->signed_capacity, key) == key;
}

static bool cert_vote_ok(const struct world *world, const struct cert *cert, uint16_t signer,
                         uint32_t index)
{
    struct vote vote = {.kind = cert->kind,
                        .epoch = cert->epoch,
                        .view = cert->view,
                        .block_id = cert->block_id,
                        .lock_view = cert->lock_views[index],
                        .signer = (uint8_t)signer};
    memcpy(vote.signature, cert->signatures[index], SIGNATURE_SIZE);
    switch (world->options.bug) {
    case SIM_BUG_CACHE_BLOCK: {
        /* The bytes are those of some vote of this signer: good enough for this bug. */
        uint64_t key = 0;
        memcpy(&key, vote.signature, sizeof key);
        return key != 0 && *place_of(world->signed_set, world->signed_capacity, key) == key;
    }
    case SIM_BUG_CACHE_BYTES: {
        const uint64_t key = digest(&vote);
        return *place_of(world->signed_set, world->signed_capacity, key) == key;
    }
    case SIM_BUG_NONE:
    case SIM_BUG_EARLY_RELEASE:
    case SIM_BUG_TRUST_HELD_SKIP:
    case SIM_BUGS:
        break;
    }
    return oracle_signed(world, &vote);
}

bool oracle_cert_ok(const struct world *world, const struct cert *cert)
{
    const uint64_t all = (UINT64_C(1) << world->count) - 1;
    if (cert->kind < VOTE_NOTARIZE || cert->kind > VOTE_FINALIZE || cert->view < 1 ||
        cert->epoch != 1 || (cert->signers & ~all) != 0 ||
        (uint32_t)__builtin_popcountll(cert->signers) < quorum_size(world->count)) {
        return false;
    }
    uint32_t index = 0;
    for (uint16_t signer = 0; signer < world->count; signer++) {
        if ((cert->signers >> signer & 1) != 0 && !cert_vote_ok(world, cert, signer, index++)) {
            return false;
        }
    }
    return true;
}

bool oracle_just_ok(const struct world *world, const struct just *just)
{
    switch (just->kind) {
    case JUST_EPOCH_START:
        return true;
    case JUST_NEXT:
        return oracle_cert_ok(world, &just->cert);
    case JUST_SKIP:
        return oracle_cert_ok(world, &just->nullified) &&
               (!just->has_cert || oracle_cert_ok(world, &just->cert));
    }
    return false;
}

/* C1 to C5 over everything a node ever let out, crashes included. */
static const char *contradiction(const struct vote *old, const struct vote *vote)
{
    if (old->epoch != vote->epoch) {
        return NULL;
    }
    if (old->view == vote->view && old->kind == vote->kind &&
        (!hash_equal(&old->block_id, &vote->block_id) || old->lock_view != vote->lock_view)) {
        return "I4: two different votes of one kind in a view";
    }
    const struct vote *nullify = old->kind == VOTE_NULLIFY ? old : vote;
    const struct vote *finalize = old->kind == VOTE_FINALIZE ? old : vote;
    if (nullify->kind != VOTE_NULLIFY || finalize->kind != VOTE_FINALIZE) {
        return NULL;
    }
    if (nullify->view == finalize->view) {
        return "I4: FINALIZE and NULLIFY in a view";
    }
    if (nullify->view > finalize->view && nullify->lock_view < finalize->view) {
        return "I5: lock below an own FINALIZE";
    }
    return NULL;
}

/* C6: a NOTARIZE rests on a notarized parent that the locks of a quorum admit. */
static const char *unjustified(const struct world *world, const struct vote *vote)
{
    const uint32_t block = blocks_find(world, &vote->block_id);
    const struct header *header = &world->blocks[block].block.header;
    const uint64_t parent_view = header->parent_view;
    if (header->view != vote->view || parent_view >= vote->view || vote->view >= WORLD_VIEWS) {
        return "C6: NOTARIZE for a block of another view";
    }
    const uint32_t certified = parent_view == 0 ? 0 : world->notarized[parent_view];
    if (certified != world->blocks[block].parent) {
        return "C6: NOTARIZE for a block whose parent is not notarized";
    }
    uint32_t admitting = 0;
    for (uint16_t i = 0; i < world->count; i++) {
        const uint64_t lock = world->nullify_lock[vote->view - 1][i];
        admitting += lock != 0 && lock - 1 <= parent_view ? 1u : 0u;
    }
    if (parent_view + 1 != vote->view && admitting < quorum_size(world->count)) {
        return "C6: NOTARIZE for a parent that the locks do not admit";
    }
    return NULL;
}

void oracle_released(struct world *world, struct sim_node *node, const struct vote *vote)
{
    const uint32_t from = node->sent_count > 256 ? node->sent_count - 256 : 0;
    for (uint32_t i = from; i < node->sent_count; i++) {
        const char *what = contradiction(&node->sent[i], vote);
        if (what != NULL) {
            world_fail(world, node->index, what);
        }
    }
    const char *without = vote->kind == VOTE_NOTARIZE ? unjustified(world, vote) : NULL;
    if (without != NULL) {
        world_fail(world, node->index, without);
    }
    if (node->sent_count == node->sent_capacity) {
        node->sent_capacity = node->sent_capacity == 0 ? 64 : node->sent_capacity * 2;
        node->sent = realloc(node->sent, node->sent_capacity * sizeof *node->sent);
        assert(node->sent != NULL);
    }
    node->sent[node->sent_count++] = *vote;
}

static void check_final(struct world *world, const struct sim_node *node, const struct cert *cert)
{
    for (uint64_t view = cert->view; view < WORLD_VIEWS && view < cert->view + 256; view++) {
        if (world->skip_lock[view] != 0 && world->skip_lock[view] - 1 < cert->view) {
            world_fail(world, node->index, "G2: F below a Z whose locks are older");
        }
    }
}

static void check_skip(struct world *world, const struct sim_node *node, const struct cert *cert)
{
    for (uint64_t view = cert_max_lock(cert) + 1; view <= cert->view; view++) {
        if (world->finalized[view] != NO_BLOCK) {
            world_fail(world, node->index, "G2: Z above an F that its locks do not know");
        }
    }
}

void oracle_cert(struct world *world, const struct sim_node *node, const struct cert *cert)
{
    const enum sim_bug bug = world->options.bug;
    world->options.bug = SIM_BUG_NONE; /* an independent verifier */
    if (!oracle_cert_ok(world, cert)) {
        world_fail(world, node->index, "G6: a certificate that does not verify was accepted");
    }
    world->options.bug = bug;
    if (cert->view >= WORLD_VIEWS) {
        world_fail(world, node->index, "too many views");
        return;
    }
    if (cert->kind == VOTE_NULLIFY) {
        const uint64_t lock = cert_max_lock(cert) + 1;
        if (world->skip_lock[cert->view] == 0 || lock < world->skip_lock[cert->view]) {
            world->skip_lock[cert->view] = lock;
        }
        check_skip(world, node, cert);
        return;
    }
    const uint32_t block = blocks_find(world, &cert->block_id);
    uint32_t *const places[] = {&world->notarized[cert->view], &world->finalized[cert->view]};
    const size_t places_used = cert->kind == VOTE_FINALIZE ? 2 : 1;
    for (size_t i = 0; i < places_used; i++) {
        if (*places[i] != NO_BLOCK && *places[i] != block) {
            world_fail(world, node->index, "G1: two blocks certified in one view");
        }
        *places[i] = block;
    }
    if (cert->kind == VOTE_FINALIZE) {
        check_final(world, node, cert);
    }
}

void oracle_delivered(struct world *world, const struct sim_node *node, uint64_t height,
                      uint32_t block)
{
    assert(height < WORLD_BLOCKS);
    uint32_t *known = &world->final_block_at[height];
    if (*known != NO_BLOCK && *known != block) {
        world_fail(world, node->index, "G3: two different final blocks of one height");
    }
    if (*known == NO_BLOCK) {
        world->result.counters.blocks++;
        world->final_height = height > world->final_height ? height : world->final_height;
    }
    *known = block;
    if (world->blocks[block].doubled) {
        world_fail(world, node->index, "G4: a transaction twice in the chain");
    }
    if (world->blocks[block].bad) {
        world_fail(world, node->index, "an invalid block was finalised");
    }
}

void oracle_evidence(struct world *world, const struct sim_node *node, const struct vote *a)
{
    world->result.counters.evidence++;
    if (node->role == SIM_HONEST && world->nodes[a->signer].role == SIM_HONEST) {
        world_fail(world, node->index, "G5: evidence against a correct node");
    }
}

/* I1 between steps, and everything one state can be asked. */
void oracle_state(struct world *world, struct sim_node *node)
{
    const char *broken = cons_check(node->cons);
    if (broken != NULL) {
        world_fail(world, node->index, broken);
    }
    const struct cons_status now = cons_status(node->cons);
    if (now.view < node->view || now.high_view < node->high || now.final_view < node->final) {
        world_fail(world, node->index, "I1: a view went back");
    }
    struct sim_counters *counters = &world->result.counters;
    if (now.view > node->view && node->view > 0) {
        const struct cert *high = cons_high_cert(node->cons);
        if (now.high_view != now.view - 1) {
            counters->entered_nullified++;
        } else if (high->kind == VOTE_FINALIZE) {
            counters->entered_final++;
        } else {
            counters->entered_notarized++;
        }
    }
    if (now.high_view > node->high && now.view == node->view) {
        counters->late_notarized++;
    }
    node->view = now.view;
    node->high = now.high_view;
    node->final = now.final_view;
    counters->views = now.view > counters->views ? now.view : counters->views;
    counters->level_max = now.level > counters->level_max ? now.level : counters->level_max;
}
