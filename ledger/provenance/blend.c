/* SPDX-License-Identifier: Apache-2.0 */
/* Blending and splitting: mass stays to the kilogram. A blend's quality is the weighted mean of
 * what went in; where a laboratory measured the blend, its figure stands, if it is worse by no more
 * than the lot rules' tolerance and never better, and what the two differ in dry mass, ash and
 * carbon is a declared difference. */

#include "ledger/provenance/rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/custody.h"
#include "ledger/provenance/energy.h"
#include "ledger/provenance/gain.h"

struct blend {
    struct event event;
    const Seam__LotBlend *in;
    struct balance balance;
    struct mixture mixture;
    __int128 gain_dg; /* carried by what went in */
    const char *scheme; /* of the first input */
    struct quality quality;
};

static enum judgement take_inputs(struct blend *blend)
{
    struct event *event = &blend->event;
    for (size_t i = 0; i < blend->in->n_inputs; i++) {
        const Seam__LotAmount *amount = blend->in->inputs[i];
        Seam__LotRecord *lot = NULL;
        int64_t kg = 0;
        int64_t claim = 0;
        char field[40];
        (void)snprintf(field, sizeof field, "inputs[%zu].lot", i);
        enum judgement judgement = event_open(event, &lot, amount->lot, NEED_ALL, field);
        if (judgement == JUDGE_OK) {
            (void)snprintf(field, sizeof field, "inputs[%zu].qty", i);
            judgement = event_amount(event, &kg, lot, amount->qty, field);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        const struct quality quality = quality_of(lot);
        blend->scheme = i == 0 ? lot->scheme : blend->scheme;
        masses_add(&blend->balance.in, kg, &quality);
        blend->gain_dg += gain_dry(lot, kg);
        event_consume(event, lot, kg, &claim);
        judgement = custody_add(event, &blend->mixture, lot, kg, claim);
        if (judgement == JUDGE_OK) {
            judgement = event_world(event, event_input(event, lot->lot, kg, &quality));
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (blend->balance.in.kg > MASS_KG_MAX) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "inputs", "4.1", "10000000 t",
                            "too much for one lot");
    }
    return JUDGE_OK;
}

/* A member against what the inputs carry: bound, and worse than that by at most blend.MEMBER. Never
 * better, by nothing: who blends again and again would otherwise blend coal into better coal. */
static enum judgement member_carried(struct blend *blend, const char *member, uint32_t declared,
                                     uint32_t bound, bool more_is_better, uint32_t scale)
{
    struct event *event = &blend->event;
    struct dec tolerance = {0, 0};
    char key[40];
    (void)snprintf(key, sizeof key, "blend.%s", member);
    const enum judgement judgement = event_value(event, &tolerance, key);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const int64_t worse =
        more_is_better ? (int64_t)bound - declared : (int64_t)declared - (int64_t)bound;
    if (worse >= 0 && balance_within(worse, scale, tolerance)) {
        return JUDGE_OK;
    }
    char field[40];
    char limit[80];
    char text[DEC_TEXT_SIZE];
    char carried[DEC_TEXT_SIZE];
    dec_text(text, tolerance);
    dec_text(carried, dec_of(bound, scale == 1000 ? 3 : 4));
    (void)snprintf(field, sizeof field, "quality.%s", member);
    (void)snprintf(limit, sizeof limit, "%s, at most %s %s", carried, text,
                   more_is_better ? "less" : "more");
    return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "V12", limit,
                        "a blend is no better than what went into it");
}

/* Moisture against its mean, either way: the dry mass that it moves is counted (gain.h). */
static enum judgement moisture_agrees(struct blend *blend)
{
    struct event *event = &blend->event;
    const struct masses *in = &blend->balance.in;
    struct dec tolerance = {0, 0};
    const enum judgement judgement = event_value(event, &tolerance, "blend.moisture");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const __int128 water = in->kg * FRACTION_ONE - in->dry_dg;
    const __int128 difference = blend->quality.moisture_e4 * in->kg - water;
    if (balance_within(difference < 0 ? -difference : difference, in->kg * FRACTION_ONE,
                       tolerance)) {
        return JUDGE_OK;
    }
    char limit[64];
    char hint[120];
    char text[DEC_TEXT_SIZE];
    char mean[DEC_TEXT_SIZE];
    dec_text(text, tolerance);
    dec_text(mean, dec_of(masses_mean(in).moisture_e4, 4));
    (void)snprintf(limit, sizeof limit, "%s +- %s", mean, text);
    (void)snprintf(hint, sizeof hint, "the weighted mean of the inputs is %s", mean);
    return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "quality.moisture", "V12", limit, hint);
}

/* What a laboratory found, against what went in. */
static enum judgement measured_agrees(struct blend *blend, uint32_t most_mj_t)
{
    const struct masses *in = &blend->balance.in;
    const struct quality mean = masses_mean(in);
    const struct quality *quality = &blend->quality;
    enum judgement judgement = moisture_agrees(blend);
    if (judgement == JUDGE_OK) {
        judgement = member_carried(blend, "ash", quality->ash_e4, mean.ash_e4, false, FRACTION_ONE);
    }
    if (judgement == JUDGE_OK) {
        judgement = member_carried(blend, "ncv", quality->ncv_mj_t, most_mj_t, true, 1000);
    }
    if (judgement == JUDGE_OK && quality->has_carbon && in->has_carbon) {
        judgement =
            member_carried(blend, "carbon", quality->carbon_e4, mean.carbon_e4, true, FRACTION_ONE);
    }
    return judgement;
}

/* V12: footprint and quality of a blend are weighted by mass. */
static enum judgement settle_quality(struct blend *blend)
{
    struct event *event = &blend->event;
    const struct masses *in = &blend->balance.in;
    struct quality *quality = &blend->quality;
    const bool measured = blend->in->quality != NULL;
    const char *field = NULL;
    uint32_t most_mj_t = 0;
    *quality = masses_mean(in);
    const enum err err = measured ? quality_parse(quality, &field, blend->in->quality) : OK;
    if (err != OK) {
        return event_refuse(event, JUDGE_NEVER, err, field, "4.1", NULL, NULL);
    }
    enum judgement judgement = energy_of_blend(event, &most_mj_t, in, quality->moisture_e4);
    if (judgement == JUDGE_OK && measured) {
        judgement = measured_agrees(blend, most_mj_t);
    } else {
        quality->ncv_mj_t = most_mj_t;
    }
    if (judgement == JUDGE_OK && in->energy > 0 && quality->ncv_mj_t == 0) {
        /* what states none may hold as much as the best coal */
        return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "quality.ncv", "V11", "0.001 GJ/t",
                            "coal that states a calorific value is not blended into coal that "
                            "states none");
    }
    return judgement;
}

static enum judgement make_output(struct blend *blend)
{
    struct event *event = &blend->event;
    const struct custody_wish wish = {blend->in->model, blend->in->claim, blend->in->claim_qty};
    const int64_t kg = (int64_t)blend->balance.in.kg;
    Seam__LotRecord *lot = NULL;
    enum judgement judgement =
        event_create(event, &lot, blend->in->lot, kg, &blend->quality, "lot");
    if (judgement == JUDGE_OK) {
        event_schemes(event, lot);
        judgement = energy_gangue(event, lot, "quality.ash");
    }
    if (judgement == JUDGE_OK) {
        judgement = custody_inherit(event, lot, &blend->mixture, &wish, kg, "model");
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    __int128 gain = 0;
    masses_add(&blend->balance.out, kg, &blend->quality);
    judgement = gain_mix(event, &gain, &blend->balance, blend->gain_dg, "quality.moisture");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    lot->carried_gain_kg = gain_share(kg, gain, blend->balance.out.dry_dg);
    balance_record(&event->balance, &blend->balance);
    event->record.balance = &event->balance;
    return event_world(event, event_output(event, lot->lot, kg, &blend->quality));
}

enum judgement lot_blend(struct rule_context *context, const ProtobufCMessage *payload,
                         const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct blend blend = {.in = (const Seam__LotBlend *)payload,
                          .balance = {masses_none(), masses_none(), masses_none()},
                          .mixture = custody_mixture()};
    enum judgement judgement =
        event_start(&blend.event, context, LOT_BLEND_TYPE, blend.in->event, detail);
    if (judgement == JUDGE_OK &&
        (blend.in->n_inputs == 0 || blend.in->n_inputs > EVENT_PARTS_MAX)) {
        return event_refuse(&blend.event, JUDGE_NEVER,
                            blend.in->n_inputs == 0 ? ERR_MISSING : ERR_LENGTH, "inputs", "D41",
                            "1..64", NULL);
    }
    if (judgement == JUDGE_OK) {
        judgement = take_inputs(&blend);
    }
    if (judgement == JUDGE_OK) {
        judgement = event_rules(&blend.event, blend.scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = settle_quality(&blend);
    }
    if (judgement == JUDGE_OK) {
        judgement = make_output(&blend);
    }
    return judgement == JUDGE_OK ? event_finish(&blend.event) : judgement;
}

/* --- splitting ------------------------------------------------------------------------------- */

static enum judgement split_off(struct event *event, Seam__LotRecord *lot, size_t index,
                                const Seam__LotAmount *amount, int64_t *taken)
{
    char field[40];
    int64_t kg = 0;
    Seam__LotRecord *part = NULL;
    const struct quality quality = quality_of(lot);
    (void)snprintf(field, sizeof field, "outputs[%zu].qty", index);
    enum judgement judgement = event_amount(event, &kg, lot, amount->qty, field);
    if (judgement == JUDGE_OK) {
        (void)snprintf(field, sizeof field, "outputs[%zu].lot", index);
        judgement = event_part_off(event, &part, lot, amount->lot, kg, field);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    *taken += kg;
    return event_world(event, event_output(event, part->lot, kg, &quality));
}

enum judgement lot_split(struct rule_context *context, const ProtobufCMessage *payload,
                         const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotSplit *in = (const Seam__LotSplit *)payload;
    struct event event;
    Seam__LotRecord *lot = NULL;
    int64_t taken = 0;
    enum judgement judgement = event_start(&event, context, LOT_SPLIT_TYPE, in->event, detail);
    if (judgement == JUDGE_OK && (in->n_outputs == 0 || in->n_outputs > EVENT_OUTPUTS_MAX)) {
        return event_refuse(&event, JUDGE_NEVER, in->n_outputs == 0 ? ERR_MISSING : ERR_LENGTH,
                            "outputs", "D41", "1..16", NULL);
    }
    if (judgement == JUDGE_OK) {
        judgement = event_open(&event, &lot, in->lot,
                               NEED_CUSTODY | NEED_STOCK | NEED_PLACE | NEED_FREE, "lot");
    }
    if (judgement == JUDGE_OK) {
        judgement = event_rules(&event, lot->scheme);
    }
    for (size_t i = 0; i < in->n_outputs && judgement == JUDGE_OK; i++) {
        judgement = split_off(&event, lot, i, in->outputs[i], &taken);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct quality quality = quality_of(lot);
    const enum err err = event_input(&event, lot->lot, taken, &quality);
    return err == OK ? event_finish(&event) : event_world(&event, err);
}
