/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/judge.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/model.h"

struct entry {
    bool is_cert;
    bool lost;
    uint16_t node;
    uint32_t record;
    struct vote vote;
    struct header header; /* of the vote's block */
    uint64_t signers; /* certificates from here on */
    uint64_t max_lock;
};

struct judge {
    struct sim_observer observer;
    struct entry *entries;
    size_t count, capacity;
    size_t settled[SIM_NODES_MAX]; /* entries below are of a log that was wiped */
    uint16_t nodes;
    uint64_t correct;
    /* the replay */
    struct model_rules rules;
    struct model model;
    struct hash ids[MODEL_VIEWS + 1][MODEL_IDS];
    uint8_t id_count[MODEL_VIEWS + 1];
    struct judgement result;
};

/* ---- the trace --------------------------------------------------------------------------------
 */

static struct entry *add(struct judge *judge)
{
    if (judge->count == judge->capacity) {
        judge->capacity = judge->capacity == 0 ? 1024 : judge->capacity * 2;
        judge->entries = realloc(judge->entries, judge->capacity * sizeof *judge->entries);
        assert(judge->entries != NULL);
    }
    struct entry *entry = &judge->entries[judge->count++];
    memset(entry, 0, sizeof *entry);
    return entry;
}

static void on_begin(void *context, uint16_t count, uint64_t correct)
{
    struct judge *judge = context;
    judge->nodes = count;
    judge->correct = correct;
}

static void on_cast(void *context, uint16_t node, uint32_t record, const struct vote *vote,
                    const struct cons_block *block)
{
    struct entry *entry = add(context);
    entry->node = node;
    entry->record = record;
    entry->vote = *vote;
    if (block != NULL) {
        entry->header = block->header;
    }
}

static void on_learnt(void *context, uint16_t node, const struct cert *cert)
{
    struct entry *entry = add(context);
    entry->is_cert = true;
    entry->node = node;
    entry->vote = (struct vote){.kind = cert->kind, .view = cert->view, .block_id = cert->block_id};
    entry->signers = cert->signers;
    entry->max_lock = cert->kind == VOTE_NULLIFY ? cert_max_lock(cert) : 0;
}

static void on_lost(void *context, uint16_t node, uint32_t record, bool wiped)
{
    struct judge *judge = context;
    for (size_t i = judge->count; i > judge->settled[node]; i--) {
        struct entry *entry = &judge->entries[i - 1];
        if (entry->node != node || entry->is_cert || entry->lost) {
            continue;
        }
        if (entry->record < record) {
            break;
        }
        entry->lost = true;
    }
    if (wiped) {
        judge->settled[node] = judge->count;
    }
}

struct judge *judge_new(void)
{
    struct judge *judge = calloc(1, sizeof *judge);
    assert(judge != NULL);
    judge->observer = (struct sim_observer){
        .context = judge, .begin = on_begin, .cast = on_cast, .learnt = on_learnt, .lost = on_lost};
    return judge;
}

void judge_free(struct judge *judge)
{
    free(judge->entries);
    free(judge);
}

const struct sim_observer *judge_observer(const struct judge *judge)
{
    return &judge->observer;
}

static const char *kind_name(const struct entry *entry)
{
    static const char *const votes[] = {"?", "NOTARIZE", "NULLIFY", "FINALIZE"};
    static const char *const certs[] = {"?", "uses N", "uses Z", "uses F"};
    return (entry->is_cert ? certs : votes)[entry->vote.kind];
}

static void describe(char *out, size_t size, const struct entry *entry)
{
    char id[9];
    const struct vote *vote = &entry->vote;
    hex_encode(id, (struct bytes){vote->block_id.bytes, 4});
    if (vote->kind == VOTE_NULLIFY) {
        (void)snprintf(out, size, "n%u %s view %llu lock %llu", entry->node, kind_name(entry),
                       (unsigned long long)vote->view,
                       (unsigned long long)(entry->is_cert ? entry->max_lock : vote->lock_view));
    } else {
        (void)snprintf(out, size, "n%u %s view %llu block %s", entry->node, kind_name(entry),
                       (unsigned long long)vote->view, id);
    }
}

void judge_print(const struct judge *judge, FILE *out)
{
    for (size_t i = 0; i < judge->count; i++) {
        const struct entry *entry = &judge->entries[i];
        char text[96];
        describe(text, sizeof text, entry);
        (void)fprintf(out, "%s%s", text, entry->lost ? ", lost" : "");
        if (!entry->is_cert && entry->vote.kind == VOTE_NOTARIZE) {
            (void)fprintf(out, " on view %llu", (unsigned long long)entry->header.parent_view);
        }
        (void)fputc('\n', out);
    }
}

/* ---- the replay -------------------------------------------------------------------------------
 */

__attribute__((format(printf, 3, 4))) static void
refuse(struct judge *judge, const struct entry *entry, const char *format, ...)
{
    struct judgement *result = &judge->result;
    if (result->refused) {
        return;
    }
    result->refused = true;
    char text[96];
    char why[64];
    describe(text, sizeof text, entry);
    va_list list;
    va_start(list, format);
    (void)vsnprintf(why, sizeof why, format, list);
    va_end(list);
    (void)snprintf(result->why, sizeof result->why, "%s: %s", text, why);
}

/* Number of a block within its view; 0: not voted for by anybody, or too many of them. */
static uint8_t number_of(struct judge *judge, uint64_t view, const struct hash *id, bool make)
{
    uint8_t *count = &judge->id_count[view];
    for (uint8_t i = 0; i < *count; i++) {
        if (hash_equal(&judge->ids[view][i], id)) {
            return (uint8_t)(i + 1);
        }
    }
    if (!make || *count == MODEL_IDS) {
        return 0;
    }
    judge->ids[view][*count] = *id;
    return ++*count;
}

static struct model_block block_of(struct judge *judge, uint64_t view, const struct hash *id)
{
    struct model_block block = {.view = (model_number)view};
    if (view > 0) {
        block.id = number_of(judge, view, id, false);
    }
    return block;
}

/* The notarized block of a view, if there is one. */
static bool notarized_in(struct judge *judge, uint64_t view, struct model_block *block)
{
    if (view == 0) {
        *block = (struct model_block){0};
        return true;
    }
    for (uint8_t id = 1; id <= judge->id_count[view]; id++) {
        *block = (struct model_block){.view = (model_number)view, .id = id};
        if (model_is_notarized(&judge->rules, &judge->model, *block)) {
            return true;
        }
    }
    return false;
}

/* Brings the node to this view on the strength of the notarization in `lock`, as J(view) does. */
static void reach(struct judge *judge, const struct entry *entry, uint32_t node, uint64_t view,
                  uint64_t lock)
{
    struct model_node *self = &judge->model.nodes[node];
    struct model_block parent;
    if (self->view > view) {
        refuse(judge, entry, "the node is in view %u", self->view);
        return;
    }
    if (self->view < view && !notarized_in(judge, lock, &parent)) {
        refuse(judge, entry, "nothing notarized in view %llu", (unsigned long long)lock);
        return;
    }
    if (self->view == view) {
        return;
    }
    const bool entered =
        lock + 1 == view
            ? model_enter_block(&judge->rules, &judge->model, node, parent, false)
            : model_enter_skip(&judge->rules, &judge->model, node, (uint32_t)view - 1, parent);
    if (!entered) {
        refuse(judge, entry, "nothing leads from view %u past view %llu to it", self->view,
               (unsigned long long)lock);
    }
}

static void judge_notarize(struct judge *judge, const struct entry *entry, uint32_t node)
{
    const struct header *header = &entry->header;
    if (header->view != entry->vote.view || header->parent_view >= header->view) {
        refuse(judge, entry, "its block is of view %llu", (unsigned long long)header->view);
        return;
    }
    reach(judge, entry, node, header->view, header->parent_view);
    const uint8_t id = number_of(judge, header->view, &entry->vote.block_id, true);
    const struct model_block parent = block_of(judge, header->parent_view, &header->parent_id);
    if (!model_notarize(&judge->rules, &judge->model, node, id, parent)) {
        refuse(judge, entry, "not on block %u.%u, or not any more", parent.view, parent.id);
    }
}

static void judge_nullify(struct judge *judge, const struct entry *entry, uint32_t node)
{
    const uint64_t lock = entry->vote.lock_view;
    struct model_node *self = &judge->model.nodes[node];
    if (lock >= entry->vote.view) {
        refuse(judge, entry, "a lock of the future");
        return;
    }
    reach(judge, entry, node, entry->vote.view, lock);
    struct model_block block;
    if (self->lock < lock && (!notarized_in(judge, lock, &block) ||
                              !model_learn_late(&judge->rules, &judge->model, node, block))) {
        refuse(judge, entry, "nothing notarized in view %llu", (unsigned long long)lock);
        return;
    }
    if (!model_nullify(&judge->rules, &judge->model, node, (uint32_t)lock)) {
        refuse(judge, entry, "the lock is %u, or not any more", self->lock);
    }
}

static void judge_finalize(struct judge *judge, const struct entry *entry, uint32_t node)
{
    const struct model_block block = block_of(judge, entry->vote.view, &entry->vote.block_id);
    if (!model_enter_block(&judge->rules, &judge->model, node, block, true)) {
        refuse(judge, entry, "not notarized, nullified, or left");
    }
}

/* Index of a node among the correct ones. */
static uint32_t model_node_of(const struct judge *judge, uint16_t node)
{
    const uint64_t below = judge->correct & ((UINT64_C(1) << node) - 1);
    return (uint32_t)__builtin_popcountll(below);
}

/* Each correct signer has cast this very vote, and enough of them have. */
static void judge_cert(struct judge *judge, const struct entry *entry)
{
    const struct vote *vote = &entry->vote;
    const uint8_t id =
        vote->kind == VOTE_NULLIFY ? 0 : number_of(judge, vote->view, &vote->block_id, false);
    uint32_t votes = 0;
    for (uint16_t i = 0; i < judge->nodes; i++) {
        if (((entry->signers & judge->correct) >> i & 1) == 0) {
            continue;
        }
        const struct model_node *signer = &judge->model.nodes[model_node_of(judge, i)];
        const uint32_t nullified = signer->nullified[vote->view];
        const bool cast = vote->kind == VOTE_NOTARIZE   ? signer->notarized[vote->view] == id
                          : vote->kind == VOTE_FINALIZE ? signer->finalized[vote->view] == id
                                                        : nullified != 0;
        if (!cast || (vote->kind != VOTE_NULLIFY && id == 0)) {
            refuse(judge, entry, "n%u never signed it", i);
        }
        if (vote->kind == VOTE_NULLIFY && nullified > entry->max_lock + 1) {
            refuse(judge, entry, "n%u reported lock %u", i, nullified - 1);
        }
        votes++;
    }
    if (votes < judge->rules.needed) {
        refuse(judge, entry, "%u correct signers, %u needed", votes, judge->rules.needed);
    }
}

static void judge_entry(struct judge *judge, const struct entry *entry)
{
    struct judgement *result = &judge->result;
    if (entry->lost) {
        result->lost++;
        return;
    }
    if (entry->vote.view < 1 || entry->vote.view > judge->rules.views) {
        refuse(judge, entry, "more views than the model has");
        return;
    }
    if (entry->is_cert) {
        result->certificates++;
        judge_cert(judge, entry);
        return;
    }
    result->votes++;
    result->views = entry->vote.view > result->views ? entry->vote.view : result->views;
    const uint32_t node = model_node_of(judge, entry->node);
    switch (entry->vote.kind) {
    case VOTE_NOTARIZE:
        judge_notarize(judge, entry, node);
        break;
    case VOTE_NULLIFY:
        judge_nullify(judge, entry, node);
        break;
    case VOTE_FINALIZE:
        judge_finalize(judge, entry, node);
        break;
    }
}

struct judgement judge_decide(struct judge *judge)
{
    const uint32_t correct = (uint32_t)__builtin_popcountll(judge->correct);
    judge->rules = (struct model_rules){.nodes = correct,
                                        .needed = judge->nodes - (judge->nodes - 1u) / 3 -
                                                  (judge->nodes - correct),
                                        .views = MODEL_VIEWS - 1};
    memset(judge->id_count, 0, sizeof judge->id_count);
    memset(&judge->result, 0, sizeof judge->result);
    model_init(&judge->model);
    for (size_t i = 0; i < judge->count && !judge->result.refused; i++) {
        judge_entry(judge, &judge->entries[i]);
    }
    const char *broken = model_broken(&judge->rules, &judge->model);
    if (broken != NULL && !judge->result.refused) {
        judge->result.refused = true;
        (void)snprintf(judge->result.why, sizeof judge->result.why, "%s", broken);
    }
    return judge->result;
}
