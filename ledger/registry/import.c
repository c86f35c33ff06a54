/* SPDX-License-Identifier: Apache-2.0 */
/* Units come from and go to other registries with their own serial numbers. A number that was ever
 * here cannot come again, whatever it is called: what is retired or exported stays so [V19]. And
 * one proof brings units once, so that the same foreign cancellation cannot pay for two imports. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/registry/expiry.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/space.h"
#include "ledger/registry/view.h"

/* Serial numbers of one foreign registry, project and vintage, whatever they are called here. */
static void import_space(struct hash *out, const Seam__UnitsImport *in)
{
    char text[3 * LIMIT_ID_TEXT];
    (void)snprintf(text, sizeof text, "%s/%s/%u", in->registry, in->project, in->vintage);
    id_hash(out, KEY_IMPORTED, text);
}

static enum judgement refuse_used(const struct block_range *range, uint64_t first,
                                  const char *asset, struct err_detail *detail)
{
    char hint[160];
    (void)snprintf(hint, sizeof hint, "unit %" PRIu64 " came here before, as %.64s", first, asset);
    return unit_refuse_amount(detail, ERR_USED, "V19", "ranges", first - range->start, hint);
}

/* Takes a range of the space, once. */
static enum judgement range_take(struct rule_context *context, const struct hash *space,
                                 const struct block_range *range, const char *asset,
                                 struct err_detail *detail)
{
    uint64_t start = 0;
    struct state_key key = state_key_of(KEY_IMPORTED);
    state_key_hash(&key, space);
    enum err err = space_before(&start, context->state, space, range->end);
    if (err == OK) {
        ProtobufCMessage *message = NULL;
        struct state_key other = key;
        state_key_u64(&other, start);
        err = view_record(&message, &seam__imported_range__descriptor, context->state,
                          state_key_bytes(&other), context->arena);
        if (err != OK) {
            return unit_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        const Seam__ImportedRange *old = (const Seam__ImportedRange *)message;
        if (old->end >= range->start) {
            return refuse_used(range, start > range->start ? start : range->start, old->asset,
                               detail);
        }
    }
    if (err == OK || err == ERR_ABSENT) {
        err = space_add(context->state, space, range->start);
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    Seam__ImportedRange record = SEAM__IMPORTED_RANGE__INIT;
    record.end = range->end;
    record.asset = (char *)asset;
    state_key_u64(&key, range->start);
    return unit_put(context, &key, &record.base, detail);
}

/* The proof, then every range. */
static enum judgement import_once(struct rule_context *context, const Seam__UnitsImport *in,
                                  const struct state_key *proof, const struct block_range *ranges,
                                  struct err_detail *detail)
{
    struct hash space;
    enum judgement judgement = unit_new(context, proof, "proof_hash", detail);
    if (judgement == JUDGE_NEVER) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_USED, "V19", "proof_hash", "0",
                           "this proof brought units here before");
    }
    import_space(&space, in);
    for (size_t i = 0; i < in->n_ranges && judgement == JUDGE_OK; i++) {
        judgement = range_take(context, &space, &ranges[i], in->asset, detail);
    }
    return judgement;
}

static enum judgement import_fits(struct rule_context *context, const Seam__UnitsImport *in,
                                  struct err_detail *detail)
{
    const Seam__HoldingRecord *holding = NULL;
    const Seam__AssetRecord *asset = NULL;
    enum judgement judgement = holding_find(context, &holding, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_takes(context, holding, in->asset, &asset, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(asset->issuer, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "asset", asset->issuer,
                           "another registrar keeps this asset");
    }
    if (!id_code_valid(in->registry) || in->registry[0] < 'A' || in->registry[0] > 'Z' ||
        strcmp(in->registry, asset->asset->registry) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "registry", NULL,
                           "the foreign registry, which begins with A-Z");
    }
    if (in->project[0] != '\0' && !id_text_valid(in->project)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "D43", "project", NULL, NULL);
    }
    if (in->proof_hash.len != HASH_SIZE) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_MISSING, "D43", "proof_hash", NULL,
                           "the proof that they were cancelled or exported there");
    }
    if (in->n_ranges == 0 || in->n_ranges > BLOCK_PIECES) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "ranges", "1..64", NULL);
    }
    return JUDGE_OK;
}

enum judgement units_import(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__UnitsImport *in = (const Seam__UnitsImport *)payload;
    struct block_range ranges[BLOCK_PIECES];
    struct block_pieces pieces = {.count = 0};
    enum judgement judgement = import_fits(context, in, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    for (size_t i = 0; i < in->n_ranges; i++) {
        ranges[i] = (struct block_range){in->ranges[i]->start, in->ranges[i]->end};
        pieces.at[pieces.count++] = ranges[i];
        pieces.quantity += ranges[i].end - ranges[i].start + 1; /* checked by block_import */
    }
    const struct series series = series_of(in->registry, in->asset, in->project, in->vintage);
    const struct block_place to = {.holding = in->holding, .state = UNIT_REGISTER};
    char name[2 * HASH_SIZE + 1];
    hex_encode(name, bytes_of(in->proof_hash.data, in->proof_hash.len));
    const struct state_key key = order_key(ORDER_IMPORT, name);
    judgement = block_import(context, &series, &to, ranges, in->n_ranges, detail);
    if (judgement == JUDGE_OK) {
        judgement = import_once(context, in, &key, ranges, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ImportRecord record = SEAM__IMPORT_RECORD__INIT;
    record.holding = in->holding;
    record.units = units_record(context, &series, &pieces);
    record.proof_hash = in->proof_hash;
    record.height = context->height;
    if (record.units == NULL) {
        return unit_world(detail, ERR_MEMORY);
    }
    return unit_put(context, &key, &record.base, detail);
}

void units_import_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__UnitsImport *in = (const Seam__UnitsImport *)payload;
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &holding);
}

enum judgement units_export(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__UnitsExport *in = (const Seam__UnitsExport *)payload;
    const Seam__HoldingRecord *holding = NULL;
    const Seam__AssetRecord *asset = NULL;
    Seam__Units *moved = NULL;
    enum unit_state from;
    struct hash by;
    char name[2 * HASH_SIZE + 1];
    if (in->units == NULL || !unit_position_named(&from, in->from)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_MISSING, "D43", "units", NULL, NULL);
    }
    enum judgement judgement = holding_own(context, &holding, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, holding, HOLDING_SEND, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = expiry_valid(context, holding->scheme, in->units, "units", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = registry_asset(&asset, context->state, in->units->asset, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "units.asset", in->units->asset);
    }
    if (!asset->asset->transferable || strcmp(in->registry, asset->asset->registry) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "units.asset", NULL,
                           "this asset does not leave, or not to its own registry");
    }
    hex_encode(name, hash_bytes(&context->tx_id));
    order_hash(&by, ORDER_EXPORT, name);
    const struct block_move move = {
        .from = {.holding = in->holding, .state = from},
        .to = {.holding = in->holding, .state = UNIT_EXPORTED, .by = &by},
        .kind = ENTRY_EXPORT,
        .by = &by,
        .field = "units",
    };
    judgement = units_move(context, in->units, &move, &moved, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ExportRecord record = SEAM__EXPORT_RECORD__INIT;
    record.holding = in->holding;
    record.units = moved;
    record.registry = in->registry;
    record.account = in->account;
    record.height = context->height;
    const struct state_key key = order_key(ORDER_EXPORT, name);
    judgement = unit_new(context, &key, "units", detail);
    return judgement == JUDGE_OK ? unit_put(context, &key, &record.base, detail) : judgement;
}

void units_export_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__UnitsExport *in = (const Seam__UnitsExport *)payload;
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &holding);
}
