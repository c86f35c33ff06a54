/* SPDX-License-Identifier: Apache-2.0 */
/* The demonstration consortium founds a chain on which every sample account is accepted, recomputed
 * to its published grams, and refused when one gram is wrong. */

#include "tools/genesis_demo.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/accounting/account.h"
#include "ledger/accounting/accounting.h"
#include "ledger/chain/certificate.h"
#include "ledger/check/check.h"
#include "ledger/codec/json_in.h"
#include "ledger/query/query.h"
#include "node/shell/keystore.h"
#include "tests/unit/exec/chain.h"
#include "tools/file.h"

#define SAMPLES SEAM_SOURCE_DIR "/genesis/samples/"
#define NOW UINT64_C(1795000000000) /* 2026-11-18: all sample periods are over */

struct demo {
    struct world world;
    struct chain chain;
    char dir[64];
    struct sign_key preparer;
    struct sign_key responsible;
};

static void no(struct demo *demo, const char *what, enum err err)
{
    if (err != OK) {
        fail_msg("%s: %s %s: %s", what, err_name(err), demo->world.detail.field,
                 demo->world.detail.hint);
    }
}

static void load_key(struct demo *demo, struct sign_key *key, const char *name)
{
    char path[KEYSTORE_PATH_MAX];
    snprintf(path, sizeof path, "%s/run/node-1/keys/%s.key", demo->dir, name);
    no(demo, name,
       keystore_load_kind(key, KEYSTORE_PERSON, path, (struct bytes){0}, &demo->world.detail));
}

static enum err make(struct demo *demo, uint32_t nodes)
{
    char dir[80];
    snprintf(dir, sizeof dir, "%s/run", demo->dir);
    const struct genesis_demo asked = {.dir = dir,
                                       .network = "demo",
                                       .boundaries = SAMPLES "boundaries.json",
                                       .time_ms = NOW,
                                       .nodes = nodes};
    return genesis_demo_make(&asked, &demo->world.detail);
}

static int setup(void **state)
{
    struct demo *demo = calloc(1, sizeof *demo);
    assert_non_null(demo);
    arena_init(&demo->world.arena, (size_t)1 << 30);
    assert_int_equal(sign_start(), OK);
    snprintf(demo->dir, sizeof demo->dir, "/tmp/seam-demo-XXXXXX");
    assert_non_null(mkdtemp(demo->dir));
    *state = demo;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    struct demo *demo = *state;
    (void)nftw(demo->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (demo->chain.db != NULL) {
        chain_state_drop(demo->chain.tip);
        chain_db_close(demo->chain.db);
    }
    arena_free(&demo->world.arena);
    free(demo);
    return 0;
}

static void found(struct demo *demo)
{
    char path[128];
    struct bytes text;
    no(demo, "demo", make(demo, 4));
    snprintf(path, sizeof path, "%s/run/genesis.json", demo->dir);
    no(demo, "read",
       file_read(&text, path, (size_t)16 << 20, &demo->world.arena, &demo->world.detail));
    no(demo, "document",
       document_read(&demo->world.genesis, &genesis_form, text, &demo->world.arena,
                     &demo->world.detail));
    load_key(demo, &demo->preparer, "mine.preparer");
    load_key(demo, &demo->responsible, "mine.responsible");
    demo->chain.world = &demo->world;
    chain_open(&demo->chain);
}

/* --- submitting a sample --------------------------------------------------------------------- */

static void sign(struct demo *demo, struct chain_signed *out, const struct sign_key *key,
                 struct bytes body)
{
    struct bytes message = {0};
    struct hash id;
    no(demo, "message",
       exec_signed_message(&message, &demo->chain.env.chain_id, body, &demo->world.arena));
    sign_message(out->signature, key, message);
    sign_key_id(&id, SUITE_ED25519_SHA256, bytes_of(key->public_key, sizeof key->public_key));
    memcpy(out->key_id, id.bytes, HASH_SIZE);
    seam__signature__init(&out->message);
    out->message.key_id.len = HASH_SIZE;
    out->message.key_id.data = out->key_id;
    out->message.sig.len = SIGNATURE_SIZE;
    out->message.sig.data = out->signature;
}

static struct bytes sealed(struct demo *demo, uint32_t type, const ProtobufCMessage *payload,
                           struct bytes detached)
{
    const struct chain_tx tx = {.type = type,
                                .organisation = "mine",
                                .valid_until_ms = demo->chain.header.time_ms + CHAIN_HOUR,
                                .payload = payload};
    const struct bytes body = chain_body(&demo->chain, &tx);
    struct chain_signed signatures[2];
    Seam__Signature *list[] = {&signatures[0].message, &signatures[1].message};
    sign(demo, &signatures[0], &demo->preparer, body);
    sign(demo, &signatures[1], &demo->responsible, body);
    qsort(list, 2, sizeof list[0], chain_signature_order);
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    transaction.body.len = body.size;
    transaction.body.data = (uint8_t *)body.data;
    transaction.n_signatures = 2;
    transaction.signatures = list;
    transaction.detached.len = detached.size;
    transaction.detached.data = (uint8_t *)detached.data;
    return world_pack(&demo->world, &transaction.base);
}

/* What the account follows: the version before, or the last account of its facility. */
static bool previous_of(struct demo *demo, const char *facility, const char *period,
                        uint32_t version, struct hash *out)
{
    struct query *query = NULL;
    const Seam__AccountHead *head = NULL;
    const Seam__FacilityHead *chain = NULL;
    const ProtobufCBinaryData *hash = NULL;
    no(demo, "query", query_open(&query, demo->chain.db, QUERY_NEWEST));
    if (version > 1) {
        no(demo, "account", query_account(&head, query, facility, period, &demo->world.arena));
        hash = &head->account_hash;
    } else if (query_facility_head(&chain, query, facility, &demo->world.arena) == OK) {
        hash = &chain->account_hash;
    }
    if (hash != NULL) {
        assert_int_equal(hash->len, HASH_SIZE);
        memcpy(out->bytes, hash->data, HASH_SIZE);
    }
    query_close(query);
    return hash != NULL;
}

static struct account_draft draft_of(struct demo *demo, const char *name, uint32_t version)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {1};
    char path[256];
    struct bytes text;
    struct errors errors;
    const Seam__CalculationFile *file = NULL;
    struct set set;
    struct hash previous;
    struct account_draft draft;
    struct arena *arena = &demo->world.arena;
    snprintf(path, sizeof path, SAMPLES "%s", name);
    no(demo, name, file_read(&text, path, (size_t)1 << 20, arena, &demo->world.detail));
    errors_init(&errors, &demo->world.detail, 1);
    no(demo, name, calc_file_read(&file, text, arena, &errors));
    no(demo, name, set_load(&set, file->parameter_set, arena, &errors));
    const bool follows = previous_of(demo, file->facility, file->period, version, &previous);
    no(demo, name,
       account_build(&draft, file, &set, version, follows ? &previous : NULL, secret, arena,
                     &errors));
    return draft;
}

static const char *last_judged(struct demo *demo, struct bytes raw)
{
    const enum judgement judgement = chain_judge(&demo->chain, raw);
    return judgement == JUDGE_OK ? "OK" : err_name(demo->world.detail.err);
}

/* One gram more or less in any total, the other things as they are. */
static void wrong_grams_are_refused(struct demo *demo, uint32_t type,
                                    const struct account_draft *draft)
{
    const Seam__Account *good = draft->account;
    static const size_t totals[] = {
        offsetof(Seam__Account, gross_g),  offsetof(Seam__Account, net_g),
        offsetof(Seam__Account, scope1_g), offsetof(Seam__Account, scope2_g),
        offsetof(Seam__Account, co2_g),    offsetof(Seam__Account, ch4_g),
    };
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        for (int by = -1; by <= 1; by += 2) {
            Seam__Account wrong = *good;
            *(int64_t *)((uint8_t *)&wrong + totals[i]) += by;
            const struct bytes raw = sealed(demo, type, &wrong.base, draft->detached);
            assert_string_equal(last_judged(demo, raw), err_name(ERR_TOTAL));
        }
    }
}

/* The same account in a new transaction is answered with the one that anchored it. */
static void asked_again(struct demo *demo, uint32_t type, const struct account_draft *draft,
                        struct bytes raw)
{
    struct exec_tx tx;
    struct exec_tx again;
    struct hash first;
    bool same = false;
    struct arena *arena = &demo->world.arena;
    const struct hash *chain_id = &demo->chain.env.chain_id;
    demo->chain.header.time_ms += 1; /* another valid_until */
    const struct bytes other = sealed(demo, type, &draft->account->base, draft->detached);
    demo->chain.header.time_ms -= 1;
    assert_string_equal(last_judged(demo, other), err_name(ERR_DUPLICATE));
    no(demo, "tx", exec_decode(&tx, chain_id, raw, arena, &demo->world.detail));
    no(demo, "tx", exec_decode(&again, chain_id, other, arena, &demo->world.detail));
    assert_false(hash_equal(&tx.tx_id, &again.tx_id));
    struct overlay *overlay = overlay_new(chain_state_overlay(demo->chain.tip), NULL);
    no(demo, "first",
       exec_duplicate(&first, &same, overlay, demo->chain.header.time_ms, &again, arena));
    overlay_drop(overlay);
    assert_true(same);
    assert_true(hash_equal(&first, &tx.tx_id));
}

static void submit(struct demo *demo, const struct json_node *entry)
{
    const char *name = json_node_text(json_node_get(entry, "file"));
    const char *action = json_node_text(json_node_get(entry, "action"));
    int64_t version = 0;
    int64_t gross = 0;
    assert_true(json_node_integer(json_node_get(entry, "version"), &version));
    assert_true(json_node_integer(json_node_get(entry, "gross_g"), &gross));
    const uint32_t type = strcmp(action, "submit") == 0    ? ACCOUNT_SUBMIT_TYPE
                          : strcmp(action, "correct") == 0 ? ACCOUNT_CORRECT_TYPE
                                                           : ACCOUNT_NIL_TYPE;
    const struct account_draft draft = draft_of(demo, name, (uint32_t)version);
    assert_int_equal(draft.account->gross_g, gross);
    if (type == ACCOUNT_SUBMIT_TYPE) {
        wrong_grams_are_refused(demo, type, &draft);
    }
    const struct bytes raw = sealed(demo, type, &draft.account->base, draft.detached);
    if (strcmp(last_judged(demo, raw), "OK") != 0) {
        fail_msg("%s: %s %s %s %s", name, err_name(demo->world.detail.err),
                 demo->world.detail.field, demo->world.detail.rule, demo->world.detail.hint);
    }
    chain_commit(&demo->chain, &raw, 1);
    assert_string_equal(last_judged(demo, raw), err_name(ERR_DUPLICATE));
    asked_again(demo, type, &draft, raw);
    struct overlay *overlay = overlay_new(chain_state_overlay(demo->chain.tip), NULL);
    no(demo, "invariants", check_state(overlay, &demo->world.detail));
    overlay_drop(overlay);
}

static void every_sample_is_anchored(void **state)
{
    struct demo *demo = *state;
    struct bytes text;
    struct json_doc *doc = NULL;
    found(demo);
    no(demo, "index",
       file_read(&text, SAMPLES "index.json", (size_t)1 << 20, &demo->world.arena,
                 &demo->world.detail));
    no(demo, "index", json_doc_read(&doc, text, (size_t)1 << 20, &demo->world.detail));
    const size_t count = json_node_count(json_doc_root(doc));
    assert_true(count >= 16);
    for (size_t i = 0; i < count; i++) {
        submit(demo, json_node_at(json_doc_root(doc), i));
    }
    json_doc_free(doc);
    struct query *query = NULL;
    const Seam__FacilityHead *head = NULL;
    const Seam__AccountHead *may = NULL;
    no(demo, "query", query_open(&query, demo->chain.db, QUERY_NEWEST));
    no(demo, "head", query_facility_head(&head, query, "mine-b", &demo->world.arena));
    assert_int_equal(head->periods, 12);
    assert_string_equal(head->period, "2025-12");
    no(demo, "may", query_account(&may, query, "mine-b", "2025-05", &demo->world.arena));
    assert_int_equal(may->version, 2);
    query_close(query);
    /* Before the correction its first version counted. */
    no(demo, "query", query_open(&query, demo->chain.db, demo->chain.header.height - 1));
    no(demo, "may", query_account(&may, query, "mine-b", "2025-05", &demo->world.arena));
    assert_int_equal(may->version, 1);
    query_close(query);
}

static void nothing_is_overwritten(void **state)
{
    struct demo *demo = *state;
    no(demo, "demo", make(demo, 4));
    assert_int_equal(make(demo, 4), ERR_CONFLICT);
}

static void nodes_are_bounded(void **state)
{
    struct demo *demo = *state;
    assert_int_equal(make(demo, 3), ERR_RANGE);
    assert_int_equal(make(demo, 65), ERR_RANGE);
    no(demo, "demo", make(demo, 7));
    char path[128];
    struct keystore_info info;
    snprintf(path, sizeof path, "%s/run/node-7/keys/" KEYSTORE_VALIDATOR_FILE, demo->dir);
    no(demo, "key", keystore_info(&info, path, &demo->world.detail));
    assert_int_equal(info.kind, KEYSTORE_VALIDATOR);
    snprintf(path, sizeof path, "%s/run/node-7/keys/" KEYSTORE_SIGNER_FILE, demo->dir);
    assert_int_equal(access(path, R_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_sample_is_anchored, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_overwritten, setup, teardown),
        cmocka_unit_test_setup_teardown(nodes_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
