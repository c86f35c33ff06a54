/* SPDX-License-Identifier: Apache-2.0 */
/* A replay: every event moves grams from lot to lot as coal moved. What one lot gives is divided
 * with what it keeps by largest remainder, cell by cell (stage and grade), so each cell is
 * conserved by itself, and the same lot has the same grams in whatever set it is looked at. */

#include "ledger/query/lot_footprint.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/accounting/allocate.h"
#include "ledger/base/ratio.h"
#include "ledger/query/lot_flow.h"
#include "ledger/query/lot_rules.h"
#include "ledger/query/lot_walk.h"

#define PARTS_MAX 160 /* outputs of one event and what stays */
#define CELLS (LOT_STAGE_COUNT * LOT_GRADE_COUNT + 1) /* the last: primary_g */

struct run {
    struct query *query;
    const struct lot_trace *trace;
    struct lot_pools *pools;
    struct lot_ledger *ledger;
    struct arena *arena;
    struct lot_rules rules;
};

/* --- grams ------------------------------------------------------------------------------------ */

const char *lot_stage_name(enum lot_stage stage)
{
    static const char *const names[LOT_STAGE_COUNT] = {"MI", "WA", "TR"};
    assert(stage < LOT_STAGE_COUNT);
    return names[stage];
}

int64_t lot_grams_stage(const struct lot_grams *grams, enum lot_stage stage)
{
    int64_t sum = 0;
    for (size_t i = 0; i < LOT_GRADE_COUNT; i++) {
        sum += grams->g[stage][i];
    }
    return sum;
}

int64_t lot_grams_grade(const struct lot_grams *grams, enum lot_grade grade)
{
    int64_t sum = 0;
    for (size_t i = 0; i < LOT_STAGE_COUNT; i++) {
        sum += grams->g[i][grade];
    }
    return sum;
}

int64_t lot_grams_total(const struct lot_grams *grams)
{
    int64_t sum = 0;
    for (size_t i = 0; i < LOT_STAGE_COUNT; i++) {
        sum += lot_grams_stage(grams, (enum lot_stage)i);
    }
    return sum;
}

static int64_t *cell(struct lot_grams *grams, size_t index)
{
    return index + 1 == CELLS ? &grams->primary_g
                              : &grams->g[index / LOT_GRADE_COUNT][index % LOT_GRADE_COUNT];
}

static void add(struct lot_grams *to, struct lot_grams *from)
{
    for (size_t i = 0; i < CELLS; i++) {
        *cell(to, i) += *cell(from, i);
    }
}

/* Divides all of from by weights into parts; from is empty afterwards. */
static enum err divide(struct lot_grams *parts, struct lot_grams *from,
                       const allocate_weight *weights, size_t count)
{
    int64_t shares[PARTS_MAX];
    struct arena scratch;
    memset(parts, 0, count * sizeof *parts);
    arena_init(&scratch, (size_t)64 << 10);
    enum err err = OK;
    for (size_t i = 0; err == OK && i < CELLS; i++) {
        int64_t *grams = cell(from, i);
        if (*grams == 0) {
            continue;
        }
        err = count <= ALLOCATE_MAX ? allocate_shares(shares, *grams, weights, count)
                                    : allocate_many(shares, *grams, weights, count, &scratch);
        for (size_t j = 0; err == OK && j < count; j++) {
            *cell(&parts[j], i) = shares[j];
        }
        *grams = 0;
    }
    arena_free(&scratch);
    return err == ERR_RANGE ? ERR_CORRUPT : err;
}

/* Takes kg out of a lot, with its grams; the rest stays. */
static enum err take(struct run *run, struct lot_grams *out, uint32_t node, int64_t kg)
{
    struct lot_ledger *ledger = run->ledger;
    const int64_t there = ledger->now_kg[node];
    struct lot_grams parts[2];
    if (kg < 0 || kg > there) {
        return ERR_CORRUPT;
    }
    memset(out, 0, sizeof *out);
    if (kg == 0) {
        return OK;
    }
    const allocate_weight weights[2] = {(allocate_weight)kg, (allocate_weight)(there - kg)};
    const enum err err = divide(parts, &ledger->now[node], weights, 2);
    if (err == OK) {
        *out = parts[0];
        ledger->now[node] = parts[1];
        ledger->now_kg[node] -= kg;
    }
    return err;
}

/* --- what is made ----------------------------------------------------------------------------- */

/* The node that an event made under this id; the count of nodes where it is not in the trace. */
static uint32_t made_node(const struct run *run, const struct lot_step *step, const char *lot)
{
    for (size_t i = 0; i < step->touch_count; i++) {
        const struct lot_touch *touch = &step->touches[i];
        if (touch->created && strcmp(run->trace->nodes[touch->node].lot->lot, lot) == 0) {
            return touch->node;
        }
    }
    return (uint32_t)run->trace->count;
}

static void give(struct run *run, uint32_t node, struct lot_grams *grams)
{
    if (node == run->trace->count) {
        run->ledger->outside_g += lot_grams_total(grams);
        return;
    }
    add(&run->ledger->now[node], grams);
}

/* Gangue carries nothing [methodology 3.6, choice]; slime is coal. */
static bool carries(const char *product)
{
    return strcmp(product, "gangue") != 0;
}

static enum err output_product(const struct run *run, uint32_t node, const char *lot,
                               const char **product, struct arena *scratch)
{
    if (node < run->trace->count) {
        *product = run->trace->nodes[node].lot->product;
        return OK;
    }
    const Seam__LotRecord *record = NULL;
    const enum err err = view_lot(&record, query_state(run->query), lot, scratch);
    if (err == OK) {
        *product = record->product;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* By mass x calorific value over what carries; by mass where nothing does. */
static enum err output_weights(const struct run *run, const struct lot_step *step,
                               const uint32_t *nodes, allocate_weight *weights)
{
    const Seam__LotEventRecord *event = step->event;
    bool any = false;
    struct arena scratch;
    enum err err = OK;
    arena_init(&scratch, (size_t)PARTS_MAX * LIMIT_STATE_VALUE);
    for (size_t i = 0; err == OK && i < event->n_outputs; i++) {
        const Seam__LotEventPart *part = event->outputs[i];
        const char *product = NULL;
        err = output_product(run, nodes[i], part->lot, &product, &scratch);
        if (err == OK) {
            weights[i] = carries(product) ? (allocate_weight)part->qty_kg * part->ncv_mj_t : 0;
            any = any || weights[i] > 0;
        }
    }
    for (size_t i = 0; err == OK && !any && i < event->n_outputs; i++) {
        weights[i] = (allocate_weight)event->outputs[i]->qty_kg;
    }
    arena_free(&scratch);
    return err;
}

/* Wash and blend: everything that went in, over everything that came out. */
static enum err mix(struct run *run, const struct lot_step *step)
{
    const Seam__LotEventRecord *event = step->event;
    struct lot_grams pot = {.primary_g = 0};
    struct lot_grams parts[PARTS_MAX];
    uint32_t nodes[PARTS_MAX];
    allocate_weight weights[PARTS_MAX];
    enum err err = event->n_outputs == 0 || event->n_outputs > PARTS_MAX ? ERR_CORRUPT : OK;
    for (size_t i = 0; err == OK && i < step->touch_count; i++) {
        struct lot_grams part;
        if (!step->touches[i].created) {
            err = take(run, &part, step->touches[i].node, -step->touches[i].change_kg);
            if (err == OK) {
                add(&pot, &part);
            }
        }
    }
    for (size_t i = 0; err == OK && i < event->n_outputs; i++) {
        nodes[i] = made_node(run, step, event->outputs[i]->lot);
    }
    if (err == OK) {
        err = output_weights(run, step, nodes, weights);
    }
    if (err == OK) {
        err = divide(parts, &pot, weights, event->n_outputs);
    }
    for (size_t i = 0; err == OK && i < event->n_outputs; i++) {
        give(run, nodes[i], &parts[i]);
    }
    return err;
}

/* Split: the outputs and what stays, at once, in the order of the event. */
static enum err split(struct run *run, const struct lot_step *step, const struct lot_touch *from)
{
    const Seam__LotEventRecord *event = step->event;
    struct lot_ledger *ledger = run->ledger;
    struct lot_grams parts[PARTS_MAX];
    allocate_weight weights[PARTS_MAX];
    int64_t left = ledger->now_kg[from->node];
    if (event->n_outputs >= PARTS_MAX) {
        return ERR_CORRUPT;
    }
    for (size_t i = 0; i < event->n_outputs; i++) {
        weights[i] = (allocate_weight)event->outputs[i]->qty_kg;
        left -= event->outputs[i]->qty_kg;
    }
    if (left < 0 || ledger->now_kg[from->node] + from->change_kg != left) {
        return ERR_CORRUPT;
    }
    weights[event->n_outputs] = (allocate_weight)left;
    const enum err err = divide(parts, &ledger->now[from->node], weights, event->n_outputs + 1);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < event->n_outputs; i++) {
        give(run, made_node(run, step, event->outputs[i]->lot), &parts[i]);
    }
    ledger->now[from->node] = parts[event->n_outputs];
    ledger->now_kg[from->node] = left;
    return OK;
}

/* A part that was loaded or offered: its one parent gave it. */
static enum err part_off(struct run *run, const struct lot_step *step, const struct lot_touch *from)
{
    struct lot_grams part;
    const enum err err = take(run, &part, from->node, -from->change_kg);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < step->touch_count; i++) {
        const struct lot_node *node = &run->trace->nodes[step->touches[i].node];
        if (step->touches[i].created && node->link_count == 1 &&
            node->links[0].node == from->node) {
            give(run, step->touches[i].node, &part);
            return OK;
        }
    }
    give(run, (uint32_t)run->trace->count, &part);
    return OK;
}

/* --- where grams come from -------------------------------------------------------------------- */

/* What its facility's account gives a mined or washed lot. */
static enum err attribute(struct run *run, uint32_t node)
{
    const Seam__LotRecord *lot = run->trace->nodes[node].lot;
    const struct lot_pool *pool = NULL;
    struct lot_grams grams = {.primary_g = 0};
    int64_t own = 0;
    if (lot->facility[0] == '\0') {
        return OK;
    }
    const enum err err = lot_pools_get(&pool, &own, run->pools, lot);
    if (err != OK) {
        return err;
    }
    const enum lot_stage stage = strcmp(lot->stage, "WA") == 0 ? LOT_STAGE_WA : LOT_STAGE_MI;
    grams.g[stage][pool->grade] = own;
    grams.primary_g = (int64_t)((__int128)own * pool->primary_ppm / 1000000);
    run->ledger->own_g[node] = own;
    run->ledger->attributed_g += own;
    add(&run->ledger->now[node], &grams);
    return OK;
}

/* kg x 0.1 km x g/(t km) / 10,000, on every lot aboard. */
static enum err carry(struct run *run, const struct lot_step *step)
{
    struct dec factor;
    enum err err = lot_rules_value(&factor, &run->rules, step->event, step->event->factor_key);
    err = err == ERR_ABSENT ? ERR_CORRUPT : err;
    for (size_t i = 0; err == OK && i < step->touch_count; i++) {
        const uint32_t node = step->touches[i].node;
        struct ratio ratio = ratio_of_int(run->ledger->now_kg[node]);
        int64_t grams = 0;
        ratio_mul_int(&ratio, (int64_t)step->event->distance_hm);
        ratio_mul_dec(&ratio, factor);
        ratio_div_int(&ratio, 10000);
        err = ratio_round(&grams, &ratio, 0) == OK ? OK : ERR_CORRUPT;
        if (err == OK) {
            run->ledger->now[node].g[LOT_STAGE_TR][LOT_GRADE_REPORTED] += grams;
            run->ledger->transport_g += grams;
        }
    }
    return err;
}

/* --- the replay ------------------------------------------------------------------------------- */

/* Mass that came or went by itself: grams stay, unless nothing is left to carry them. */
static enum err drift(struct run *run, const struct lot_touch *touch)
{
    struct lot_ledger *ledger = run->ledger;
    const int64_t after = ledger->now_kg[touch->node] + touch->change_kg;
    if (after < 0) {
        return ERR_CORRUPT;
    }
    if (after == 0 && touch->change_kg < 0) {
        ledger->lost_g += lot_grams_total(&ledger->now[touch->node]);
        ledger->now[touch->node] = (struct lot_grams){.primary_g = 0};
    }
    ledger->now_kg[touch->node] = after;
    return OK;
}

static enum err use(struct run *run, const struct lot_touch *touch)
{
    struct lot_grams part;
    const enum err err = take(run, &part, touch->node, -touch->change_kg);
    if (err == OK) {
        run->ledger->used_g += lot_grams_total(&part);
    }
    return err;
}

static enum err change(struct run *run, const struct lot_step *step, const struct lot_touch *touch)
{
    if (touch->created || touch->change_kg == 0) {
        return OK;
    }
    const bool makes = step->event->n_outputs > 0 && touch->change_kg < 0;
    switch (step->event->type) {
    case LOT_WASH_TYPE:
    case LOT_BLEND_TYPE:
        return OK; /* mix took it */
    case LOT_SPLIT_TYPE:
        return split(run, step, touch);
    case LOT_USE_TYPE:
        return use(run, touch);
    default:
        return makes ? part_off(run, step, touch) : drift(run, touch);
    }
}

static enum err begin(struct run *run, const struct lot_step *step)
{
    enum err err = OK;
    for (size_t i = 0; err == OK && i < step->touch_count; i++) {
        const struct lot_touch *touch = &step->touches[i];
        if (touch->created) {
            err = attribute(run, touch->node);
            run->ledger->now_kg[touch->node] = touch->change_kg;
        }
    }
    return err;
}

static enum err replay_step(struct run *run, const struct lot_step *step)
{
    const uint32_t type = step->event->type;
    if (type == LOT_ERROR_TYPE || lot_event_undone(step->event)) {
        return OK;
    }
    enum err err = lot_event_mixes(type) ? mix(run, step) : OK;
    for (size_t i = 0; err == OK && i < step->touch_count; i++) {
        err = change(run, step, &step->touches[i]);
    }
    if (err == OK) {
        err = begin(run, step);
    }
    for (size_t i = 0; err == OK && i < step->touch_count; i++) {
        const uint32_t node = step->touches[i].node;
        if (step->touches[i].created) {
            run->ledger->made[node] = run->ledger->now[node];
        }
    }
    return err == OK && type == LOT_DEPART_TYPE ? carry(run, step) : err;
}

static void sum_up(struct run *run)
{
    struct lot_ledger *ledger = run->ledger;
    for (size_t i = 0; i < ledger->count; i++) {
        ledger->lots_g += lot_grams_total(&ledger->now[i]);
    }
    for (size_t i = 0; i < lot_pools_count(run->pools); i++) {
        const struct lot_pool *pool = lot_pools_at(run->pools, i);
        ledger->accounts_g += pool->grams;
        ledger->not_in_lots_g += pool->not_in_lots_g;
    }
}

enum err lot_ledger_run(struct lot_ledger *out, struct query *query, const struct lot_trace *trace,
                        struct lot_pools *pools, struct arena *arena)
{
    struct lot_ledger ledger = {.count = trace->count};
    struct lot_flow flow;
    struct run run = {
        .query = query, .trace = trace, .pools = pools, .ledger = &ledger, .arena = arena};
    assert(trace->direction == LOT_UP);
    ledger.made = arena_alloc(arena, (trace->count + 1) * sizeof *ledger.made);
    ledger.now = arena_alloc(arena, (trace->count + 1) * sizeof *ledger.now);
    ledger.own_g = arena_alloc(arena, (trace->count + 1) * sizeof *ledger.own_g);
    ledger.now_kg = arena_alloc(arena, (trace->count + 1) * sizeof *ledger.now_kg);
    if (ledger.made == NULL || ledger.now == NULL || ledger.own_g == NULL ||
        ledger.now_kg == NULL) {
        return ERR_MEMORY;
    }
    lot_rules_open(&run.rules, query_state(query), arena);
    enum err err = lot_flow_read(&flow, query, trace, arena);
    for (size_t i = 0; err == OK && i < flow.count; i++) {
        err = replay_step(&run, &flow.steps[i]);
    }
    lot_rules_close(&run.rules);
    if (err == OK) {
        sum_up(&run);
        *out = ledger;
    }
    return err;
}
