/* SPDX-License-Identifier: Apache-2.0 */
/* Units come from and go to other registries with their own serial numbers. A number that was ever
 * here cannot come again: what is retired or exported stays so [V19]. */

#include <stdio.h>
#include <string.h>

#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

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
    judgement = block_import(context, &series, &to, ranges, in->n_ranges, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    char name[2 * HASH_SIZE + 1];
    hex_encode(name, hash_bytes(&context->tx_id));
    Seam__ImportRecord record = SEAM__IMPORT_RECORD__INIT;
    record.holding = in->holding;
    record.units = units_record(context, &series, &pieces);
    record.proof_hash = in->proof_hash;
    record.height = context->height;
    if (record.units == NULL) {
        return unit_world(detail, ERR_MEMORY);
    }
    const struct state_key key = order_key(ORDER_IMPORT, name);
    judgement = unit_new(context, &key, "proof_hash", detail);
    return judgement == JUDGE_OK ? unit_put(context, &key, &record.base, detail) : judgement;
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
