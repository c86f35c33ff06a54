/* SPDX-License-Identifier: Apache-2.0 */
/* Between messages that name units and the block store. */

#include <stdio.h>

#include "ledger/registry/registry.h"
#include "ledger/registry/view.h"

enum judgement units_series(struct rule_context *context, struct series *out,
                            const Seam__Units *units, const char *field, struct err_detail *detail)
{
    const Seam__AssetRecord *asset = NULL;
    const enum err err = registry_asset(&asset, context->state, units->asset, context->arena);
    if (err != OK) {
        char name[64];
        (void)snprintf(name, sizeof name, "%.48s.asset", field);
        return unit_missing(detail, err, name, units->asset);
    }
    const char *registry = units->registry[0] != '\0' ? units->registry : asset->asset->registry;
    *out = series_of(registry, units->asset, units->project, units->vintage);
    return JUDGE_OK;
}

Seam__Units *units_record(struct rule_context *context, const struct series *series,
                          const struct block_pieces *moved)
{
    Seam__Units *out = arena_alloc(context->arena, sizeof *out);
    Seam__SerialRange **list = arena_alloc(context->arena, (moved->count + 1) * sizeof *list);
    Seam__SerialRange *ranges = arena_alloc(context->arena, (moved->count + 1) * sizeof *ranges);
    if (out == NULL || list == NULL || ranges == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < moved->count; i++) {
        seam__serial_range__init(&ranges[i]);
        ranges[i].start = moved->at[i].start;
        ranges[i].end = moved->at[i].end;
        list[i] = &ranges[i];
    }
    seam__units__init(out);
    out->registry = (char *)series->registry;
    out->asset = (char *)series->asset;
    out->project = (char *)series->project;
    out->vintage = series->vintage;
    out->quantity = moved->quantity;
    out->n_ranges = moved->count;
    out->ranges = list;
    return out;
}

enum judgement units_move(struct rule_context *context, const Seam__Units *units,
                          const struct block_move *move, Seam__Units **out,
                          struct err_detail *detail)
{
    struct series series;
    enum judgement judgement = units_series(context, &series, units, move->field, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct block_range ranges[REGISTRY_RANGES];
    if (units->n_ranges > REGISTRY_RANGES) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", move->field, "64 ranges", NULL);
    }
    for (size_t i = 0; i < units->n_ranges; i++) {
        ranges[i] = (struct block_range){units->ranges[i]->start, units->ranges[i]->end};
    }
    struct block_move whole = *move;
    struct block_pieces *moved = arena_alloc(context->arena, sizeof *moved);
    if (moved == NULL) {
        return unit_world(detail, ERR_MEMORY);
    }
    whole.series = &series;
    whole.quantity = units->quantity;
    whole.ranges = ranges;
    whole.range_count = units->n_ranges;
    judgement = block_move(context, &whole, moved, detail);
    if (judgement != JUDGE_OK || out == NULL) {
        return judgement;
    }
    *out = units_record(context, &series, moved);
    return unit_world(detail, *out != NULL ? OK : ERR_MEMORY);
}
