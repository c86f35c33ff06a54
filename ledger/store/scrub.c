/* SPDX-License-Identifier: Apache-2.0 */
/* A pass is a row of parts, one a family; the place in the part outlives an opening of the files.
 * Whatever goes wrong closes them, and the same place is tried again after a new opening: what a
 * writer was doing in that moment does not come twice, damage does. */
#include "ledger/store/scrub.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/bytes.h"
#include "ledger/chain/encode.h"
#include "ledger/store/chain_base.h"
#include "ledger/store/chain_db.h"
#include "ledger/store/chain_view.h"
#include "ledger/store/proof_build.h"

#define TRIES 3
#define OPEN_TRIES 50 /* a compaction deletes file after file while we look for them */
#define KEY_MAX 256
#define RECORD_ARENA ((size_t)16 << 20)
#define PROOF_COST 4096 /* bytes of tree nodes that a record of the state costs, about */

struct scrub {
    struct scrub_setup setup;
    const struct kv_plan *plan;
    struct scrub_counts counts;
    /* The place. */
    size_t part; /* the family; plan->count: the end */
    uint64_t height; /* next, in blocks */
    bool linked; /* below is the id of the block below height */
    struct hash below;
    uint8_t last[KEY_MAX]; /* last key that was read, elsewhere */
    size_t last_size;
    bool has_last;
    unsigned tries; /* at this place, without success */
    unsigned short_tries; /* likewise, for want of memory or file handles */
    unsigned open_tries; /* since the last opening that went well */
    /* What is open. */
    struct kv *kv;
    struct chain_db *db;
    struct chain_view *view;
    struct kv_iter *iter;
};

struct scrub *scrub_new(const struct scrub_setup *setup)
{
    struct scrub *scrub = calloc(1, sizeof *scrub);
    if (scrub) {
        scrub->setup = *setup;
        scrub->plan = setup->chain ? storage_chain_plan() : storage_local_plan();
    }
    return scrub;
}

void scrub_counts(const struct scrub *scrub, struct scrub_counts *out)
{
    *out = scrub->counts;
}

/* --- files --------------------------------------------------------------------------------------
 */

static void close_files(struct scrub *scrub)
{
    if (scrub->iter) {
        kv_iter_close(scrub->iter);
    }
    chain_view_drop(scrub->view);
    chain_db_close(scrub->db);
    if (scrub->kv != scrub->setup.store) {
        kv_close(scrub->kv);
    }
    scrub->iter = NULL;
    scrub->view = NULL;
    scrub->db = NULL;
    scrub->kv = NULL;
}

void scrub_free(struct scrub *scrub)
{
    if (scrub) {
        close_files(scrub);
        free(scrub);
    }
}

static enum err open_files(struct scrub *scrub, struct err_detail *detail)
{
    scrub->kv = scrub->setup.store;
    enum err err = scrub->kv ? OK
                             : kv_open_rocks_reading(&scrub->kv, scrub->setup.path, scrub->plan,
                                                     scrub->setup.cipher, detail);
    if (!err && scrub->setup.chain) {
        const struct chain_db_options options = {.store = scrub->kv,
                                                 .chain_id = scrub->setup.chain_id};
        err = chain_db_open(&scrub->db, &options, detail);
        err = err ? err : chain_view_open(&scrub->view, scrub->db);
    }
    return err;
}

/* --- what is wrong ------------------------------------------------------------------------------
 */

static void tell(struct scrub *scrub, struct scrub_finding *finding)
{
    char damage[KV_DAMAGE_TEXT];
    if (finding->err == ERR_CORRUPT && scrub->kv &&
        (kv_damage(scrub->kv, damage) || kv_spoiled(scrub->kv, damage) != 0)) {
        (void)snprintf(finding->what, sizeof finding->what, "%s", damage);
    }
    scrub->counts.findings++;
    scrub->setup.found(scrub->setup.context, finding);
}

/* give_up ends the pass where nothing can be said of the disk now. */
static void give_up(struct scrub *scrub)
{
    scrub->part = scrub->plan->count;
    scrub->counts.cut_short = true;
}

/* again: is this place to be tried once more? Files are closed either way. That memory or handles
 * end is no damage, and is never told as such. */
static bool again(struct scrub *scrub, enum err err)
{
    if (err != ERR_MEMORY) {
        return ++scrub->tries < TRIES;
    }
    if (++scrub->short_tries >= OPEN_TRIES) {
        give_up(scrub);
    }
    return true;
}

static bool open_again(struct scrub *scrub)
{
    return ++scrub->open_tries < OPEN_TRIES;
}

static void passed(struct scrub *scrub, size_t size)
{
    scrub->tries = 0;
    scrub->short_tries = 0;
    scrub->counts.records++;
    scrub->counts.bytes += size;
}

static void next_part(struct scrub *scrub)
{
    if (scrub->iter) {
        kv_iter_close(scrub->iter);
        scrub->iter = NULL;
    }
    scrub->part++;
    scrub->has_last = false;
    scrub->tries = 0;
}

/* --- blocks -------------------------------------------------------------------------------------
 */

static enum err check_block(struct scrub *scrub, uint64_t height, struct arena *arena,
                            struct hash *id, size_t *size, const char **what)
{
    struct bytes raw;
    struct bytes body;
    struct bytes final;
    struct bytes just;
    struct header header;
    enum err err = chain_view_block(scrub->view, height, arena, &raw, &body);
    if (err) {
        *what = "the block is missing or cannot be read";
        return err;
    }
    err = chain_view_certs(scrub->view, height, arena, &final, &just);
    if (err) {
        *what = "the record of its certificates cannot be read";
        return err;
    }
    *size = raw.size + body.size + final.size + just.size;
    if (header_decode(&header, raw) || header.height != height) {
        *what = "the header is not that of this height";
        return ERR_CORRUPT;
    }
    header_id(id, &header);
    if (scrub->linked && !hash_equal(&header.parent_id, &scrub->below)) {
        *what = "the header does not follow the one below it";
        return ERR_CORRUPT;
    }
    return scrub->setup.block ? scrub->setup.block(scrub->setup.block_context, &header, id, body,
                                                   final, just, what)
                              : OK;
}

/* False: the end of the part, or something is wrong and the files are closed. */
static bool block_step(struct scrub *scrub)
{
    const struct chain_head *head = chain_view_head(scrub->view);
    if (scrub->height > head->height) {
        next_part(scrub);
        return false;
    }
    struct arena arena;
    struct hash id = {{0}};
    size_t size = 0;
    const char *what = "";
    arena_init(&arena, RECORD_ARENA);
    enum err err = check_block(scrub, scrub->height, &arena, &id, &size, &what);
    arena_free(&arena);
    if (!err && scrub->height == head->height && !hash_equal(&id, &head->id)) {
        what = "the head block is not the one the head record names";
        err = ERR_CORRUPT;
    }
    if (!err) {
        scrub->height++;
        scrub->linked = true;
        scrub->below = id;
        passed(scrub, size);
        return true;
    }
    if (!again(scrub, err)) {
        struct scrub_finding finding = {.err = err, .family = scrub->plan->families[scrub->part]};
        (void)snprintf(finding.record, sizeof finding.record, "height %llu",
                       (unsigned long long)scrub->height);
        (void)snprintf(finding.what, sizeof finding.what, "%s", what);
        tell(scrub, &finding);
        scrub->height++;
        scrub->linked = false;
        scrub->tries = 0;
    }
    close_files(scrub);
    return false;
}

/* --- records ------------------------------------------------------------------------------------
 */

/* check_state holds a record of the newest state against the head's state root. */
static enum err check_state(struct scrub *scrub, struct bytes key, struct bytes record,
                            const char **what)
{
    struct arena arena;
    struct bytes value;
    struct bytes proven;
    struct state_proof proof;
    uint64_t written = 0;
    const struct chain_head *head = chain_view_head(scrub->view);
    if (state_record_split(record, &written, &value) || written > head->height) {
        *what = "the record of the state has no height";
        return ERR_CORRUPT;
    }
    arena_init(&arena, RECORD_ARENA);
    enum err err = proof_build_state(scrub->view, head->height, key, &arena, &proof, &proven);
    if (err) {
        *what = "the state tree does not lead to the record";
    } else if (!state_proof_present(&head->state_root, key, value, &proof)) {
        *what = "the record of the state is not the one under the head's state root";
        err = ERR_CORRUPT;
    }
    arena_free(&arena);
    return err;
}

static void tell_record(struct scrub *scrub, enum err err, struct bytes key, const char *what)
{
    struct scrub_finding finding = {.err = err, .family = scrub->plan->families[scrub->part]};
    const size_t figures = (SCRUB_RECORD - 16) / 2;
    char hex[SCRUB_RECORD - 15];
    hex_encode(hex, bytes_of(key.data, key.size < figures ? key.size : figures));
    (void)snprintf(finding.record, sizeof finding.record, "%s%s", key.data ? "key " : "behind ",
                   key.data ? hex : "the last one read");
    (void)snprintf(finding.what, sizeof finding.what, "%s", what);
    tell(scrub, &finding);
}

static bool open_walk(struct scrub *scrub)
{
    const struct bytes from =
        scrub->has_last ? bytes_of(scrub->last, scrub->last_size) : bytes_of(NULL, 0);
    const struct kv_snapshot *snapshot = scrub->view ? chain_view_snapshot(scrub->view) : NULL;
    scrub->iter =
        kv_iter_open(scrub->kv, snapshot, (uint32_t)scrub->part, bytes_of(NULL, 0), from, false);
    return scrub->iter != NULL;
}

static bool is_last(const struct scrub *scrub, struct bytes key)
{
    return scrub->has_last && bytes_equal(key, bytes_of(scrub->last, scrub->last_size));
}

/* A record that cannot be read ends the part: where the next one begins stands in what is damaged.
 * One that is read and wrong does not. */
static void record_wrong(struct scrub *scrub, enum err err, struct bytes key, const char *what)
{
    const bool readable = key.data != NULL;
    if (again(scrub, err)) {
        close_files(scrub);
        return;
    }
    tell_record(scrub, err, key, what);
    if (readable && key.size <= KEY_MAX) {
        memcpy(scrub->last, key.data, key.size);
        scrub->last_size = key.size;
        scrub->has_last = true;
        scrub->tries = 0;
    } else {
        next_part(scrub);
    }
    close_files(scrub);
}

static bool record_step(struct scrub *scrub)
{
    struct bytes key = {0};
    struct bytes value = {0};
    const char *what = "";
    if (!scrub->iter && !open_walk(scrub)) {
        (void)again(scrub, ERR_MEMORY);
        return false;
    }
    enum err err = kv_iter_next(scrub->iter, &key, &value);
    if (!err && is_last(scrub, key)) {
        err = kv_iter_next(scrub->iter, &key, &value);
    }
    if (err == ERR_ABSENT) {
        next_part(scrub);
        return false;
    }
    if (err || key.size > KEY_MAX) {
        record_wrong(scrub, err ? err : ERR_CORRUPT, bytes_of(NULL, 0),
                     err ? "the record cannot be read" : "the key is too long");
        return false;
    }
    size_t cost = key.size + value.size;
    if (scrub->setup.chain && scrub->part == CHAIN_STATE) {
        err = check_state(scrub, key, value, &what);
        cost += PROOF_COST;
    }
    if (err) {
        uint8_t copy[KEY_MAX];
        memcpy(copy, key.data, key.size);
        record_wrong(scrub, err, bytes_of(copy, key.size), what);
        return false;
    }
    memcpy(scrub->last, key.data, key.size);
    scrub->last_size = key.size;
    scrub->has_last = true;
    passed(scrub, cost);
    return true;
}

/* --- a pass -------------------------------------------------------------------------------------
 */

static void open_step(struct scrub *scrub)
{
    struct err_detail detail = {0};
    const enum err err = open_files(scrub, &detail);
    if (!err) {
        scrub->open_tries = 0;
        return;
    }
    if (err == ERR_ABSENT) {
        scrub->part = scrub->plan->count; /* nothing is there yet */
    } else if (err == ERR_MEMORY) {
        give_up(scrub);
    } else if (!open_again(scrub)) {
        struct scrub_finding finding = {.err = err, .family = "files"};
        (void)snprintf(finding.what, sizeof finding.what, "%s", detail.hint);
        tell(scrub, &finding);
        scrub->part = scrub->plan->count;
    }
    close_files(scrub);
}

bool scrub_step(struct scrub *scrub, size_t budget)
{
    const uint64_t until = scrub->counts.bytes + budget;
    if (scrub->part >= scrub->plan->count) {
        return false;
    }
    if (!scrub->kv) {
        open_step(scrub); /* the dearest step: it has a turn of its own */
        return scrub->part < scrub->plan->count;
    }
    const bool blocks = scrub->setup.chain && scrub->part == CHAIN_BLOCKS;
    while (scrub->counts.bytes < until && (blocks ? block_step(scrub) : record_step(scrub))) {
    }
    return scrub->part < scrub->plan->count;
}
