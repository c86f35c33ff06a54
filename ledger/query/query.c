/* SPDX-License-Identifier: Apache-2.0 */
/* A query is a view of the database and an empty overlay on it, so that what rules read with is
 * what readers read with. */

#include "ledger/query/query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/base/period.h"
#include "ledger/chain/encode.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/store/chain_db.h"
#include "ledger/store/chain_view.h"

struct query {
    struct chain_view *view; /* NULL: of an overlay */
    struct overlay *state;
    uint64_t height;
    struct header header;
    struct hash id;
    struct hash chain_id;
};

enum err query_open(struct query **out, struct chain_db *db, uint64_t height)
{
    struct query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        return ERR_MEMORY;
    }
    enum err err = chain_view_open(&query->view, db);
    if (err == OK) {
        const struct chain_head *head = chain_view_head(query->view);
        query->height = height == QUERY_NEWEST ? head->height : height;
        err = query->height > head->height ? ERR_ABSENT : OK;
    }
    if (err == OK) {
        err = chain_view_header(query->view, query->height, &query->header, &query->id);
    }
    if (err == OK) {
        err = chain_view_overlay(query->view, query->height, &query->state);
    }
    if (err == OK && !chain_db_chain_id(db, &query->chain_id)) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        query_close(query);
        return err;
    }
    *out = query;
    return OK;
}

enum err query_open_time(struct query **out, struct chain_db *db, uint64_t time_ms)
{
    struct chain_view *view = NULL;
    uint64_t height = 0;
    enum err err = chain_view_open(&view, db);
    if (err == OK) {
        err = chain_view_height_at(view, time_ms, &height);
        chain_view_drop(view);
    }
    return err == OK ? query_open(out, db, height) : err;
}

void query_close(struct query *query)
{
    if (query == NULL) {
        return;
    }
    if (query->state != NULL) {
        overlay_drop(query->state);
    }
    chain_view_drop(query->view);
    free(query);
}

enum err query_of_overlay(struct query **out, struct overlay *overlay, uint64_t height,
                          uint64_t time_ms)
{
    struct query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        return ERR_MEMORY;
    }
    query->state = overlay_keep(overlay);
    query->height = height;
    query->header.height = height;
    query->header.time_ms = time_ms;
    *out = query;
    return OK;
}

struct overlay *query_state(struct query *query)
{
    return query->state;
}

struct chain_view *query_view(struct query *query)
{
    return query->view;
}

uint64_t query_height(const struct query *query)
{
    return query->height;
}

const struct header *query_header(const struct query *query)
{
    return &query->header;
}

const struct hash *query_block_id(const struct query *query)
{
    return &query->id;
}

uint64_t query_time(const struct query *query)
{
    return query->header.time_ms;
}

/* --- lists ----------------------------------------------------------------------------------- */

/* How long the list is: a counter of the chain, or of the organisation that owns it. */
static enum err list_length(uint32_t *out, struct query *query, enum key_table table,
                            const char *owner, struct arena *arena)
{
    if (owner != NULL) {
        const Seam__OrganisationRecord *record = NULL;
        const enum err err = view_organisation(&record, query->state, owner, arena);
        if (err == OK) {
            *out = table == KEY_PERSON ? record->persons : record->facilities;
        }
        return err;
    }
    const Seam__Counters *counters = NULL;
    const enum err err = view_counters(&counters, query->state, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    const struct {
        enum key_table table;
        uint32_t count;
    } lists[] = {
        {KEY_ORGANISATION, counters->organisations},   {KEY_FACILITY, counters->facilities},
        {KEY_PARAMETER_SET, counters->parameter_sets}, {KEY_JURISDICTION, counters->jurisdictions},
        {KEY_ADOPTION, counters->adoptions},           {KEY_DOUBLE_VOTE, counters->double_votes},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (lists[i].table == table) {
            *out = lists[i].count;
            return OK;
        }
    }
    return ERR_PARAM;
}

enum err query_list(struct query *query, enum key_table table, const char *owner, uint32_t from,
                    const Seam__ListEntry **entries, size_t room, size_t *count, uint32_t *total,
                    struct arena *arena)
{
    assert(owner == NULL || table == KEY_PERSON || table == KEY_FACILITY);
    uint32_t length = 0;
    enum err err = list_length(&length, query, table, owner, arena);
    if (err != OK) {
        return err;
    }
    struct hash id;
    if (owner != NULL) {
        id_hash(&id, KEY_ORGANISATION, owner);
    }
    size_t got = 0;
    for (uint32_t i = from; i < length && got < room; i++) {
        err = view_list(&entries[got], query->state, table, owner != NULL ? &id : NULL, i, arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        got++;
    }
    *count = got;
    *total = length;
    return OK;
}

/* --- accounts -------------------------------------------------------------------------------- */

enum err query_facility_head(const Seam__FacilityHead **out, struct query *query,
                             const char *facility, struct arena *arena)
{
    struct state_key key = state_key_of(KEY_FACILITY_HEAD);
    state_key_id(&key, KEY_FACILITY, facility);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__facility_head__descriptor, query->state,
                                     state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__FacilityHead *)message;
    }
    return err;
}

enum err query_account(const Seam__AccountHead **out, struct query *query, const char *facility,
                       const char *period, struct arena *arena)
{
    return view_account(out, query->state, facility, period, arena);
}

enum err query_account_version(const Seam__AccountRecord **out, struct query *query,
                               const char *facility, const char *period, uint32_t version,
                               struct arena *arena)
{
    return view_account_version(out, query->state, facility, period, version, arena);
}

/* --- blocks and transactions ----------------------------------------------------------------- */

enum err query_block(struct query_block *out, struct query *query, uint64_t height,
                     struct arena *arena)
{
    if (query->view == NULL || height > query->height) {
        return ERR_ABSENT;
    }
    struct query_block block = {.chain_id = query->chain_id};
    enum err err = chain_view_header(query->view, height, &block.header, &block.id);
    if (err == OK) {
        err = chain_view_block(query->view, height, arena, NULL, &block.body);
    }
    if (err == OK) {
        *out = block;
    }
    return err;
}

/* Takes a stored transaction apart; what does not decode was damaged. */
static enum err tx_open(struct query_tx *tx, const struct hash *chain_id, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    enum err err =
        message_unpack(&message, &seam__transaction__descriptor, tx->raw, LIMIT_TX, arena, NULL);
    if (err == OK) {
        tx->message = (const Seam__Transaction *)message;
        err = message_unpack(&message, &seam__body__descriptor,
                             bytes_of(tx->message->body.data, tx->message->body.len), LIMIT_TX_BODY,
                             arena, NULL);
    }
    if (err != OK) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    tx->body = (const Seam__Body *)message;
    struct hasher hasher;
    hash_begin(&hasher, TAG_TX);
    hash_add(&hasher, hash_bytes(chain_id));
    hash_add(&hasher, bytes_of(tx->message->body.data, tx->message->body.len));
    hash_end(&hasher, &tx->tx_id);
    return OK;
}

enum err query_block_tx(struct query_tx *out, const struct query_block *block, uint32_t index,
                        struct arena *arena)
{
    if (index >= block->header.tx_count) {
        return ERR_ABSENT;
    }
    struct reader reader = reader_of(block->body);
    struct bytes raw = {0};
    for (uint32_t i = 0; i <= index; i++) {
        const uint32_t size = read_u32(&reader);
        raw = read_bytes(&reader, size);
    }
    if (reader.failed) {
        return ERR_CORRUPT;
    }
    struct query_tx tx = {.height = block->header.height,
                          .index = index,
                          .time_ms = block->header.time_ms,
                          .raw = raw};
    const enum err err = tx_open(&tx, &block->chain_id, arena);
    if (err == OK) {
        *out = tx;
    }
    return err;
}

enum err query_tx(struct query_tx *out, struct query *query, const struct hash *tx_id,
                  struct arena *arena)
{
    if (query->view == NULL) {
        return ERR_ABSENT;
    }
    struct chain_tx_place place;
    enum err err = chain_view_tx(query->view, tx_id, &place);
    if (err != OK) {
        return err;
    }
    struct query_block block;
    struct query_tx tx;
    err = query_block(&block, query, place.height, arena);
    if (err == OK) {
        err = query_block_tx(&tx, &block, place.index, arena);
    }
    if (err != OK) {
        return err;
    }
    if (!hash_equal(&tx.tx_id, tx_id)) {
        return ERR_CORRUPT;
    }
    *out = tx;
    return OK;
}
