/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CHECK_ORDERS_H
#define TESTS_UNIT_CHECK_ORDERS_H

/* Orders of a market: made, judged, some sent twice, put into blocks that are executed again from
 * their bytes; after every block everything is counted. */

#include "ledger/check/check.h"
#include "ledger/codec/json_in.h"
#include "ledger/registry/block.h"
#include "ledger/registry/units_check.h"
#include "ledger/registry/view.h"
#include "tests/unit/exec/chain.h"

#define BLOCK_ORDERS 400
#define BLOCK_FULL 200 /* orders that were accepted */
#define HOUR_MS UINT64_C(3600000)
#define HASH_TEXT "\"1111111111111111111111111111111111111111111111111111111111111111\""
#define NAMES 4096 /* transfers, pledges and orders that were named so far */

struct market {
    struct chain *chain;
    uint64_t random;
    uint64_t named;
    unsigned trades;
    unsigned steps;
    size_t paid;
    unsigned surrenders;
    size_t ends[UNIT_STATES]; /* how many orders brought units there */
    size_t reversals;
    uint64_t ended; /* units that are cancelled, exported, lapsed or carried */
    uint64_t surrendered;
    bool reversed; /* in this block */
    struct bytes accepted[BLOCK_ORDERS];
    size_t accepted_count;
    struct overlay *working;
    size_t ok;
    size_t refused;
    size_t replays;
    /* every block, for the replay from genesis */
    struct header *headers;
    struct bytes *bodies;
    size_t blocks;
};

static uint64_t next(struct market *market)
{
    market->random ^= market->random << 13;
    market->random ^= market->random >> 7;
    market->random ^= market->random << 17;
    return market->random;
}

static unsigned pick(struct market *market, unsigned count)
{
    return (unsigned)(next(market) % count);
}

static bool all_authentic(void *context, const uint8_t *public_key, struct bytes message,
                          const uint8_t *signature)
{
    (void)context, (void)public_key, (void)message, (void)signature;
    return true;
}

/* --- transactions ---------------------------------------------------------------------------- */

static const ProtobufCMessage *message_of(struct market *market, const struct rule_row *row,
                                          const char *json)
{
    struct arena *arena = &market->chain->world->arena;
    struct json_doc *doc = NULL;
    struct errors errors;
    ProtobufCMessage *message = NULL;
    assert_int_equal(errors_new(&errors, arena), OK);
    if (json_doc_read(&doc, bytes_text(json), 1 << 20, NULL) != OK ||
        json_in_message(&message, row->payload, exec_row_fields(row), json_doc_root(doc), NULL,
                        arena, &errors) != OK) {
        fail_msg("%s: %s", row->name, json);
    }
    json_doc_free(doc);
    return message;
}

/* Signatures are not looked at here (the verifier says yes), only whose keys they name. */
static struct bytes transaction(struct market *market, const char *organisation, const char *name,
                                const char *idempotency_key, const char *json)
{
    struct chain *chain = market->chain;
    const struct rule_row *row = exec_row_by_name(name);
    const bool two = row->signatures == 2;
    static char names[2][80];
    const struct chain_tx tx = {
        .type = row->type,
        .organisation = organisation,
        .valid_until_ms = chain->header.time_ms + chain->step_ms + HOUR_MS / 2,
        .idempotency_key = idempotency_key,
        .payload = message_of(market, row, json),
    };
    const struct bytes body = chain_body(chain, &tx);
    struct chain_signed signatures[2];
    Seam__Signature *list[2];
    for (size_t i = 0; i < (two ? 2u : 1u); i++) {
        snprintf(names[i], sizeof names[i], "%s.%c", organisation, i == 0 ? 'a' : 'b');
        const struct hash key_id = world_key_id(names[i]);
        memset(&signatures[i], 0, sizeof signatures[i]);
        memcpy(signatures[i].key_id, key_id.bytes, HASH_SIZE);
        seam__signature__init(&signatures[i].message);
        signatures[i].message.key_id =
            (ProtobufCBinaryData){.len = HASH_SIZE, .data = signatures[i].key_id};
        signatures[i].message.sig =
            (ProtobufCBinaryData){.len = SIGNATURE_SIZE, .data = signatures[i].signature};
        list[i] = &signatures[i].message;
    }
    qsort(list, two ? 2 : 1, sizeof list[0], chain_signature_order);
    Seam__Transaction whole = SEAM__TRANSACTION__INIT;
    whole.body = (ProtobufCBinaryData){.len = body.size, .data = (uint8_t *)body.data};
    whole.n_signatures = two ? 2 : 1;
    whole.signatures = list;
    return world_pack(chain->world, &whole.base);
}

static enum judgement judge(struct market *market, struct bytes raw)
{
    struct chain *chain = market->chain;
    struct exec_tx tx;
    struct arena arena;
    arena_init(&arena, EXEC_TX_BUDGET);
    memset(&chain->world->detail, 0, sizeof chain->world->detail);
    enum judgement judgement = JUDGE_NEVER;
    if (exec_decode(&tx, &chain->env.chain_id, raw, &arena, &chain->world->detail) == OK) {
        judgement = exec_judge(&chain->env, market->working, chain->header.height + 1,
                               chain->header.time_ms + chain->step_ms, &tx, &arena, NULL,
                               &chain->world->detail);
    }
    arena_free(&arena);
    assert_int_not_equal(judgement, JUDGE_UNABLE);
    return judgement;
}

/* Sends one order; sometimes the same message again, or another one under the same key. */
static bool send(struct market *market, const char *organisation, const char *name,
                 const char *json)
{
    char key[40];
    snprintf(key, sizeof key, "order-%llu", (unsigned long long)market->named++);
    const struct bytes raw = transaction(market, organisation, name, key, json);
    const bool ok = judge(market, raw) == JUDGE_OK;
    if (!ok) {
        market->refused++;
        return false;
    }
    market->ok++;
    market->accepted[market->accepted_count++] = raw;
    if (pick(market, 10) == 0) {
        market->replays++;
        assert_int_equal(judge(market, raw), JUDGE_NEVER);
        assert_string_equal(err_name(market->chain->world->detail.err), "E_DUPLICATE");
    }
    if (pick(market, 20) == 0) {
        market->replays++;
        char other[40];
        snprintf(other, sizeof other, "{\"transfer\":\"none-%u\"}", pick(market, 1000));
        const struct bytes second =
            transaction(market, organisation, "TRANSFER_CANCEL", key, other);
        assert_int_equal(judge(market, second), JUDGE_NEVER);
    }
    return true;
}

__attribute__((unused)) static void must(struct market *market, const char *organisation,
                                         const char *name, const char *json)
{
    if (!send(market, organisation, name, json)) {
        const struct err_detail *detail = &market->chain->world->detail;
        fail_msg("%s: %s %s %s", name, err_name(detail->err), detail->field, detail->hint);
    }
}

/* --- blocks ---------------------------------------------------------------------------------- */

static void begin(struct market *market)
{
    market->working = overlay_new(chain_state_overlay(market->chain->tip), NULL);
    assert_non_null(market->working);
    market->accepted_count = 0;
    market->reversed = false;
    /* Most blocks are minutes apart, some hours: delays pass, locks run out, windows close. */
    market->chain->step_ms =
        1000 + next(market) % (pick(market, 8) == 0 ? 6 * HOUR_MS : HOUR_MS / 6);
}

/* What came to an end stays there; only a reversal takes a surrender back. */
static void ends_stay(struct market *market, struct overlay *view, struct arena *arena)
{
    const Seam__RegistryCounters *counters = NULL;
    uint64_t ended = 0;
    uint64_t surrendered = 0;
    assert_int_equal(registry_counters(&counters, view, arena), OK);
    for (uint32_t i = 0; i < counters->series; i++) {
        struct series series;
        const Seam__ListEntry *entry = NULL;
        const Seam__SeriesRecord *record = NULL;
        assert_int_equal(view_list(&entry, view, KEY_SERIES, NULL, i, arena), OK);
        assert_int_equal(series_parse(&series, entry->id, arena), OK);
        assert_int_equal(registry_series(&record, view, &series, arena), OK);
        assert_int_equal(record->issued, record->held + record->surrendered + record->cancelled +
                                             record->exported + record->lapsed + record->carried);
        ended += record->cancelled + record->exported + record->lapsed + record->carried;
        surrendered += record->surrendered;
    }
    assert_true(ended >= market->ended);
    assert_true(surrendered >= market->surrendered || market->reversed);
    market->ended = ended;
    market->surrendered = surrendered;
}

static void count_again(struct market *market)
{
    struct overlay *view = overlay_new(chain_state_overlay(market->chain->tip), NULL);
    struct err_detail detail = {.err = OK};
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    const enum err err = units_check(view, &arena, &detail);
    if (err == OK) {
        ends_stay(market, view, &arena);
    }
    arena_free(&arena);
    overlay_drop(view);
    if (err != OK) {
        fail_msg("%s %s: %s", err_name(err), detail.field, detail.hint);
    }
}

/* Builds the block, executes its bytes on a fresh state, delivers it and counts. */
__attribute__((unused)) static void commit(struct market *market)
{
    struct chain *chain = market->chain;
    struct bytes body = {0};
    overlay_drop(market->working);
    const struct header header =
        chain_build(chain, &body, market->accepted, market->accepted_count);
    uint8_t *kept = malloc(body.size + 1);
    assert_non_null(kept);
    memcpy(kept, body.data, body.size);
    market->headers = realloc(market->headers, (market->blocks + 1) * sizeof *market->headers);
    market->bodies = realloc(market->bodies, (market->blocks + 1) * sizeof *market->bodies);
    market->headers[market->blocks] = header;
    market->bodies[market->blocks++] = bytes_of(kept, body.size);
    chain_commit(chain, market->accepted, market->accepted_count);
    count_again(market);
    arena_free(&chain->world->arena); /* nothing of it is needed any more */
    begin(market);
}

#endif
