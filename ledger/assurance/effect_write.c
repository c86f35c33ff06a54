/* SPDX-License-Identifier: Apache-2.0 */
/* An effect is never changed but for two marks: consumed, void. */

#include "ledger/assurance/effect_write.h"

#include <stdio.h>

#include "ledger/assurance/dispute_case.h"
#include "ledger/base/period.h"

enum effect_kind { KIND_UNKNOWN, KIND_NONE, KIND_TOP_UP, KIND_RECOVER, KIND_CUT };

static enum effect_kind kind_of(const char *text)
{
    static const char *const names[] = {"", "NONE", "TOP_UP", "RECOVER", "CUT_NEXT_YEAR"};
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        if (record_same(text, names[i])) {
            return (enum effect_kind)i;
        }
    }
    return KIND_UNKNOWN;
}

static enum judgement order_refuse(struct err_detail *detail, size_t index, enum err err,
                                   const char *field, const char *limit, const char *hint)
{
    char path[48];
    (void)snprintf(path, sizeof path, "effects[%zu].%s", index, field);
    return refusal_never(detail, (struct refusal){err, path, "D42", limit, hint});
}

static enum judgement check_amount(const Seam__EffectOrder *order, size_t index,
                                   enum effect_kind kind, struct err_detail *detail)
{
    if (kind == KIND_CUT) {
        if (order->cut_bp < 1 || order->cut_bp > 10000 || order->tonnes != 0) {
            return order_refuse(detail, index, ERR_RANGE, "cut_bp", "1..10000", NULL);
        }
        return JUDGE_OK;
    }
    if (order->cut_bp != 0) {
        return order_refuse(detail, index, ERR_RANGE, "cut_bp", "0", "of CUT_NEXT_YEAR only");
    }
    if (kind == KIND_NONE) {
        return order->tonnes == 0 ? JUDGE_OK
                                  : order_refuse(detail, index, ERR_RANGE, "tonnes", "0", NULL);
    }
    struct tonnes due;
    const enum err err =
        effect_tonnes(&due, grams_of(order->decided_g), grams_of(order->used_g), order->rate);
    if (err != OK) {
        return order_refuse(detail, index, err, "rate", "0..10", "t per t, at most 6 decimals");
    }
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)tonnes_value(due));
    if (order->tonnes != (uint64_t)tonnes_value(due) || order->tonnes == 0) {
        return order_refuse(detail, index, ERR_TOTAL, "tonnes", text, "|decided - used| x rate");
    }
    return JUDGE_OK;
}

/* Does the claim belong to somebody who has not withdrawn it? */
static bool claim_stands(const Seam__DisputeRecord *record, uint32_t claim)
{
    for (size_t i = 0; i < record->n_claimants; i++) {
        const Seam__DisputeClaimant *claimant = record->claimants[i];
        if (claim >= claimant->first_claim &&
            claim - claimant->first_claim < claimant->claim_count) {
            return claimant->withdrawn_ms == 0;
        }
    }
    return false;
}

enum judgement effect_check_all(const Seam__DisputeRecord *record, const Seam__DisputeDecide *in,
                                struct err_detail *detail)
{
    struct period period;
    const uint32_t year =
        period_parse(&period, bytes_text(record->period)) == OK ? period_year(period) : 0;
    for (size_t i = 0; i < in->n_effects; i++) {
        const Seam__EffectOrder *order = in->effects[i];
        const enum effect_kind kind = kind_of(order->kind);
        if (!claim_stands(record, order->claim)) {
            return order_refuse(detail, i, ERR_RANGE, "claim", NULL, "no such claim stands");
        }
        if (i > 0 && in->effects[i - 1]->claim >= order->claim) {
            return order_refuse(detail, i, ERR_TWICE, "claim", NULL,
                                "ascending, at most one effect a claim");
        }
        if (kind == KIND_UNKNOWN) {
            return order_refuse(detail, i, ERR_ENUM, "kind", NULL,
                                "TOP_UP, RECOVER, CUT_NEXT_YEAR, NONE");
        }
        if (kind != KIND_NONE && order->year < year + (kind == KIND_CUT ? 1U : 0U)) {
            return order_refuse(detail, i, ERR_RANGE, "year", NULL,
                                "the year of the account or later; a cut the year after");
        }
        const enum judgement judgement = check_amount(order, i, kind, detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

/* --- writing ----------------------------------------------------------------------------------*/

static enum err effect_put(struct rule_context *context, const Seam__EffectRecord *effect)
{
    const struct state_key key = dispute_key_numbered(KEY_EFFECT, effect->dispute, effect->number);
    return record_put(context, &key, &effect->base);
}

static enum err effect_add(struct rule_context *context, Seam__DisputeRecord *record,
                           Seam__EffectRecord *effect)
{
    effect->dispute = record->dispute;
    effect->facility = record->facility;
    effect->period = record->period;
    effect->decision = (uint32_t)record->n_decisions;
    effect->number = ++record->effects;
    const struct state_key key = dispute_key_numbered(KEY_EFFECT, effect->dispute, effect->number);
    return record_add(context, &key, &effect->base);
}

static enum err add_order(struct rule_context *context, Seam__DisputeRecord *record,
                          const Seam__EffectOrder *order)
{
    Seam__EffectRecord effect = SEAM__EFFECT_RECORD__INIT;
    effect.claim = order->claim;
    effect.kind = order->kind;
    effect.used_g = order->used_g;
    effect.decided_g = order->decided_g;
    effect.rate = order->rate;
    effect.tonnes = order->tonnes;
    effect.cut_bp = order->cut_bp;
    effect.year = order->year;
    effect.clause = order->clause;
    return effect_add(context, record, &effect);
}

/* The opposite of an effect that was used. */
static enum err add_compensation(struct rule_context *context, Seam__DisputeRecord *record,
                                 const Seam__EffectRecord *of)
{
    Seam__EffectRecord effect = SEAM__EFFECT_RECORD__INIT;
    const char *kind = "RESTORE_NEXT_YEAR";
    if (record_same(of->kind, "TOP_UP")) {
        kind = "RECOVER";
    } else if (record_same(of->kind, "RECOVER")) {
        kind = "TOP_UP";
    }
    effect.claim = of->claim;
    effect.kind = (char *)(uintptr_t)kind;
    effect.used_g = of->decided_g;
    effect.decided_g = of->used_g;
    effect.rate = of->rate;
    effect.tonnes = of->tonnes;
    effect.cut_bp = of->cut_bp;
    effect.year = of->year;
    effect.clause = of->clause;
    effect.compensates = of->number;
    return effect_add(context, record, &effect);
}

static bool same_effect(const Seam__EffectRecord *effect, const Seam__EffectOrder *order)
{
    return effect->claim == order->claim && record_same(effect->kind, order->kind) &&
           effect->tonnes == order->tonnes && effect->cut_bp == order->cut_bp &&
           effect->year == order->year;
}

/* What becomes of one effect of the first decision; *kept: the new decision orders it, too. */
static enum err settle_earlier(struct rule_context *context, Seam__DisputeRecord *record,
                               uint32_t number, const Seam__DisputeDecide *in, bool *kept,
                               uint32_t *claim)
{
    const struct state_key key = dispute_key_numbered(KEY_EFFECT, record->dispute, number);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__effect_record__descriptor, context->state,
                                    &key, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    Seam__EffectRecord *effect = (Seam__EffectRecord *)message;
    *claim = effect->claim;
    for (size_t i = 0; i < in->n_effects; i++) {
        if (same_effect(effect, in->effects[i])) {
            *kept = true;
            return OK;
        }
    }
    if (effect->consumed_ms != 0) {
        return add_compensation(context, record, effect);
    }
    effect->voided = true;
    record->effects_void++;
    return effect_put(context, effect);
}

#define KEPT_MAX 300

enum judgement effect_write_all(struct rule_context *context, Seam__DisputeRecord *record,
                                const Seam__DisputeDecide *in, struct err_detail *detail)
{
    uint32_t kept[KEPT_MAX];
    size_t kept_count = 0;
    enum err err = OK;
    const uint32_t earlier = record->effects;
    for (uint32_t number = 1; err == OK && number <= earlier; number++) {
        bool keep = false;
        uint32_t claim = 0;
        err = settle_earlier(context, record, number, in, &keep, &claim);
        if (keep && kept_count < KEPT_MAX) {
            kept[kept_count++] = claim;
        }
    }
    for (size_t i = 0; err == OK && i < in->n_effects; i++) {
        bool skip = kind_of(in->effects[i]->kind) == KIND_NONE;
        for (size_t k = 0; k < kept_count; k++) {
            skip = skip || kept[k] == in->effects[i]->claim;
        }
        err = skip ? OK : add_order(context, record, in->effects[i]);
    }
    return refusal_of_world(detail, err);
}
