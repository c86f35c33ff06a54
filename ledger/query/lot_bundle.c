/* SPDX-License-Identifier: Apache-2.0 */
/* What lot_verify needs: of every event of the lot and its ancestors the transaction and the
 * record, of every lot its record, of loads the edges that say which part came from which lot; and
 * the accounts behind them, for whoever reads the footprint. */

#include "ledger/query/lot_passport.h"

#include <string.h>

struct gather {
    const struct lot_passport *passport;
    struct arena *arena;
    struct hash *tx_ids;
    size_t tx_count;
    struct bytes *keys;
    size_t key_count;
    size_t key_room;
};

static enum err add_key(struct gather *gather, struct state_key key)
{
    if (gather->key_count == gather->key_room) {
        return ERR_TOO_LARGE;
    }
    if (!arena_copy(gather->arena, state_key_bytes(&key), &gather->keys[gather->key_count])) {
        return ERR_MEMORY;
    }
    gather->key_count++;
    return OK;
}

static enum err add_event(struct gather *gather, const Seam__LotEventRecord *event)
{
    struct hash *id = &gather->tx_ids[gather->tx_count];
    if (event->event_id.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    memcpy(id->bytes, event->event_id.data, HASH_SIZE);
    gather->tx_count++;
    enum err err = add_key(gather, view_lot_event_key(id));
    for (size_t i = 0; err == OK && event->type == LOT_LOAD_TYPE && i < event->n_inputs; i++) {
        if (event->inputs[i]->edge > 0) {
            err = add_key(gather,
                          view_lot_edge_key(event->inputs[i]->lot, event->inputs[i]->edge - 1));
        }
    }
    return err;
}

static enum err add_pool(struct gather *gather, const struct lot_pool *pool)
{
    struct state_key key;
    if (pool == NULL || pool->version == 0) {
        return OK;
    }
    gather->tx_ids[gather->tx_count++] = pool->tx_id;
    if (!view_account_key(&key, pool->facility, pool->period)) {
        return ERR_CORRUPT;
    }
    enum err err = add_key(gather, key);
    if (err == OK && !view_account_version_key(&key, pool->facility, pool->period, pool->version)) {
        err = ERR_CORRUPT;
    }
    return err == OK ? add_key(gather, key) : err;
}

static enum err gather_all(struct gather *gather)
{
    const struct lot_passport *passport = gather->passport;
    const struct lot_footprint *footprint = &passport->footprint;
    enum err err = OK;
    for (size_t i = 0; err == OK && i < passport->trace.count; i++) {
        err = add_key(gather, view_lot_key(passport->trace.nodes[i].lot->lot));
    }
    for (size_t i = 0; err == OK && i < passport->event_count; i++) {
        err = add_event(gather, passport->events[i].event);
    }
    for (size_t i = 0; err == OK && i < footprint->source_count; i++) {
        err = add_pool(gather, footprint->sources[i].now);
        if (err == OK) {
            err = add_pool(gather, footprint->sources[i].before);
        }
    }
    return err;
}

static bool names(const Seam__LotEventRecord *event, const struct hash *sha256)
{
    for (size_t i = 0; i < event->n_documents; i++) {
        if (bytes_equal(bytes_of(event->documents[i].data, event->documents[i].len),
                        hash_bytes(sha256))) {
            return true;
        }
    }
    return false;
}

/* Only what an event of the lot or an ancestor names belongs to it. */
static bool documents_named(const struct lot_passport *passport,
                            const struct bundle_document *documents, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool named = false;
        for (size_t k = 0; k < passport->event_count && !named; k++) {
            named = names(passport->events[k].event, &documents[i].sha256);
        }
        if (!named) {
            return false;
        }
    }
    return true;
}

enum err lot_bundle_build(struct bytes *bundle, struct query *query, const char *lot,
                          const struct bundle_document *documents, size_t document_count,
                          struct arena *arena, struct err_detail *detail)
{
    struct lot_passport passport;
    struct gather gather = {.passport = &passport, .arena = arena, .key_room = LIMIT_BUNDLE_STATES};
    enum err err = lot_passport_make(&passport, query, lot, arena);
    if (err != OK) {
        return err_set(detail, err, "lot", NULL, NULL, NULL);
    }
    if (!documents_named(&passport, documents, document_count)) {
        return err_set(detail, ERR_PARAM, "documents", "D24", NULL,
                       "no event of the lot or its ancestors names this document");
    }
    const size_t txs = passport.event_count + 2 * passport.footprint.source_count + 1;
    gather.tx_ids = arena_alloc(arena, txs * sizeof *gather.tx_ids);
    gather.keys = arena_alloc(arena, gather.key_room * sizeof *gather.keys);
    err = gather.tx_ids == NULL || gather.keys == NULL ? ERR_MEMORY : gather_all(&gather);
    if (err != OK) {
        return err_set(detail, err, "lot", "D24", NULL,
                       "too many events for one bundle; take one further down");
    }
    const struct bundle_request request = {.kind = "LOT",
                                           .subject = lot,
                                           .tx_ids = gather.tx_ids,
                                           .tx_count = gather.tx_count,
                                           .states = gather.keys,
                                           .state_count = gather.key_count,
                                           .documents = documents,
                                           .document_count = document_count};
    return bundle_build(bundle, query, &request, arena, detail);
}
