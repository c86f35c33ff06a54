/* SPDX-License-Identifier: Apache-2.0 */
/* A scheme, one asset and pairs of accounts that trust each other are written as the records that
 * rules would leave behind; the units are issued by the block store. Each transaction is signed by
 * two persons, as transfers are, and takes the way of a block: strict decoding, replay, keys, both
 * signatures, the rule. State is in memory; committing it is the node's other thread. */

#include "tools/bench_transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/num.h"
#include "ledger/chain/types.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/sign.h"
#include "ledger/exec/exec.h"
#include "ledger/proto/tx.pb-c.h"
#include "ledger/registry/block.h"
#include "ledger/registry/holding.h"
#include "tools/bench.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"

#define TRANSFERS_DEFAULT 10000
#define TRANSFERS_MAX 50000
#define BATCH 1000
#define SPREAD 500 /* pairs of accounts of the second run */
#define UNITS_EACH 1000000
#define START_MS UINT64_C(1790000000000)
#define TRANSFER_TYPE 110

struct bench {
    struct overlay *state;
    struct arena arena; /* of everything that stays */
    struct exec_env env;
    struct sign_key keys[2];
    struct hash key_ids[2]; /* ascending */
    uint64_t transfers;
    uint64_t pairs;
    struct bytes *raw;
    uint64_t verify_ns; /* counted by the verifier, inside the execution */
    uint64_t verified;
};

struct measured {
    uint64_t transfers;
    uint64_t all_ns;
    uint64_t verify_ns;
    uint64_t verified;
};

/* --- the state ------------------------------------------------------------------------------- */

static enum err nothing(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

static void release(void *context)
{
    (void)context;
}

static enum err put(struct bench *bench, struct state_key key, const ProtobufCMessage *record)
{
    return view_put(bench->state, state_key_bytes(&key), record, &bench->arena);
}

static enum err put_chain(struct bench *bench)
{
    Seam__ChainState chain = SEAM__CHAIN_STATE__INIT;
    Seam__JurisdictionRecord place = SEAM__JURISDICTION_RECORD__INIT;
    Seam__OrganisationRecord desk = SEAM__ORGANISATION_RECORD__INIT;
    chain.network = (char *)"bench";
    chain.suite = SUITE_ED25519_SHA256;
    chain.rules_version = 1;
    chain.window_ms = 35 * UINT64_C(86400000);
    chain.recent_max = 10000000;
    chain.block_cost_max = UINT32_MAX;
    place.jurisdiction = (char *)"CN";
    place.utc_offset_minutes = 480;
    place.deadline_days = 40;
    desk.organisation = (char *)"desk";
    desk.jurisdiction = (char *)"CN";
    desk.roles = ROLE_DESK;
    enum err err = put(bench, state_key_of(KEY_CHAIN), &chain.base);
    if (err == OK) {
        err = put(bench, state_key_named(KEY_JURISDICTION, "CN"), &place.base);
    }
    return err == OK ? put(bench, state_key_named(KEY_ORGANISATION, "desk"), &desk.base) : err;
}

static enum err put_key(struct bench *bench, unsigned index)
{
    static const char *const persons[] = {"desk-a", "desk-b"};
    const uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(index + 1), 0xbe};
    struct sign_key *key = &bench->keys[index];
    Seam__KeyRecord record = SEAM__KEY_RECORD__INIT;
    sign_key_from_seed(key, seed);
    sign_key_id(&bench->key_ids[index], SUITE_ED25519_SHA256,
                bytes_of(key->public_key, sizeof key->public_key));
    record.public_key =
        (ProtobufCBinaryData){.len = sizeof key->public_key, .data = key->public_key};
    record.suite = SUITE_ED25519_SHA256;
    record.organisation = (char *)"desk";
    record.person = (char *)persons[index];
    record.usages = USAGE_SUBMIT | USAGE_APPROVE;
    struct state_key at = state_key_of(KEY_KEY);
    state_key_hash(&at, &bench->key_ids[index]);
    return put(bench, at, &record.base);
}

static enum err put_scheme(struct bench *bench)
{
    char *assets[] = {(char *)"CEA"};
    Seam__SchemeSet set = SEAM__SCHEME_SET__INIT;
    Seam__SchemeRecord scheme = SEAM__SCHEME_RECORD__INIT;
    Seam__AssetRegister class = SEAM__ASSET_REGISTER__INIT;
    Seam__AssetRecord asset = SEAM__ASSET_RECORD__INIT;
    set.scheme = (char *)"bench";
    set.version = 1;
    set.jurisdiction = (char *)"CN";
    set.n_assets = 1;
    set.assets = assets;
    set.offer_hours = 48;
    scheme.scheme = &set;
    class.asset = (char *)"CEA";
    class.registry = (char *)"CN";
    class.kind = (char *)"ALLOWANCE";
    class.unit = (char *)"tCO2e";
    class.transferable = true;
    class.surrenderable = true;
    asset.asset = &class;
    const enum err err = put(bench, state_key_named(KEY_SCHEME, "bench"), &scheme.base);
    return err == OK ? put(bench, state_key_named(KEY_ASSET, "CEA"), &asset.base) : err;
}

static void account_name(char out[32], bool seller, uint64_t pair)
{
    snprintf(out, 32, "%s-%" PRIu64, seller ? "from" : "to", pair);
}

static enum err put_account(struct bench *bench, const char *name)
{
    Seam__HoldingRecord record = SEAM__HOLDING_RECORD__INIT;
    record.holding = (char *)name;
    record.holder = (char *)"desk";
    record.scheme = (char *)"bench";
    record.kind = (char *)"TRADING";
    record.state = HOLDING_OPEN;
    return put(bench, state_key_named(KEY_HOLDING, name), &record.base);
}

static enum err put_pair(struct bench *bench, uint64_t pair)
{
    char from[32];
    char to[32];
    struct block_range made;
    account_name(from, true, pair);
    account_name(to, false, pair);
    enum err err = put_account(bench, from);
    if (err == OK) {
        err = put_account(bench, to);
    }
    if (err != OK) {
        return err;
    }
    struct rule_context context = {
        .state = bench->state, .arena = &bench->arena, .height = 1, .time_ms = START_MS};
    const struct series series = series_of("CN", "CEA", "", 2026);
    const struct block_place place = {.holding = from, .state = UNIT_TRADE};
    return block_issue(&context, &series, &place, ENTRY_ISSUE, UNITS_EACH, &made, NULL) == JUDGE_OK
               ? OK
               : ERR_INTERNAL;
}

static enum err world(struct bench *bench)
{
    enum err err = put_chain(bench);
    for (unsigned i = 0; i < 2 && err == OK; i++) {
        err = put_key(bench, i);
    }
    if (err == OK) {
        err = put_scheme(bench);
    }
    for (uint64_t pair = 0; pair < bench->pairs && err == OK; pair++) {
        err = put_pair(bench, pair);
    }
    if (memcmp(bench->key_ids[0].bytes, bench->key_ids[1].bytes, HASH_SIZE) > 0) {
        const struct sign_key key = bench->keys[0];
        const struct hash id = bench->key_ids[0];
        bench->keys[0] = bench->keys[1];
        bench->keys[1] = key;
        bench->key_ids[0] = bench->key_ids[1];
        bench->key_ids[1] = id;
    }
    return err;
}

/* --- the transactions ------------------------------------------------------------------------ */

static enum err sign(struct bench *bench, struct bytes body, struct bytes *out)
{
    Seam__Signature signatures[2];
    Seam__Signature *list[2];
    uint8_t values[2][SIGNATURE_SIZE];
    struct bytes message;
    const enum err err = exec_signed_message(&message, &bench->env.chain_id, body, &bench->arena);
    if (err != OK) {
        return err;
    }
    for (unsigned i = 0; i < 2; i++) {
        sign_message(values[i], &bench->keys[i], message);
        seam__signature__init(&signatures[i]);
        signatures[i].key_id =
            (ProtobufCBinaryData){.len = HASH_SIZE, .data = bench->key_ids[i].bytes};
        signatures[i].sig = (ProtobufCBinaryData){.len = SIGNATURE_SIZE, .data = values[i]};
        list[i] = &signatures[i];
    }
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    transaction.body = (ProtobufCBinaryData){.len = body.size, .data = (uint8_t *)body.data};
    transaction.n_signatures = 2;
    transaction.signatures = list;
    return message_pack(out, &transaction.base, &bench->arena);
}

static enum err transfer(struct bench *bench, uint64_t number, struct bytes *out)
{
    char id[32];
    char from[32];
    char to[32];
    struct bytes packed;
    Seam__Units units = SEAM__UNITS__INIT;
    Seam__Units *list[] = {&units};
    Seam__TransferPropose payload = SEAM__TRANSFER_PROPOSE__INIT;
    snprintf(id, sizeof id, "x%" PRIu64, number);
    account_name(from, true, number % bench->pairs);
    account_name(to, false, number % bench->pairs);
    units.asset = (char *)"CEA";
    units.vintage = 2026;
    units.quantity = 1 + number % 7;
    payload.transfer = id;
    payload.from = from;
    payload.to = to;
    payload.n_units = 1;
    payload.units = list;
    enum err err = message_pack(&packed, &payload.base, &bench->arena);
    if (err != OK) {
        return err;
    }
    Seam__Body body = SEAM__BODY__INIT;
    body.type = TRANSFER_TYPE;
    body.organisation = (char *)"desk";
    body.valid_until_ms = START_MS + 3600000;
    body.idempotency_key = id;
    body.payload = (ProtobufCBinaryData){.len = packed.size, .data = (uint8_t *)packed.data};
    struct bytes bytes;
    err = message_pack(&bytes, &body.base, &bench->arena);
    return err == OK ? sign(bench, bytes, out) : err;
}

/* --- the run --------------------------------------------------------------------------------- */

static bool timed_verify(void *context, const uint8_t *public_key, struct bytes message,
                         const uint8_t *signature)
{
    struct bench *bench = context;
    const uint64_t start = bench_cpu_ns();
    const bool right = sign_verify(public_key, message, signature);
    bench->verify_ns += bench_cpu_ns() - start;
    bench->verified++;
    return right;
}

static enum err run(struct bench *bench, struct measured *measured)
{
    struct err_detail detail = {0};
    const uint64_t start = bench_cpu_ns();
    for (uint64_t i = 0; i < bench->transfers; i++) {
        struct arena arena;
        struct exec_tx tx;
        const uint64_t height = 2 + i / BATCH;
        arena_init(&arena, EXEC_TX_BUDGET);
        enum err err = exec_decode(&tx, &bench->env.chain_id, bench->raw[i], &arena, &detail);
        if (err == OK && exec_judge(&bench->env, bench->state, height, START_MS + height * 1000,
                                    &tx, &arena, NULL, &detail) != JUDGE_OK) {
            err = detail.err != OK ? detail.err : ERR_INTERNAL;
        }
        arena_free(&arena);
        if (err != OK) {
            output_error(err, &detail);
            return err;
        }
    }
    measured->all_ns = bench_cpu_ns() - start;
    measured->transfers = bench->transfers;
    measured->verify_ns = bench->verify_ns;
    measured->verified = bench->verified;
    return OK;
}

static enum err measure(struct measured *measured, uint64_t transfers, uint64_t pairs)
{
    const struct state_base base = {.get = nothing, .release = release};
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) {
        return ERR_MEMORY;
    }
    bench->transfers = transfers;
    bench->pairs = pairs;
    bench->env.verifier.context = bench;
    bench->env.verifier.verify = timed_verify;
    arena_init(&bench->arena, (size_t)1 << 30);
    bench->state = overlay_new(NULL, &base);
    bench->raw = calloc(transfers, sizeof *bench->raw);
    enum err err = bench->state != NULL && bench->raw != NULL ? sign_start() : ERR_MEMORY;
    if (err == OK) {
        err = world(bench);
    }
    for (uint64_t i = 0; i < transfers && err == OK; i++) {
        err = transfer(bench, i, &bench->raw[i]);
    }
    if (err == OK) {
        err = run(bench, measured);
    }
    if (bench->state != NULL) {
        overlay_drop(bench->state);
    }
    arena_free(&bench->arena);
    free(bench->raw);
    free(bench);
    return err;
}

/* Per mille of the bound: what is left when everything but the signatures is done, too. */
static uint64_t ratio_permille(const struct measured *measured)
{
    return measured->all_ns == 0 ? 0 : measured->verify_ns * 1000 / measured->all_ns;
}

static void answer_json(struct json_out *out, const char *name, const struct measured *measured)
{
    json_out_field_object(out, name);
    json_out_field_uint(out, "transfers", measured->transfers);
    json_out_field_uint(out, "signatures", measured->verified);
    json_out_field_uint(out, "transfers_per_cpu_second",
                        bench_per_second(measured->transfers, measured->all_ns));
    json_out_field_uint(
        out, "without_signatures_per_cpu_second",
        bench_per_second(measured->transfers, measured->all_ns - measured->verify_ns));
    json_out_field_uint(out, "bound_of_signatures_per_cpu_second",
                        bench_per_second(measured->transfers, measured->verify_ns));
    json_out_field_uint(out, "ratio_permille", ratio_permille(measured));
    json_out_end(out);
}

static void answer_text(const char *name, const struct measured *measured)
{
    const uint64_t ratio = ratio_permille(measured);
    output_line("  %-22s %8" PRIu64 " transfers/s, without signatures %8" PRIu64
                ", bound of signatures %8" PRIu64 ", ratio 0.%03" PRIu64,
                name, bench_per_second(measured->transfers, measured->all_ns),
                bench_per_second(measured->transfers, measured->all_ns - measured->verify_ns),
                bench_per_second(measured->transfers, measured->verify_ns), ratio);
}

static int answer(const struct measured *hot, const struct measured *spread, bool json)
{
    if (!json) {
        output_line("%" PRIu64 " transfers in batches of %d, two signatures each, one thread, "
                    "processor time",
                    hot->transfers, BATCH);
        answer_text("one account", hot);
        answer_text("500 pairs of accounts", spread);
        return TOOL_OK;
    }
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, 4096);
    json_out_object(&out);
    answer_json(&out, "one_account", hot);
    answer_json(&out, "spread", spread);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

int bench_transfer(int argc, char **argv)
{
    const char *transfers = NULL;
    bool json = false;
    const struct option_row rows[] = {
        OPTION_TEXT("transfers", 0, "N", NULL, "how many transfers (default: 10000)", &transfers),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "bench transfer [--transfers N]",
        "Executes signed transfers of units, all out of one account and then spread over many,\n"
        "and says how many a second of processor time one thread does, beside the bound that\n"
        "verifying their signatures sets in the same run.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t count = TRANSFERS_DEFAULT;
    if (transfers != NULL &&
        (!num_parse_u64(&count, bytes_text(transfers), TRANSFERS_MAX) || count == 0)) {
        output_note("seam: --transfers takes a whole number from 1 to %d", TRANSFERS_MAX);
        return TOOL_USAGE;
    }
    struct measured hot = {0};
    struct measured spread = {0};
    enum err err = measure(&hot, count, 1);
    if (err == OK) {
        err = measure(&spread, count, SPREAD);
    }
    return err == OK ? answer(&hot, &spread, json) : TOOL_NO;
}
