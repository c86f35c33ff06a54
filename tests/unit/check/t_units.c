/* SPDX-License-Identifier: Apache-2.0 */
/* A market under random orders of several desks, some sent twice: after every block everything is
 * counted again, every block is executed a second time from its bytes and must give the same root,
 * and at the end the whole chain is replayed from genesis. SEAM_UNITS_OPERATIONS says how many
 * orders (the tests run 20,000), SEAM_UNITS_SEED which. */

#include "ledger/check/check.h"
#include "ledger/codec/json_in.h"
#include "ledger/registry/units_check.h"
#include "tests/unit/exec/chain.h"

#define BLOCK_ORDERS 400
#define HASH_TEXT "\"1111111111111111111111111111111111111111111111111111111111111111\""
#define NAMES 4096 /* transfers, pledges and orders that were named so far */

struct market {
    struct chain *chain;
    uint64_t random;
    uint64_t named;
    unsigned trades;
    unsigned steps;
    size_t paid;
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
        .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
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
        judgement =
            exec_judge(&chain->env, market->working, chain->header.height + 1,
                       chain->header.time_ms + 1000, &tx, &arena, NULL, &chain->world->detail);
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

static void must(struct market *market, const char *organisation, const char *name,
                 const char *json)
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
}

static void count_again(struct market *market)
{
    struct overlay *view = overlay_new(chain_state_overlay(market->chain->tip), NULL);
    struct err_detail detail = {.err = OK};
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    const enum err err = units_check(view, &arena, &detail);
    arena_free(&arena);
    overlay_drop(view);
    if (err != OK) {
        fail_msg("%s %s: %s", err_name(err), detail.field, detail.hint);
    }
}

/* Builds the block, executes its bytes on a fresh state, delivers it and counts. */
static void commit(struct market *market)
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

/* --- the market ------------------------------------------------------------------------------ */

static const char *const holders[] = {"mine", "mine", "desk", "desk-2", "desk-3"};
static const char *const accounts[] = {"mine-acc", "mine-trade", "desk-acc", "desk2-acc",
                                       "desk3-acc"};
#define ACCOUNTS 5

static void found(struct market *market)
{
    static const char *const organisations[][2] = {
        {"registrar", "registrar"}, {"authority", "authority"}, {"bank", "settlement"},
        {"desk", "desk"},           {"desk-2", "desk"},         {"desk-3", "desk"}};
    struct chain *chain = market->chain;
    struct bytes raws[6];
    for (size_t i = 0; i < 6; i++) {
        const struct chain_tx tx = {
            .type = 1,
            .organisation = "regulator",
            .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
            .payload =
                &world_organisation(chain->world, organisations[i][0], organisations[i][1])->base,
            .signers = {"regulator.a", "regulator.b"}};
        raws[i] = chain_make(chain, &tx);
    }
    begin(market);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(judge(market, raws[i]), JUDGE_OK);
        market->accepted[market->accepted_count++] = raws[i];
    }
    must(market, "registrar", "ASSET_REGISTER",
         "{\"asset\":\"CEA\",\"registry\":\"CN\",\"kind\":\"ALLOWANCE\",\"name\":{\"en\":\"x\"},"
         "\"unit\":\"t\",\"transferable\":true,\"surrenderable\":true}");
    must(market, "regulator", "SCHEME_SET",
         "{\"scheme\":\"cn-ets\",\"version\":1,\"name\":{\"en\":\"x\"},\"jurisdiction\":\"CN-14\","
         "\"assets\":[\"CEA\"],\"transfer_delay_hours\":1,\"trusted_delay_hours\":0,"
         "\"offer_hours\":2}");
    for (size_t i = 0; i < ACCOUNTS; i++) {
        char json[300];
        snprintf(json, sizeof json,
                 "{\"holding\":\"%s\",\"holder\":\"%s\",\"scheme\":\"cn-ets\","
                 "\"kind\":\"TRADING\"}",
                 accounts[i], holders[i]);
        must(market, "registrar", "HOLDING_OPEN", json);
        for (unsigned vintage = 2025; vintage <= 2026; vintage++) {
            snprintf(json, sizeof json,
                     "{\"holding\":\"%s\",\"asset\":\"CEA\",\"vintage\":%u,\"kind\":\"PRE\","
                     "\"quantity\":4000,\"basis_hash\":" HASH_TEXT "}",
                     accounts[i], vintage);
            must(market, "regulator", "ALLOCATE", json);
            snprintf(json, sizeof json,
                     "{\"holding\":\"%s\",\"units\":{\"asset\":\"CEA\",\"vintage\":%u,"
                     "\"quantity\":3000},\"to\":\"TRADE\"}",
                     accounts[i], vintage);
            must(market, holders[i], "POSITION_MOVE", json);
        }
    }
    must(market, "desk", "TRUST_ADD", "{\"holding\":\"desk-acc\",\"trusted\":\"desk2-acc\"}");
    must(market, "desk-2", "TRUST_ADD", "{\"holding\":\"desk2-acc\",\"trusted\":\"desk3-acc\"}");
    must(market, "desk-3", "TRUST_ADD", "{\"holding\":\"desk3-acc\",\"trusted\":\"mine-acc\"}");
    commit(market);
}

/* Units of one of two vintages, by quantity or by a range that may or may not be right. */
static void some_units(struct market *market, char *out, size_t size)
{
    const unsigned vintage = 2025 + pick(market, 2);
    const unsigned quantity = 1 + pick(market, pick(market, 4) == 0 ? 3000 : 60);
    if (pick(market, 4) > 0) {
        snprintf(out, size, "{\"asset\":\"CEA\",\"vintage\":%u,\"quantity\":%u}", vintage,
                 quantity);
        return;
    }
    const unsigned start = 1 + pick(market, 20000);
    snprintf(out, size,
             "{\"asset\":\"CEA\",\"vintage\":%u,\"quantity\":%u,\"ranges\":[{\"start\":%u,"
             "\"end\":%u}]}",
             vintage, quantity, start, start + quantity - 1 + (pick(market, 20) == 0 ? 1 : 0));
}

static unsigned some_name(struct market *market)
{
    const unsigned back = pick(market, 60);
    return market->named > back ? (unsigned)(market->named - back) % NAMES : 0;
}

static void one_transfer(struct market *market, char *json, size_t size)
{
    char units[2][200];
    const unsigned from = pick(market, ACCOUNTS);
    const unsigned to = pick(market, ACCOUNTS);
    some_units(market, units[0], sizeof units[0]);
    some_units(market, units[1], sizeof units[1]);
    const bool both = pick(market, 4) == 0;
    snprintf(json, size, "{\"transfer\":\"t-%u\",\"from\":\"%s\",\"to\":\"%s\",\"units\":[%s%s%s]}",
             (unsigned)market->named, accounts[from], accounts[to], units[0], both ? "," : "",
             both ? units[1] : "");
    (void)send(market, holders[from], "TRANSFER_PROPOSE", json);
}

/* The answers to what was proposed lately, by whoever; most are refused. */
static void one_answer(struct market *market, char *json, size_t size)
{
    static const char *const names[] = {"TRANSFER_ACCEPT", "TRANSFER_CANCEL", "TRANSFER_EXECUTE"};
    snprintf(json, size, "{\"transfer\":\"t-%u\"}",
             (unsigned)(market->named > 80 ? market->named - pick(market, 80) : 0));
    (void)send(market, holders[pick(market, ACCOUNTS)], names[pick(market, 3)], json);
}

static void one_hold(struct market *market, char *json, size_t size)
{
    char units[200];
    const unsigned at = pick(market, ACCOUNTS);
    const unsigned name = some_name(market);
    some_units(market, units, sizeof units);
    switch (pick(market, 5)) {
    case 0:
        snprintf(json, size,
                 "{\"order\":\"f-%u\",\"holding\":\"%s\",\"units\":[%s],\"order_hash\":" HASH_TEXT
                 ",\"allow_surrender\":%s}",
                 name, accounts[at], units, pick(market, 2) == 0 ? "true" : "false");
        (void)send(market, "authority", "FREEZE", json);
        break;
    case 1:
    case 2:
        snprintf(json, size, "{\"order\":\"f-%u\",\"reason\":\"x\"}", name);
        (void)send(market, "authority", "UNFREEZE", json);
        break;
    case 3:
        snprintf(json, size,
                 "{\"pledge\":\"p-%u\",\"holding\":\"%s\",\"creditor\":\"bank\",\"units\":%s,"
                 "\"from\":\"TRADE\",\"contract_hash\":" HASH_TEXT "}",
                 name, accounts[at], units);
        (void)send(market, holders[at], "PLEDGE", json);
        break;
    default:
        snprintf(json, size, "{\"pledge\":\"p-%u\"}", name);
        (void)send(market, "bank", "PLEDGE_RELEASE", json);
        break;
    }
}

static void one_more_or_less(struct market *market, char *json, size_t size)
{
    char units[200];
    const unsigned at = pick(market, ACCOUNTS);
    some_units(market, units, sizeof units);
    switch (pick(market, 4)) {
    case 0:
        snprintf(json, size,
                 "{\"holding\":\"%s\",\"asset\":\"CEA\",\"vintage\":%u,\"kind\":\"PRE\","
                 "\"quantity\":%u,\"basis_hash\":" HASH_TEXT "}",
                 accounts[at], 2025 + pick(market, 2), 1 + pick(market, 400));
        (void)send(market, "regulator", "ALLOCATE", json);
        break;
    case 1:
        snprintf(json, size,
                 "{\"cancellation\":\"x-%u\",\"holding\":\"%s\",\"units\":[%s],"
                 "\"beneficiary\":\"b\",\"purpose\":\"p\",\"from\":\"TRADE\"}",
                 (unsigned)market->named, accounts[at], units);
        (void)send(market, holders[at], "UNITS_CANCEL", json);
        break;
    case 2:
        snprintf(json, size,
                 "{\"holding\":\"%s\",\"units\":%s,\"registry\":\"EU\",\"account\":\"a\","
                 "\"from\":\"REGISTER\"}",
                 accounts[at], units);
        (void)send(market, holders[at], "UNITS_EXPORT", json);
        break;
    default:
        snprintf(json, size,
                 "{\"holding\":\"%s\",\"registry\":\"EU\",\"asset\":\"CEA\",\"vintage\":2025,"
                 "\"ranges\":[{\"start\":%u,\"end\":%u}],\"proof_hash\":\"%064x\"}",
                 accounts[at], 1 + pick(market, 4000), 1 + pick(market, 4000),
                 1 + pick(market, 100000));
        (void)send(market, "registrar", "UNITS_IMPORT", json);
        break;
    }
}

/* The next step of the last trade, or any step of one of the last: whose turn it is not is refused.
 * Account k mod ACCOUNTS offers trade k, in parts of seven units for 700. */
static void one_trade(struct market *market, char *json, size_t size)
{
    const bool astray = pick(market, 4) == 0;
    const unsigned back = astray ? pick(market, 8) : 0;
    const unsigned trade = market->trades > back ? market->trades - back : 0;
    const unsigned fill = astray ? 1 + pick(market, 3) : 1;
    const unsigned step = astray ? pick(market, 5) : market->steps++ % 5;
    const unsigned seller = trade % ACCOUNTS;
    const unsigned other = pick(market, ACCOUNTS);
    switch (step) {
    case 0:
        market->trades++;
        snprintf(json, size,
                 "{\"trade\":\"k-%u\",\"side\":\"SELL\",\"holding\":\"%s\",\"method\":\"LISTED\","
                 "\"units\":{\"asset\":\"CEA\",\"vintage\":%u,\"quantity\":21},\"least\":7,"
                 "\"price_fen\":100,\"settlement\":\"bank\",\"payment_hours\":1}",
                 market->trades, accounts[market->trades % ACCOUNTS], 2025 + pick(market, 2));
        (void)send(market, holders[market->trades % ACCOUNTS], "TRADE_PROPOSE", json);
        break;
    case 1:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"holding\":\"%s\",\"quantity\":7}", trade,
                 accounts[other]);
        (void)send(market, holders[other], "TRADE_ACCEPT", json);
        break;
    case 2:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"fill\":%u}", trade, fill);
        (void)send(market, holders[seller], "TRADE_LOCK", json);
        break;
    case 3:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"fill\":%u,\"amount_fen\":700}", trade, fill);
        if (send(market, pick(market, 8) == 0 ? holders[other] : "bank", "PAYMENT_CONFIRM", json)) {
            market->paid++;
        }
        break;
    default:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"fill\":%u}", trade, pick(market, 4));
        (void)send(market, holders[pick(market, 4) == 0 ? other : seller], "TRADE_REFUND", json);
        break;
    }
}

static void one_order(struct market *market)
{
    static char json[2000];
    char units[200];
    const unsigned kind = pick(market, 100);
    if (kind < 30) {
        one_transfer(market, json, sizeof json);
    } else if (kind < 45) {
        one_trade(market, json, sizeof json);
    } else if (kind < 60) {
        one_answer(market, json, sizeof json);
    } else if (kind < 75) {
        one_hold(market, json, sizeof json);
    } else if (kind < 85) {
        one_more_or_less(market, json, sizeof json);
    } else {
        const unsigned at = pick(market, ACCOUNTS);
        some_units(market, units, sizeof units);
        snprintf(json, sizeof json, "{\"holding\":\"%s\",\"units\":%s,\"to\":\"%s\"}", accounts[at],
                 units, pick(market, 3) > 0 ? "TRADE" : "REGISTER");
        (void)send(market, holders[at], "POSITION_MOVE", json);
    }
}

/* Every block again, from genesis, on another database. */
static void replay(struct market *market)
{
    void *other = NULL;
    assert_int_equal(chain_setup(&other), 0);
    struct chain *chain = other;
    chain->env.verifier = market->chain->env.verifier;
    for (size_t i = 0; i < market->blocks; i++) {
        struct chain_state *state = NULL;
        assert_int_equal(chain_check(chain, &market->headers[i], market->bodies[i], &state, NULL),
                         VERDICT_VALID);
        struct hash id;
        header_id(&id, &market->headers[i]);
        assert_int_equal(chain_state_name(state, &id), OK);
        chain_state_drop(chain->tip);
        chain->tip = state;
        chain->header = market->headers[i];
        arena_free(&chain->world->arena);
    }
    struct hash first;
    struct hash second;
    chain_state_root(market->chain->tip, &first);
    chain_state_root(chain->tip, &second);
    assert_true(hash_equal(&first, &second));
    assert_int_equal(chain_teardown(&other), 0);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void random_orders_keep_the_count(void **state)
{
    struct market market = {.chain = *state};
    const uint64_t orders = setting("SEAM_UNITS_OPERATIONS", 20000);
    const uint64_t seed = setting("SEAM_UNITS_SEED", 20261122);
    market.random = seed * 2654435761u + 1;
    market.chain->env.verifier.verify = all_authentic;
    print_message("seed %llu, %llu orders\n", (unsigned long long)seed, (unsigned long long)orders);
    found(&market);
    for (uint64_t i = 0; i < orders; i++) {
        one_order(&market);
        if (market.accepted_count == BLOCK_ORDERS / 2 || i + 1 == orders) {
            commit(&market);
        }
    }
    overlay_drop(market.working);
    replay(&market);
    print_message("%zu done (%zu payments), %zu refused, %zu sent again, %zu blocks\n", market.ok,
                  market.paid, market.refused, market.replays, market.blocks);
    assert_true(market.ok > orders / 10 && market.paid > orders / 1000);
    for (size_t i = 0; i < market.blocks; i++) {
        free((void *)market.bodies[i].data);
    }
    free(market.bodies);
    free(market.headers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_orders_keep_the_count, chain_setup, chain_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
