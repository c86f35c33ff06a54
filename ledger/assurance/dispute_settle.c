/* SPDX-License-Identifier: Apache-2.0 */
/* The claims come again with the decision: the state has only their roots. */

#include "ledger/assurance/dispute_settle.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/assurance/dispute_state.h"
#include "ledger/assurance/record.h"
#include "ledger/base/num.h"
#include "ledger/crypto/tags.h"

/* --- sums -------------------------------------------------------------------------------------*/

static bool is_total(const Seam__DisputeClaim *claim)
{
    return claim->code[0] == '\0';
}

/* The earlier claim about the same thing, or i itself. */
static size_t first_of(const Seam__DisputeClaim *const claims[], size_t i)
{
    size_t k = 0;
    while (k < i && !dispute_subject_same(claims[k], claims[i])) {
        k++;
    }
    return k;
}

/* Lines first, then the totals of what they are part of. */
static bool settle_kind(struct dispute_settled *out, size_t *at,
                        const Seam__DisputeClaim *const claims[], const int64_t values[],
                        size_t count, bool totals)
{
    for (size_t i = 0; i < count; i++) {
        const enum dispute_category category = dispute_category_of(claims[i]->category);
        const size_t first = first_of(claims, i);
        int64_t change = 0;
        if (is_total(claims[i]) != totals) {
            continue;
        }
        *at = i;
        if (category == DISPUTE_CATEGORIES || values[first] != values[i]) {
            return false;
        }
        if (first != i) {
            continue;
        }
        int64_t *sum = &out->category_g[category];
        if (!num_sub_i64(&change, values[i], claims[i]->stated_g) ||
            (totals && !num_sub_i64(&change, change, *sum)) || !num_add_i64(sum, *sum, change)) {
            return false;
        }
        out->change_g[i] = change;
    }
    return true;
}

bool dispute_settle(struct dispute_settled *out, size_t *at,
                    const Seam__DisputeClaim *const claims[], const int64_t values[], size_t count)
{
    assert(count <= DISPUTE_LINES_MAX);
    *out = (struct dispute_settled){.change_g = {0}};
    return settle_kind(out, at, claims, values, count, false) &&
           settle_kind(out, at, claims, values, count, true);
}

bool dispute_settled_totals(Seam__CategoryTotals *out, const Seam__CategoryTotals *in_force,
                            const struct dispute_settled *settled)
{
    Seam__CategoryTotals sum = SEAM__CATEGORY_TOTALS__INIT;
    const struct {
        int64_t *out;
        int64_t before;
        enum dispute_category category;
    } rows[] = {
        {&sum.scope1_g, in_force->scope1_g, DISPUTE_SCOPE1},
        {&sum.scope2_g, in_force->scope2_g, DISPUTE_SCOPE2},
        {&sum.sinks_g, in_force->sinks_g, DISPUTE_SINK},
        {&sum.information_g, in_force->information_g, DISPUTE_INFORMATION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!num_add_i64(rows[i].out, rows[i].before, settled->category_g[rows[i].category])) {
            return false;
        }
    }
    if (!num_add_i64(&sum.gross_g, sum.scope1_g, sum.scope2_g) ||
        !num_sub_i64(&sum.net_g, sum.gross_g, sum.sinks_g)) {
        return false;
    }
    *out = sum;
    return true;
}

/* --- the claims, as they were made ------------------------------------------------------------*/

struct deciding {
    const Seam__DisputeLines *lines;
    const Seam__DisputeDecide *decision;
    const Seam__DisputeRecord *record;
    struct arena *arena;
    struct err_detail *detail;
    size_t count;
    const Seam__DisputeClaim *claims[DISPUTE_LINES_MAX];
    const Seam__DecisionLine *decided[DISPUTE_LINES_MAX];
    int64_t values[DISPUTE_LINES_MAX];
};

static enum judgement read_claims(struct deciding *in)
{
    for (size_t i = 0; i < in->record->n_claimants; i++) {
        const Seam__DisputeClaimant *claimant = in->record->claimants[i];
        const size_t first = claimant->first_claim - 1;
        const struct dispute_leaves leaves = {.leaves = in->lines->claims + first,
                                              .count = claimant->claim_count,
                                              .tag = TAG_DISPUTE_CLAIM,
                                              .name = "claims",
                                              .root_field = "claims",
                                              .arena = in->arena,
                                              .detail = in->detail};
        enum judgement judgement = dispute_leaves_check(&leaves, claimant->claims_root);
        for (size_t k = 0; judgement == JUDGE_OK && k < leaves.count; k++) {
            ProtobufCMessage *message = NULL;
            judgement = dispute_leaf_read(&message, &leaves, k, &seam__dispute_claim__descriptor);
            in->claims[first + k] = (const Seam__DisputeClaim *)message;
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

/* --- each line --------------------------------------------------------------------------------*/

enum outcome { OUTCOME_NONE, OUTCOME_VERIFIED, OUTCOME_REPORTED, OUTCOME_THIRD };

static enum outcome outcome_of(const char *text)
{
    static const char *const names[] = {"", "CONFIRM_VERIFIED", "CONFIRM_REPORTED", "THIRD_VALUE"};
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        if (record_same(text, names[i])) {
            return (enum outcome)i;
        }
    }
    return OUTCOME_NONE;
}

static enum judgement refuse_amount(const struct deciding *in, const char *field, int64_t due,
                                    const char *hint)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)due);
    return refusal_never(in->detail, (struct refusal){ERR_TOTAL, field, "3.3", text, hint});
}

static enum judgement refuse_line(const struct deciding *in, size_t index, const char *field,
                                  int64_t due, const char *hint)
{
    char path[48];
    (void)snprintf(path, sizeof path, "lines[%zu].%s", index, field);
    return refuse_amount(in, path, due, hint);
}

static enum judgement check_line(struct deciding *in, const struct dispute_leaves *leaves,
                                 size_t index)
{
    const Seam__DecisionLine *line = in->decided[index];
    const enum outcome outcome = outcome_of(line->outcome);
    if (line->claim != index + 1) {
        return dispute_leaf_refuse(leaves, index, ERR_GAP, "claim", NULL,
                                   "each claim once, in order");
    }
    if (outcome == OUTCOME_NONE || (outcome == OUTCOME_VERIFIED && in->record->verified == NULL)) {
        return dispute_leaf_refuse(
            leaves, index, ERR_ENUM, "outcome", NULL,
            "CONFIRM_VERIFIED (with an opinion), CONFIRM_REPORTED, THIRD_VALUE");
    }
    if (line->reason[0] == '\0' || strlen(line->reason) > DISPUTE_REASON_MAX) {
        return dispute_leaf_refuse(leaves, index, ERR_MISSING, "reason", NULL,
                                   "a reason of at most 500 bytes");
    }
    const int64_t side =
        outcome == OUTCOME_REPORTED ? in->claims[index]->reported_g : in->claims[index]->stated_g;
    if (outcome != OUTCOME_THIRD && line->value_g != side) {
        return refuse_line(in, index, "value_g", side, "the amount of the confirmed side");
    }
    in->values[index] = line->value_g;
    return JUDGE_OK;
}

static enum judgement read_decided(struct deciding *in)
{
    const struct dispute_leaves leaves = {.leaves = in->lines->lines,
                                          .count = in->count,
                                          .tag = TAG_DECISION_LINE,
                                          .name = "lines",
                                          .root_field = "lines_root",
                                          .arena = in->arena,
                                          .detail = in->detail};
    enum judgement judgement = dispute_leaves_check(&leaves, in->decision->lines_root);
    for (size_t i = 0; judgement == JUDGE_OK && i < in->count; i++) {
        ProtobufCMessage *message = NULL;
        judgement = dispute_leaf_read(&message, &leaves, i, &seam__decision_line__descriptor);
        if (judgement == JUDGE_OK) {
            in->decided[i] = (const Seam__DecisionLine *)message;
            judgement = check_line(in, &leaves, i);
        }
    }
    return judgement;
}

/* --- what follows -----------------------------------------------------------------------------*/

static enum judgement check_totals(const struct deciding *in, const Seam__CategoryTotals *due)
{
    const Seam__CategoryTotals *decided = in->decision->decided;
    const struct {
        const char *field;
        int64_t due;
        int64_t decided;
    } rows[] = {
        {"decided.scope1_g", due->scope1_g, decided->scope1_g},
        {"decided.scope2_g", due->scope2_g, decided->scope2_g},
        {"decided.sinks_g", due->sinks_g, decided->sinks_g},
        {"decided.information_g", due->information_g, decided->information_g},
        {"decided.gross_g", due->gross_g, decided->gross_g},
        {"decided.net_g", due->net_g, decided->net_g},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].due != rows[i].decided) {
            return refuse_amount(in, rows[i].field, rows[i].due,
                                 "in force plus the changes of the decided lines");
        }
    }
    return JUDGE_OK;
}

/* What is topped up or recovered follows from the line that was decided, not from another sum. */
static enum judgement check_effects(const struct deciding *in)
{
    for (size_t i = 0; i < in->decision->n_effects; i++) {
        const Seam__EffectOrder *order = in->decision->effects[i];
        const bool moves =
            record_same(order->kind, "TOP_UP") || record_same(order->kind, "RECOVER");
        if (moves && order->claim >= 1 && order->claim <= in->count &&
            order->decided_g != in->values[order->claim - 1]) {
            char path[48];
            (void)snprintf(path, sizeof path, "effects[%zu].decided_g", i);
            return refuse_amount(in, path, in->values[order->claim - 1],
                                 "the decided value of its claim");
        }
    }
    return JUDGE_OK;
}

static enum judgement check_sums(const struct deciding *in)
{
    const Seam__CategoryTotals *in_force =
        in->record->verified != NULL ? in->record->verified : in->record->reported;
    struct dispute_settled settled;
    Seam__CategoryTotals due;
    size_t at = 0;
    if (!dispute_settle(&settled, &at, in->claims, in->values, in->count)) {
        const size_t first = first_of(in->claims, at);
        return refuse_line(in, at, "value_g", in->values[first],
                           "one value for what two parties claim");
    }
    for (size_t i = 0; i < in->count; i++) {
        if (in->decided[i]->change_g != settled.change_g[i]) {
            return refuse_line(in, i, "change_g", settled.change_g[i],
                               "by which it changes its category");
        }
    }
    if (!dispute_settled_totals(&due, in_force, &settled)) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "decided", "D34", NULL, NULL});
    }
    const enum judgement judgement = check_totals(in, &due);
    return judgement == JUDGE_OK ? check_effects(in) : judgement;
}

enum judgement dispute_decided_check(const ProtobufCMessage *detached,
                                     const Seam__DisputeDecide *decision,
                                     const Seam__DisputeRecord *record, struct arena *arena,
                                     struct err_detail *detail)
{
    const Seam__DisputeLines *lines = (const Seam__DisputeLines *)detached;
    const uint32_t claims = dispute_claims(record);
    if (decision->line_count != claims) {
        return refusal_never(detail, (struct refusal){ERR_INCOMPLETE, "line_count", "3.3", NULL,
                                                      "a line for each claim"});
    }
    if (lines == NULL) {
        return refusal_never(detail, (struct refusal){ERR_MISSING, "detached", "D3", NULL,
                                                      "the lines of the dispute"});
    }
    if (lines->n_lines != claims || lines->n_claims != claims || lines->account.len != 0 ||
        claims > DISPUTE_LINES_MAX) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "line_count", "D3", NULL,
                                                      "one leaf for each claim, and the claims"});
    }
    struct deciding *in = arena_alloc(arena, sizeof *in);
    if (in == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    *in = (struct deciding){.lines = lines,
                            .decision = decision,
                            .record = record,
                            .arena = arena,
                            .detail = detail,
                            .count = claims};
    enum judgement judgement = read_claims(in);
    if (judgement == JUDGE_OK) {
        judgement = read_decided(in);
    }
    return judgement == JUDGE_OK ? check_sums(in) : judgement;
}
