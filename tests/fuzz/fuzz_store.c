/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a chain database of ten blocks, up to four of them changed: u8 family, u8 place, u8
 * how (0: the bytes replace the record, 1: u16 offset and the bytes that are turned there, 2: there
 * is none, 3: u8 size and a key of its own), u16 size, bytes. Opening, every reader, the next block
 * and a scrub end with an answer that has a name. Where no record was taken away and the scrub
 * finds nothing, blocks and state are what they were; a state record that is gone altogether it
 * does not look for. */

#include "ledger/store/chain_base.h"
#include "ledger/store/chain_index.h"
#include "ledger/store/proof_build.h"
#include "ledger/store/scrub.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/store/world.h"

#define BLOCKS 10
#define RECORDS_MAX 512
#define CHANGES 4
#define STATE_KEYS 9 /* seven of the blocks, two of genesis */

struct record {
    uint32_t family;
    uint8_t key[LIMIT_STATE_KEY + BE64_SIZE];
    size_t key_size;
    uint8_t *value;
    size_t value_size;
};

static struct {
    struct kv *kv;
    struct record records[RECORDS_MAX];
    size_t count;
    size_t first[CHAIN_FAMILIES + 1]; /* of a family's records */
    struct hash ids[BLOCKS];
} world;

static const char *key_text(size_t number)
{
    static char text[16];
    if (number >= 7) {
        return number == 7 ? "\x01" : "\x02org";
    }
    snprintf(text, sizeof text, "key %d", (int)number);
    return text;
}

/* What the chain says at its head. */
static const char *value_text(size_t number)
{
    static char text[16];
    if (number >= 7) {
        return number == 7 ? "genesis" : "first";
    }
    snprintf(text, sizeof text, "at %d", (int)(number >= BLOCKS - 7 ? number : number + 7));
    return text;
}

/* --- the chain ----------------------------------------------------------------------------------
 */

/* One block more; false where the database does not allow it. */
static bool extend(struct chain_db *db)
{
    static struct world_block block;
    struct chain_state *tip = chain_db_state(db);
    struct chain_state *next = NULL;
    struct hash root;
    const uint64_t height = chain_state_blocks(tip);
    check(chain_state_next(&next, tip) == OK);
    world_put(next, key_text(height % 7), value_text(height % 7));
    world_recent(next, height < 3 ? 1000 + BLOCKS - 1 : 5000 + height, (uint8_t)height);
    bool good = chain_state_root_of(next, chain_state_overlay(next), &root) == OK;
    if (good) {
        world_finish(&block, tip, next, 1000 + height);
        const struct chain_block delivery = world_delivery(&block);
        good = chain_db_deliver(db, &delivery, 1) == OK;
    }
    chain_state_drop(next);
    chain_state_drop(tip);
    return good;
}

/* The ids that world.h gives to a body. */
static enum err ids_of(struct hash *ids, const struct hash *chain_id, struct bytes body,
                       uint32_t count)
{
    char text[32] = "";
    unsigned height = 0;
    (void)chain_id;
    memcpy(text, body.data, body.size < sizeof text ? body.size : sizeof text - 1);
    if (sscanf(text, "body of %u", &height) != 1) {
        return ERR_CORRUPT;
    }
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = (struct hash){{(uint8_t)height, (uint8_t)i, (uint8_t)(1000 + height)}};
    }
    return OK;
}

/* make_indexes goes as far as it can. */
static void make_indexes(struct chain_db *db)
{
    enum err err = OK;
    for (unsigned steps = 0; err == OK && chain_index_wanted(db); steps++) {
        err = chain_index_step(db, ids_of);
        check(err == OK || err == ERR_CORRUPT);
        check(steps < 1000);
    }
}

static struct chain_db *open_store(void)
{
    struct chain_db *db = NULL;
    struct err_detail detail = {0};
    const struct chain_db_options options = {.store = world.kv, .chain_id = &WORLD_CHAIN};
    const enum err err = chain_db_open(&db, &options, &detail);
    check(err == OK || (detail.err == err && detail.hint[0] != '\0'));
    check(err == OK || err == ERR_CORRUPT || err == ERR_STORAGE || err == ERR_CHAIN);
    return err == OK ? db : NULL;
}

static void remember_records(void)
{
    const struct bytes all = {NULL, 0};
    for (uint32_t family = 0; family < CHAIN_FAMILIES; family++) {
        struct bytes key;
        struct bytes value;
        struct kv_iter *iter = kv_iter_open(world.kv, NULL, family, all, all, false);
        world.first[family] = world.count;
        while (kv_iter_next(iter, &key, &value) == OK) {
            check(world.count < RECORDS_MAX);
            struct record *record = &world.records[world.count++];
            record->family = family;
            memcpy(record->key, key.data, record->key_size = key.size);
            record->value = malloc(value.size + 1);
            memcpy(record->value, value.data, record->value_size = value.size);
        }
        kv_iter_close(iter);
    }
    world.first[CHAIN_FAMILIES] = world.count;
}

static void world_make(void)
{
    static struct world_block genesis;
    check(kv_open_mem(&world.kv, storage_chain_plan(), NULL) == OK);
    struct chain_db *db = open_store();
    world_genesis(db, &genesis);
    chain_state_drop(genesis.state);
    world.ids[0] = genesis.id;
    for (uint64_t height = 1; height < BLOCKS; height++) {
        struct chain_head head;
        check(extend(db));
        chain_db_head(db, &head);
        world.ids[height] = head.id;
    }
    make_indexes(db);
    chain_db_close(db);
    remember_records();
}

/* world_restore makes the store what it was: whatever was written, and by whom. */
static void world_restore(void)
{
    const struct bytes all = {NULL, 0};
    struct kv_batch *batch = kv_batch_new(world.kv);
    for (uint32_t family = 0; family < CHAIN_FAMILIES; family++) {
        struct bytes key;
        struct bytes value;
        struct kv_iter *iter = kv_iter_open(world.kv, NULL, family, all, all, false);
        while (kv_iter_next(iter, &key, &value) == OK) {
            kv_batch_delete(batch, family, key);
        }
        kv_iter_close(iter);
    }
    for (size_t i = 0; i < world.count; i++) {
        const struct record *record = &world.records[i];
        kv_batch_put(batch, record->family, bytes_of(record->key, record->key_size),
                     bytes_of(record->value, record->value_size));
    }
    check(kv_write(world.kv, batch, false) == OK);
    kv_batch_free(batch);
}

/* --- changes ------------------------------------------------------------------------------------
 */

static void put(uint32_t family, struct bytes key, const struct bytes *value)
{
    struct kv_batch *batch = kv_batch_new(world.kv);
    if (value != NULL) {
        kv_batch_put(batch, family, key, *value);
    } else {
        kv_batch_delete(batch, family, key);
    }
    check(kv_write(world.kv, batch, false) == OK);
    kv_batch_free(batch);
}

static void patch(const struct record *record, struct reader *reader)
{
    struct bytes value = bytes_of(record->value, record->value_size);
    const size_t offset = read_u16(reader) % (value.size + 1);
    const struct bytes turned = read_bytes(reader, read_u16(reader) % 64);
    uint8_t *changed = malloc(value.size + 1);
    memcpy(changed, value.data, value.size);
    for (size_t i = 0; i < turned.size && offset + i < value.size; i++) {
        changed[offset + i] ^= turned.data[i];
    }
    value.data = changed;
    put(record->family, bytes_of(record->key, record->key_size), &value);
    free(changed);
}

/* change makes one change; false when it took a record away. */
static bool change(struct reader *reader)
{
    const uint32_t family = read_u8(reader) % CHAIN_FAMILIES;
    const size_t records = world.first[family + 1] - world.first[family];
    const uint8_t place = read_u8(reader);
    const uint8_t how = read_u8(reader) % 4;
    const struct record *record =
        records > 0 ? &world.records[world.first[family] + place % records] : NULL;
    if (reader->failed || (record == NULL && how != 3)) {
        return true;
    }
    if (how == 1) {
        patch(record, reader);
        return true;
    }
    struct bytes key = bytes_of(record ? record->key : NULL, record ? record->key_size : 0);
    if (how == 3) {
        key = read_bytes(reader, read_u8(reader) % (LIMIT_STATE_KEY + BE64_SIZE + 1));
    }
    const struct bytes value = how == 2 ? key : read_bytes(reader, read_u16(reader) % 2048);
    if (!reader->failed) {
        put(family, key, how == 2 ? NULL : &value);
    }
    return how != 2;
}

/* --- readers ------------------------------------------------------------------------------------
 */

static void is_named(enum err err)
{
    check(err == OK || err == ERR_ABSENT || err == ERR_CORRUPT);
}

/* What is missing in an index may be there. */
static void is_indexed(enum err err)
{
    check(err == OK || err == ERR_ABSENT || err == ERR_CORRUPT || err == ERR_BUSY);
}

static bool see_account(void *context, const struct chain_account_place *place)
{
    (void)place;
    return ++*(size_t *)context < RECORDS_MAX;
}

static bool see_state(void *context, struct bytes key, struct bytes value, uint64_t written)
{
    (void)value;
    (void)written;
    check(key.size > 0);
    return ++*(size_t *)context < RECORDS_MAX;
}

static void read_height(struct chain_view *view, uint64_t height)
{
    struct arena arena;
    struct bytes header;
    struct bytes body;
    struct header decoded;
    struct merkle_path path;
    uint64_t found = 0;
    size_t seen = 0;
    arena_init(&arena, (size_t)1 << 20);
    is_named(chain_view_block(view, height, &arena, &header, &body));
    is_named(chain_view_header(view, height, &decoded, NULL));
    is_named(chain_view_certs(view, height, &arena, &header, &body));
    is_named(chain_view_anchor(view, height, &arena, &found, &body));
    is_named(chain_view_epoch(view, height, &arena, &body));
    is_indexed(chain_view_height_of(view, &world.ids[height], &found));
    is_named(chain_view_height_at(view, 1000 + height, &found));
    is_named(proof_build_history(view, height, BLOCKS - 1, &path));
    is_named(chain_view_list(view, height, bytes_text("k"), bytes_of("", 0), see_state, &seen));
    arena_free(&arena);
}

static void read_state(struct chain_view *view, uint64_t height, size_t number)
{
    struct arena arena;
    struct bytes value;
    struct state_proof proof;
    arena_init(&arena, (size_t)1 << 20);
    const struct bytes key = bytes_text(key_text(number));
    is_named(chain_view_get(view, height, key, &arena, &value, NULL));
    is_named(proof_build_state(view, height, key, &arena, &proof, &value));
    arena_free(&arena);
}

static void read_all(struct chain_db *db)
{
    struct chain_view *view = NULL;
    struct chain_tx_place place;
    size_t seen = 0;
    const enum err err = chain_view_open(&view, db);
    is_named(err);
    if (err != OK) {
        return;
    }
    for (uint64_t height = 0; height < BLOCKS; height++) {
        const struct hash tx = {{(uint8_t)height, 0, (uint8_t)(1000 + height)}};
        read_height(view, height);
        read_state(view, height, height % STATE_KEYS);
        is_indexed(chain_view_tx(view, &tx, &place));
    }
    is_indexed(chain_view_accounts(view, 0, UINT32_MAX, see_account, &seen));
    chain_view_drop(view);
}

/* --- the scrub ----------------------------------------------------------------------------------
 */

static void see_finding(void *context, const struct scrub_finding *finding)
{
    check(finding->err == ERR_CORRUPT || finding->err == ERR_STORAGE || finding->err == ERR_CHAIN);
    check(finding->family[0] != '\0' && finding->what[0] != '\0');
    ++*(size_t *)context;
}

static size_t scrub_all(void)
{
    size_t findings = 0;
    const struct scrub_setup setup = {.store = world.kv,
                                      .chain = true,
                                      .chain_id = &WORLD_CHAIN,
                                      .found = see_finding,
                                      .context = &findings};
    struct scrub *scrub = scrub_new(&setup);
    check(scrub != NULL);
    for (size_t steps = 0; scrub_step(scrub, 65536); steps++) {
        check(steps < 1000);
    }
    scrub_free(scrub);
    return findings;
}

/* Where nothing is found nothing is other than it was. */
static void is_as_before(void)
{
    struct chain_db *db = open_store();
    struct chain_view *view = NULL;
    check(db != NULL && chain_view_open(&view, db) == OK);
    check(chain_view_head(view)->height == BLOCKS - 1);
    for (uint64_t height = 0; height < BLOCKS; height++) {
        struct header header;
        struct hash id;
        check(chain_view_header(view, height, &header, &id) == OK);
        check(hash_equal(&id, &world.ids[height]));
    }
    for (size_t i = 0; i < STATE_KEYS; i++) {
        const char *value = world_get(view, BLOCKS - 1, key_text(i));
        check(value != NULL && strcmp(value, value_text(i)) == 0);
    }
    chain_view_drop(view);
    chain_db_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader reader = reader_of(bytes_of(data, size));
    if (world.kv == NULL) {
        world_make();
    }
    bool all_there = true;
    for (size_t i = 0; i < CHANGES && reader_left(&reader) > 2; i++) {
        all_there &= change(&reader);
    }
    if (scrub_all() == 0 && all_there) {
        is_as_before();
    }
    struct chain_db *db = open_store();
    if (db != NULL) {
        read_all(db);
        (void)extend(db);
        make_indexes(db);
        read_all(db);
        chain_db_close(db);
    }
    world_restore();
    return 0;
}
