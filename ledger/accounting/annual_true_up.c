/* SPDX-License-Identifier: Apache-2.0 */
/* Each true-up: does the line stand in the month, is the new one what the body names, and does the
 * difference follow? */
#include "ledger/accounting/annual_judging.h"
#include "ledger/chain/merkle.h"

#include <stdio.h>
#include <string.h>

/* The set with this hash, decoded at its first use: a year names the same few again and again. */
static enum judgement load_set(struct annual_judging *in, const struct set **out,
                               const struct hash *hash)
{
    struct rule_context *context = in->context;
    const Seam__ParameterSetRecord *record = NULL;
    for (size_t i = 0; i < in->set_count; i++) {
        if (hash_equal(&in->sets[i].hash, hash)) {
            *out = &in->sets[i];
            return JUDGE_OK;
        }
    }
    if (in->set_count == ANNUAL_SETS_MAX) {
        return annual_refuse(in, JUDGE_NEVER, ERR_LENGTH, "parameter_set_hash", "D37",
                             "16 parameter sets a year", NULL);
    }
    enum err err = view_parameter_set(&record, context->state, hash, context->arena);
    if (err != OK) {
        return annual_failed(in, err, "parameter_set_hash", "not published on this chain");
    }
    struct set *set = &in->sets[in->set_count];
    err = set_stored(set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                     context->arena, in->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    if (set->message->cross_check) {
        return annual_refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46", NULL,
                             "a cross-check set counts for no account");
    }
    in->set_count++;
    *out = set;
    return JUDGE_OK;
}

static enum judgement read_set(struct annual_judging *in, const struct set **out,
                               ProtobufCBinaryData named, const char *period)
{
    struct rule_context *context = in->context;
    struct hash hash;
    const Seam__AdoptionRecord *adoption = NULL;
    if (named.len != HASH_SIZE) {
        return annual_refuse(in, JUDGE_NEVER, ERR_LENGTH, "parameter_set_hash", "D7", "32 bytes",
                             NULL);
    }
    memcpy(hash.bytes, named.data, HASH_SIZE);
    const enum err err =
        view_adoption(&adoption, context->state, in->facility->scheme, &hash, context->arena);
    if (err == ERR_ABSENT) {
        return annual_refuse(in, JUDGE_NOT_YET, ERR_SET, "parameter_set_hash", "D7", NULL,
                             "not published, or not adopted by the scheme");
    }
    if (err != OK) {
        return annual_failed(in, err, "parameter_set_hash", NULL);
    }
    if (!view_adoption_covers(adoption, period)) {
        return annual_refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46",
                             adoption->from_period, "not adopted for this month");
    }
    return load_set(in, out, &hash);
}

/* Does the line stand in the month, and is the new one what the body names? */
static enum judgement check_path(const struct annual_judging *in, const Seam__TrueUp *true_up,
                                 const Seam__TrueUpLines *lines, const Seam__Account *month)
{
    struct merkle_path path = {.count = 0};
    struct hash root;
    struct hash leaf;
    if (lines->salt.len != MERKLE_SALT_SIZE || lines->new_salt.len != MERKLE_SALT_SIZE) {
        return annual_refuse(in, JUDGE_NEVER, ERR_LENGTH, "salt", "D3", "16 bytes", NULL);
    }
    if (lines->n_path > MERKLE_PATH_MAX || month->lines_root.len != HASH_SIZE) {
        return annual_refuse(in, JUDGE_NEVER, ERR_LENGTH, "path", "D3", NULL,
                             "the path of a line of a month with lines");
    }
    for (size_t i = 0; i < lines->n_path; i++) {
        if (lines->path[i].len != HASH_SIZE) {
            return annual_refuse(in, JUDGE_NEVER, ERR_LENGTH, "path", "D3", "32 bytes", NULL);
        }
        memcpy(path.siblings[i].bytes, lines->path[i].data, HASH_SIZE);
    }
    path.count = (uint8_t)lines->n_path;
    memcpy(root.bytes, month->lines_root.data, HASH_SIZE);
    merkle_line_leaf(&leaf, lines->salt.data, bytes_of(lines->line.data, lines->line.len));
    if (lines->index >= month->line_count ||
        !merkle_path_verify(&root, lines->index, month->line_count, &leaf, &path)) {
        return annual_refuse(in, JUDGE_NEVER, ERR_TOTAL, "path", "D3", NULL,
                             "the line does not stand in the month");
    }
    merkle_line_leaf(&leaf, lines->new_salt.data,
                     bytes_of(lines->new_line.data, lines->new_line.len));
    if (!annual_same(true_up->leaf, annual_data(&leaf))) {
        return annual_refuse(in, JUDGE_NEVER, ERR_TOTAL, "leaf", "D3", NULL,
                             "not the leaf of the new line");
    }
    return JUDGE_OK;
}

/* The body's statements beside what follows from the lines. */
static enum judgement compare(const struct annual_judging *in, const Seam__TrueUp *true_up,
                              const Seam__Line *line, const struct annual_difference *found)
{
    const struct {
        const char *field;
        int64_t stated;
        int64_t found;
    } grams[] = {{"co2e_g", true_up->co2e_g, found->co2e_g},
                 {"co2_g", true_up->co2_g, found->co2_g},
                 {"ch4_g", true_up->ch4_g, found->ch4_g}};
    if (strcmp(true_up->code, line->code) != 0 || strcmp(true_up->source, line->source) != 0 ||
        strcmp(true_up->detail, calc_line_detail(line)) != 0) {
        return annual_refuse(in, JUDGE_NEVER, ERR_PARAM, "code", "D37", NULL,
                             "the key of another line");
    }
    for (size_t i = 0; i < sizeof grams / sizeof grams[0]; i++) {
        if (grams[i].stated != grams[i].found) {
            char limit[24];
            snprintf(limit, sizeof limit, "%lld", (long long)grams[i].found);
            return annual_refuse(in, JUDGE_NEVER, ERR_TOTAL, grams[i].field, "D37", limit, NULL);
        }
    }
    if (strcmp(true_up->scope, found->scope) != 0) {
        return annual_refuse(in, JUDGE_NEVER, ERR_TOTAL, "scope", "D37", found->scope, NULL);
    }
    if (strcmp(true_up->old_factor, found->old_factor) != 0 ||
        strcmp(true_up->new_factor, found->new_factor) != 0) {
        const bool old = strcmp(true_up->old_factor, found->old_factor) != 0;
        return annual_refuse(in, JUDGE_NEVER, ERR_PARAM, old ? "old_factor" : "new_factor", "D37",
                             old ? found->old_factor : found->new_factor,
                             "published factors as the lines have them, else empty");
    }
    return JUDGE_OK;
}

static enum judgement check_true_up(struct annual_judging *in, const Seam__TrueUp *true_up,
                                    const Seam__TrueUpLines *lines)
{
    struct arena *arena = in->context->arena;
    struct period period;
    if (period_parse(&period, bytes_text(true_up->month)) != OK ||
        period.cadence != CADENCE_MONTH || period.number / ANNUAL_MONTHS != in->year.number) {
        return annual_refuse(in, JUDGE_NEVER, ERR_RANGE, "month", "D37", in->annual->year,
                             "a month of the year");
    }
    const Seam__Account *month = in->months[period.number % ANNUAL_MONTHS];
    const struct set *old_set = NULL;
    const struct set *new_set = NULL;
    const Seam__Line *old_line = NULL;
    const Seam__Line *new_line = NULL;
    struct annual_difference found;
    enum judgement judgement = check_path(in, true_up, lines, month);
    if (judgement == JUDGE_OK) {
        judgement = read_set(in, &old_set, month->parameter_set_hash, true_up->month);
    }
    if (judgement == JUDGE_OK) {
        const bool own = true_up->parameter_set_hash.len > 0;
        new_set = old_set;
        judgement =
            own ? read_set(in, &new_set, true_up->parameter_set_hash, true_up->month) : JUDGE_OK;
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = annual_line(&old_line, lines->line, arena, in->detail);
    if (err == OK) {
        err = annual_line(&new_line, lines->new_line, arena, in->detail);
    }
    if (err == OK) {
        err = annual_evaluate(&found, month, true_up->reason, old_line, old_set, new_line, new_set,
                              arena, in->detail);
    }
    if (err != OK) {
        if (in->detail != NULL && in->detail->err == OK) {
            err_set(in->detail, err, "true_ups", "D37", NULL, NULL);
        }
        return view_judgement(err, JUDGE_NEVER);
    }
    return compare(in, true_up, new_line, &found);
}

static int order(const Seam__TrueUp *a, const Seam__TrueUp *b)
{
    const char *const left[] = {a->month, a->code, a->source, a->detail};
    const char *const right[] = {b->month, b->code, b->source, b->detail};
    int found = 0;
    for (size_t i = 0; i < 4 && found == 0; i++) {
        found = strcmp(left[i], right[i]);
    }
    return found;
}

enum judgement annual_check_true_ups(struct annual_judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    const size_t count = in->lines != NULL ? in->lines->n_lines : 0;
    if (count != annual->n_true_ups) {
        return annual_refuse(in, JUDGE_NEVER, ERR_MISSING, "detached", "D3", "one entry a true-up",
                             NULL);
    }
    enum judgement judgement = JUDGE_OK;
    for (size_t i = 0; i < count && judgement == JUDGE_OK; i++) {
        if (i > 0 && order(annual->true_ups[i - 1], annual->true_ups[i]) >= 0) {
            judgement = annual_refuse(in, JUDGE_NEVER, ERR_NOT_CANONICAL, "true_ups", "D37",
                                      "ascending by month, code, source, detail", NULL);
        } else {
            judgement = check_true_up(in, annual->true_ups[i], in->lines->lines[i]);
        }
        if (judgement == JUDGE_OK && !annual_add_true_up(&in->sum, annual->true_ups[i])) {
            judgement = annual_refuse(in, JUDGE_NEVER, ERR_RANGE, "true_ups", "D34", NULL, NULL);
        }
        if (judgement != JUDGE_OK && in->detail != NULL) {
            in->detail->line = (uint32_t)(i + 1);
        }
    }
    return judgement;
}
