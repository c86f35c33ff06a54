/* SPDX-License-Identifier: Apache-2.0 */
/* Everything is read through one snapshot. The past of a key: the first record of state_old
 * replaced above the height asked for, else the present record, and in both cases only if it was
 * written at or below that height; otherwise there was nothing (D13). */
#include "ledger/store/chain_view.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/chain/encode.h"
#include "ledger/store/chain_base.h"

struct chain_view {
    atomic_uint references;
    struct chain_db *db;
    struct chain_base *base;
    struct head_record record;
    unsigned generation; /* of the indexes, when it was opened */
};

enum err chain_view_open(struct chain_view **out, struct chain_db *db)
{
    if (chain_db_failed(db)) {
        return ERR_STORAGE;
    }
    struct chain_view *view = calloc(1, sizeof *view);
    struct chain_base *base = view ? chain_base_pin(db->kv, db->cache) : NULL;
    if (!base) {
        free(view);
        return ERR_MEMORY;
    }
    atomic_init(&view->references, 1);
    view->db = db;
    view->base = base;
    view->generation = chain_index_generation(db);
    enum err err = head_record_get(db->kv, chain_base_snapshot(base), &view->record);
    if (!err && view->record.head.empty) {
        err = ERR_ABSENT;
    }
    if (err) {
        chain_view_drop(view);
        return err;
    }
    *out = view;
    return OK;
}

struct chain_view *chain_view_keep(struct chain_view *view)
{
    const unsigned before = atomic_fetch_add(&view->references, 1);
    assert(before > 0);
    (void)before;
    return view;
}

void chain_view_drop(struct chain_view *view)
{
    if (view && atomic_fetch_sub(&view->references, 1) == 1) {
        chain_base_drop(view->base);
        free(view);
    }
}

const struct chain_head *chain_view_head(const struct chain_view *view)
{
    return &view->record.head;
}

struct kv *chain_view_kv(const struct chain_view *view)
{
    return view->db->kv;
}

const struct kv_snapshot *chain_view_snapshot(const struct chain_view *view)
{
    return chain_base_snapshot(view->base);
}

struct chain_base *chain_view_base(const struct chain_view *view)
{
    return view->base;
}

static enum err get(const struct chain_view *view, uint32_t family, struct bytes key,
                    struct arena *arena, struct bytes *out)
{
    return kv_get(view->db->kv, chain_base_snapshot(view->base), family, key, arena, out);
}

static enum err get_at(const struct chain_view *view, uint32_t family, uint64_t height,
                       struct arena *arena, struct bytes *out)
{
    uint8_t key[BE64_SIZE];
    chain_key_height(key, height);
    return get(view, family, bytes_of(key, sizeof key), arena, out);
}

static struct kv_iter *iterate(const struct chain_view *view, uint32_t family, struct bytes prefix,
                               struct bytes from)
{
    return kv_iter_open(view->db->kv, chain_base_snapshot(view->base), family, prefix, from, false);
}

/* --- blocks -------------------------------------------------------------------------------------
 */

enum err chain_view_block(struct chain_view *view, uint64_t height, struct arena *arena,
                          struct bytes *header, struct bytes *body)
{
    struct bytes value;
    if (height > view->record.head.height) {
        return ERR_ABSENT;
    }
    const enum err err = get_at(view, CHAIN_BLOCKS, height, arena, &value);
    if (err || value.size < HEADER_SIZE) {
        /* A block below the head that is not there is no answer but damage. */
        return !err || err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    if (header) {
        *header = bytes_of(value.data, HEADER_SIZE);
    }
    if (body) {
        *body = bytes_of(value.data + HEADER_SIZE, value.size - HEADER_SIZE);
    }
    return OK;
}

enum err chain_view_header(struct chain_view *view, uint64_t height, struct header *out,
                           struct hash *id)
{
    if (height > view->record.head.height) {
        return ERR_ABSENT;
    }
    const enum err err =
        block_header_get(view->db->kv, chain_base_snapshot(view->base), height, out, id);
    /* A block below the head that is not there is no answer but damage. */
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static enum err certs_split(struct bytes value, struct bytes *finalization,
                            struct bytes *justification)
{
    struct reader reader = reader_of(value);
    const struct bytes first = read_bytes(&reader, read_u32(&reader));
    const struct bytes second = read_bytes(&reader, read_u32(&reader));
    if (!reader_done(&reader)) {
        return ERR_CORRUPT;
    }
    *finalization = first;
    *justification = second;
    return OK;
}

enum err chain_view_certs(struct chain_view *view, uint64_t height, struct arena *arena,
                          struct bytes *finalization, struct bytes *justification)
{
    struct bytes value;
    struct bytes first = {NULL, 0};
    struct bytes second = {NULL, 0};
    if (height > view->record.head.height) {
        return ERR_ABSENT;
    }
    enum err err = get_at(view, CHAIN_CERTS, height, arena, &value);
    if (!err) {
        err = certs_split(value, &first, &second);
    }
    if (err && err != ERR_ABSENT) {
        return err;
    }
    if (finalization) {
        *finalization = first;
    }
    if (justification) {
        *justification = second;
    }
    return OK;
}

enum err chain_view_anchor(struct chain_view *view, uint64_t height, struct arena *arena,
                           uint64_t *anchor, struct bytes *finalization)
{
    uint8_t from[BE64_SIZE];
    chain_key_height(from, height);
    struct kv_iter *iter = iterate(view, CHAIN_CERTS, bytes_of("", 0), bytes_of(from, sizeof from));
    struct bytes key;
    struct bytes value;
    struct bytes found = {NULL, 0};
    struct bytes justification;
    enum err err = OK;
    while (!err && found.size == 0) {
        err = kv_iter_next(iter, &key, &value);
        err = err ? err : certs_split(value, &found, &justification);
    }
    if (!err) {
        struct reader reader = reader_of(key);
        const uint64_t at = read_u64_be(&reader);
        err = arena_copy(arena, found, finalization) ? OK : ERR_MEMORY;
        *anchor = err ? *anchor : at;
    }
    kv_iter_close(iter);
    return err;
}

enum err chain_view_epoch(struct chain_view *view, uint64_t epoch, struct arena *arena,
                          struct bytes *out)
{
    return get_at(view, CHAIN_EPOCHS, epoch, arena, out);
}

enum err chain_view_genesis(struct chain_view *view, struct arena *arena, struct bytes *out)
{
    return get(view, CHAIN_META, bytes_text(META_GENESIS), arena, out);
}

enum err chain_view_height_at(struct chain_view *view, uint64_t time_ms, uint64_t *height)
{
    /* Times never decrease: halve [low, high) until low is the first block after time_ms. */
    uint64_t low = 0;
    uint64_t high = view->record.head.height + 1;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        struct header header;
        const enum err err = chain_view_header(view, middle, &header, NULL);
        if (err) {
            return err;
        }
        if (header.time_ms <= time_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return ERR_ABSENT;
    }
    *height = low - 1;
    return OK;
}

/* --- indexes ------------------------------------------------------------------------------------
 */

/* Indexes are read as they are now, and what is above the head of the view is not seen. */
static enum err find(const struct chain_view *view, uint32_t family, const struct hash *key,
                     struct chain_tx_place *out)
{
    struct chain_tx_place place;
    const enum err err = chain_index_find(view->db, family, key, &place.height, &place.index);
    if (err || place.height > view->record.head.height) {
        return err ? err : ERR_ABSENT;
    }
    *out = place;
    return OK;
}

enum err chain_view_height_of(struct chain_view *view, const struct hash *block_id,
                              uint64_t *height)
{
    struct chain_tx_place place;
    const enum err err = find(view, CHAIN_INDEX_BLOCK, block_id, &place);
    if (!err) {
        *height = place.height;
    }
    return err;
}

enum err chain_view_tx(struct chain_view *view, const struct hash *tx_id,
                       struct chain_tx_place *out)
{
    return find(view, CHAIN_INDEX_TX, tx_id, out);
}

static enum err account_place(struct chain_account_place *place, struct bytes key,
                              struct bytes value)
{
    struct reader name = reader_of(key);
    struct reader where = reader_of(value);
    place->period = read_u32_be(&name);
    read_raw(&name, place->facility.bytes, HASH_SIZE);
    place->version = read_u32_be(&name);
    place->height = read_u64(&where);
    return reader_done(&name) && reader_done(&where) ? OK : ERR_CORRUPT;
}

enum err chain_view_accounts(struct chain_view *view, uint32_t from, uint32_t to,
                             chain_account_found found, void *context)
{
    uint8_t start[4];
    struct writer writer = writer_of(start, sizeof start);
    write_u32_be(&writer, from);
    if (view->generation % 2 == 1 || view->generation != chain_index_generation(view->db)) {
        return ERR_BUSY;
    }
    struct kv_iter *iter =
        iterate(view, CHAIN_INDEX_ACCOUNT, bytes_of("", 0), writer_bytes(&writer));
    enum err err = OK;
    bool more = true;
    while (!err && more) {
        struct bytes key;
        struct bytes value;
        struct chain_account_place place = {0};
        err = kv_iter_next(iter, &key, &value);
        err = err ? err : account_place(&place, key, value);
        more = !err && place.period <= to && found(context, &place);
    }
    kv_iter_close(iter);
    if (err == ERR_CORRUPT && kv_spoiled(view->db->kv, NULL) != 0) {
        return ERR_BUSY;
    }
    /* Thrown away meanwhile: what was found may not be all. */
    const bool renewed = view->generation != chain_index_generation(view->db);
    return renewed ? ERR_BUSY : err == ERR_ABSENT ? OK : err;
}

/* --- state --------------------------------------------------------------------------------------
 */

static enum err take(struct bytes record, uint64_t height, struct arena *arena, struct bytes *out,
                     uint64_t *written)
{
    uint64_t at;
    struct bytes value;
    const enum err err = state_record_split(record, &at, &value);
    if (err) {
        return err;
    }
    if (at > height) {
        return ERR_ABSENT;
    }
    if (!arena_copy(arena, value, out)) {
        return ERR_MEMORY;
    }
    if (written) {
        *written = at;
    }
    return OK;
}

static enum err get_present(const struct chain_view *view, uint64_t height, struct bytes key,
                            struct arena *arena, struct bytes *out, uint64_t *written)
{
    struct bytes record;
    const enum err err = get(view, CHAIN_STATE, key, arena, &record);
    return err ? err : take(record, height, arena, out, written);
}

/* Asked where the present record, if there is one, was written above the height. */
static enum err get_past(const struct chain_view *view, uint64_t height, struct bytes key,
                         struct arena *arena, struct bytes *out, uint64_t *written)
{
    uint8_t from[LIMIT_STATE_KEY + BE64_SIZE];
    struct writer writer = writer_of(from, sizeof from);
    write_bytes(&writer, key);
    write_u64_be(&writer, height + 1);
    assert(!writer.failed);
    struct kv_iter *iter = iterate(view, CHAIN_STATE_OLD, key, writer_bytes(&writer));
    struct bytes name;
    struct bytes record;
    enum err err;
    do {
        /* Only a longer key that begins with this one can stand between; none does in practice. */
        err = kv_iter_next(iter, &name, &record);
    } while (!err && name.size != key.size + BE64_SIZE);
    if (!err) {
        err = take(record, height, arena, out, written);
    }
    kv_iter_close(iter);
    return err;
}

enum err chain_view_get(struct chain_view *view, uint64_t height, struct bytes key,
                        struct arena *arena, struct bytes *out, uint64_t *written)
{
    const uint64_t head = view->record.head.height;
    if (height > head || key.size == 0 || key.size > LIMIT_STATE_KEY) {
        return ERR_ABSENT;
    }
    if (key.data[0] == OVERLAY_RECENT) {
        const struct bytes stored = bytes_of(key.data + 1, key.size - 1);
        const enum err err =
            height == head ? get(view, CHAIN_RECENT, stored, arena, out) : ERR_ABSENT;
        if (!err && written) {
            *written = head;
        }
        return err;
    }
    /* What was written last, and not after the height, was in force there: no look at the past. */
    const enum err err = get_present(view, height, key, arena, out, written);
    return err == ERR_ABSENT && height < head ? get_past(view, height, key, arena, out, written)
                                              : err;
}

/* A place in a walk over keys: the present ones, or those with a past. */
struct cursor {
    struct kv_iter *iter;
    size_t tail; /* bytes behind the state key */
    bool ended;
    struct bytes key;
    struct bytes record;
};

static enum err cursor_next(struct cursor *cursor)
{
    struct bytes name;
    const enum err err = kv_iter_next(cursor->iter, &name, &cursor->record);
    if (err == ERR_ABSENT) {
        cursor->ended = true;
        return OK;
    }
    if (err || name.size <= cursor->tail || name.size > LIMIT_STATE_KEY + cursor->tail) {
        return err ? err : ERR_CORRUPT;
    }
    cursor->key = bytes_of(name.data, name.size - cursor->tail);
    return OK;
}

static enum err cursor_pass(struct cursor *cursor, struct bytes key)
{
    enum err err = OK;
    while (!err && !cursor->ended && bytes_compare(cursor->key, key) <= 0) {
        err = cursor_next(cursor);
    }
    return err;
}

struct walk {
    struct chain_view *view;
    uint64_t height;
    chain_state_found found;
    void *context;
    struct cursor present;
    struct cursor past;
    bool more;
};

/* walk_one answers the lowest key under either cursor and passes it. */
static enum err walk_one(struct walk *walk)
{
    const bool past_first =
        walk->present.ended ||
        (!walk->past.ended && bytes_compare(walk->past.key, walk->present.key) < 0);
    const struct bytes lowest = past_first ? walk->past.key : walk->present.key;
    uint8_t space[LIMIT_STATE_KEY];
    assert(lowest.size <= sizeof space);
    memcpy(space, lowest.data, lowest.size);
    const struct bytes key = bytes_of(space, lowest.size);
    struct arena arena;
    struct bytes value;
    uint64_t written;
    arena_init(&arena, 4 * (size_t)LIMIT_STATE_VALUE);
    enum err err = past_first ? ERR_ABSENT
                              : take(walk->present.record, walk->height, &arena, &value, &written);
    if (err == ERR_ABSENT) {
        err = chain_view_get(walk->view, walk->height, key, &arena, &value, &written);
    }
    if (!err) {
        walk->more = walk->found(walk->context, key, value, written);
    }
    arena_free(&arena);
    err = err == ERR_ABSENT ? OK : err;
    err = err ? err : cursor_pass(&walk->present, key);
    return err ? err : cursor_pass(&walk->past, key);
}

enum err chain_view_list(struct chain_view *view, uint64_t height, struct bytes prefix,
                         struct bytes from, chain_state_found found, void *context)
{
    if (height > view->record.head.height) {
        return ERR_ABSENT;
    }
    assert(prefix.size > 0);
    struct walk walk = {.view = view, .height = height, .found = found, .context = context};
    walk.more = true;
    walk.present.iter = iterate(view, CHAIN_STATE, prefix, from);
    walk.past.iter = iterate(view, CHAIN_STATE_OLD, prefix, from);
    walk.past.tail = BE64_SIZE;
    /* The present needs no past. */
    walk.past.ended = height == view->record.head.height;
    enum err err = cursor_next(&walk.present);
    if (!err && !walk.past.ended) {
        err = cursor_next(&walk.past);
    }
    while (!err && walk.more && !(walk.present.ended && walk.past.ended)) {
        err = walk_one(&walk);
    }
    kv_iter_close(walk.past.iter);
    kv_iter_close(walk.present.iter);
    return err;
}

/* --- the state as an overlay --------------------------------------------------------------------
 */

struct past_base {
    struct chain_view *view;
    uint64_t height;
};

static enum err past_get(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    const struct past_base *past = context;
    return chain_view_get(past->view, past->height, key, arena, out, NULL);
}

/* Keys asked for at once, and which of them the present answered. */
struct past_many {
    uint64_t height;
    overlay_found found;
    void *context;
    bool *answered;
};

static enum err past_found(void *context, size_t index, struct bytes record)
{
    const struct past_many *many = context;
    uint64_t written;
    struct bytes value;
    const enum err err = state_record_split(record, &written, &value);
    if (err || written > many->height) {
        return err;
    }
    many->answered[index] = true;
    return many->found(many->context, index, value);
}

static enum err past_get_many(void *context, const struct bytes *keys, size_t count,
                              overlay_found found, void *found_context)
{
    const struct past_base *past = context;
    struct chain_view *view = past->view;
    struct past_many many = {past->height, found, found_context, calloc(count + 1, sizeof(bool))};
    if (!many.answered) {
        return ERR_MEMORY;
    }
    enum err err = kv_get_many(view->db->kv, chain_base_snapshot(view->base), CHAIN_STATE, keys,
                               count, past_found, &many);
    for (size_t i = 0; !err && i < count; i++) {
        struct arena arena;
        struct bytes value;
        if (many.answered[i]) {
            continue;
        }
        arena_init(&arena, 4 * (size_t)LIMIT_STATE_VALUE);
        err = chain_view_get(view, past->height, keys[i], &arena, &value, NULL);
        if (!err) {
            err = found(found_context, i, value);
        } else if (err == ERR_ABSENT) {
            err = OK;
        }
        arena_free(&arena);
    }
    free(many.answered);
    return err;
}

static void past_release(void *context)
{
    struct past_base *past = context;
    chain_view_drop(past->view);
    free(past);
}

enum err chain_view_overlay(struct chain_view *view, uint64_t height, struct overlay **out)
{
    if (height > view->record.head.height) {
        return ERR_ABSENT;
    }
    struct past_base *past = calloc(1, sizeof *past);
    if (!past) {
        return ERR_MEMORY;
    }
    past->view = chain_view_keep(view);
    past->height = height;
    const struct state_base base = {.context = past,
                                    .height = height,
                                    .get = past_get,
                                    .get_many = past_get_many,
                                    .release = past_release};
    struct overlay *overlay = overlay_new(NULL, &base);
    if (!overlay) {
        return ERR_MEMORY;
    }
    overlay_seal(overlay);
    *out = overlay;
    return OK;
}
