/* SPDX-License-Identifier: Apache-2.0 */
/* From twelve months and what became known afterwards to the annual account that two people sign.
 */
#include "ledger/accounting/annual.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A true-up being made: body and detached part side by side, so that sorting moves both. */
struct pair {
    Seam__TrueUp *true_up;
    Seam__TrueUpLines *lines;
};

struct build {
    const Seam__AnnualFile *file;
    const struct annual_source *months;
    const struct annual_change *changes;
    uint32_t version;
    const uint8_t *secret;
    struct period year;
    struct arena *arena;
    struct err_detail *detail;
    struct annual_totals sum;
    struct pair *pairs;
};

static ProtobufCBinaryData data_of(struct bytes bytes)
{
    return (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
}

static enum err copy_hash(const struct build *build, ProtobufCBinaryData *out,
                          const struct hash *hash)
{
    struct bytes bytes;
    if (!arena_copy(build->arena, hash_bytes(hash), &bytes)) {
        return ERR_MEMORY;
    }
    *out = data_of(bytes);
    return OK;
}

enum err annual_file_read_node(const Seam__AnnualFile **out, const struct json_node *node,
                               const char *const *ignored, struct arena *arena,
                               struct errors *errors)
{
    ProtobufCMessage *message = NULL;
    enum err err = json_in_message(&message, &seam__annual_file__descriptor, &annual_fields, node,
                                   ignored, arena, errors);
    if (err == OK) {
        err = field_check(message, &annual_fields, arena, errors);
    }
    if (err == OK) {
        *out = (const Seam__AnnualFile *)message;
    }
    return err;
}

/* --- lines -------------------------------------------------------------------------------------*/

/* The anchored line that change names, and its place. */
static enum err find_line(const struct build *build, const struct annual_source *month,
                          const Seam__Line *change, const Seam__Line **line, size_t *index)
{
    if (month->lines == NULL) {
        return err_set(build->detail, ERR_MISSING, "lines", "D37", NULL, "the lines of the month");
    }
    for (size_t i = 0; i < month->lines->n_lines; i++) {
        const enum err err =
            annual_line(line, month->lines->lines[i]->line, build->arena, build->detail);
        if (err != OK) {
            return err;
        }
        if (calc_line_compare(*line, change) == 0) {
            *index = i;
            return OK;
        }
    }
    return err_set(build->detail, ERR_ABSENT, "change", "D37", change->code,
                   "the month has no such line");
}

/* The old line with the fields that change gives beside the key. */
static enum err apply_change(const struct build *build, const Seam__Line *old_line,
                             const Seam__Line *change, Seam__Line *out)
{
    const ProtobufCMessageDescriptor *type = &seam__line__descriptor;
    *out = *old_line;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (message_count(&change->base, field) == 0 ||
            spell_in_list(field->name, "code,source,fuel,face")) {
            continue;
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED ||
            (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)) {
            return err_set(build->detail, ERR_PARAM, field->name, "D37", NULL,
                           "a true-up does not change this");
        }
        memcpy((char *)out + field->offset, (const char *)change + field->offset, sizeof(void *));
    }
    return OK;
}

static enum err add_path(const struct build *build, Seam__TrueUpLines *out,
                         const Seam__AccountLines *lines, size_t index)
{
    struct merkle_path path;
    struct hash *leaves = arena_alloc(build->arena, lines->n_lines * sizeof *leaves);
    if (leaves == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < lines->n_lines; i++) {
        const Seam__AccountLine *line = lines->lines[i];
        if (line->salt.len != MERKLE_SALT_SIZE) {
            return ERR_LENGTH;
        }
        merkle_line_leaf(&leaves[i], line->salt.data, bytes_of(line->line.data, line->line.len));
    }
    merkle_path_of(&path, index, leaves, lines->n_lines);
    out->path = arena_alloc(build->arena, (path.count + 1u) * sizeof *out->path);
    if (out->path == NULL) {
        return ERR_MEMORY;
    }
    enum err err = OK;
    for (size_t i = 0; i < path.count && err == OK; i++) {
        err = copy_hash(build, &out->path[i], &path.siblings[i]);
    }
    out->n_path = path.count;
    out->index = (uint32_t)index;
    out->salt = lines->lines[index]->salt;
    out->line = lines->lines[index]->line;
    return err;
}

/* The new line's salt: of the year, the version and the line's key with its month. */
static enum err add_new_line(const struct build *build, struct pair *pair, const char *month,
                             const Seam__Line *line)
{
    char key[PERIOD_TEXT_SIZE + 3 * (LIMIT_ID_TEXT + 1)];
    struct bytes packed;
    struct hash leaf;
    uint8_t *salt = arena_alloc(build->arena, ACCOUNT_SALT_SIZE);
    if (salt == NULL) {
        return ERR_MEMORY;
    }
    const int size = snprintf(key, sizeof key, "%.7s/%.64s/%.64s/%.64s", month, line->code,
                              line->source, calc_line_detail(line));
    account_salt(salt, build->secret, build->file->year, build->version, 'T',
                 bytes_of(key, (size_t)size < sizeof key ? (size_t)size : sizeof key - 1));
    const enum err err = message_pack(&packed, &line->base, build->arena);
    if (err != OK) {
        return err;
    }
    merkle_line_leaf(&leaf, salt, packed);
    pair->lines->new_salt = (ProtobufCBinaryData){.len = ACCOUNT_SALT_SIZE, .data = salt};
    pair->lines->new_line = data_of(packed);
    return copy_hash(build, &pair->true_up->leaf, &leaf);
}

static enum err add_true_up(struct build *build, const struct annual_change *change,
                            struct pair *pair)
{
    const Seam__TrueUpFile *file = change->file;
    struct period period;
    if (period_parse(&period, bytes_text(file->month)) != OK || period.cadence != CADENCE_MONTH ||
        period.number / ANNUAL_MONTHS != build->year.number) {
        return err_set(build->detail, ERR_RANGE, "month", "D37", build->file->year,
                       "a month of the year");
    }
    const struct annual_source *month = &build->months[period.number % ANNUAL_MONTHS];
    const Seam__Line *old_line = NULL;
    Seam__Line new_line;
    struct annual_difference found;
    size_t index = 0;
    enum err err = find_line(build, month, file->change, &old_line, &index);
    if (err == OK) {
        err = apply_change(build, old_line, file->change, &new_line);
    }
    if (err == OK) {
        err = annual_evaluate(&found, month->account, file->reason, old_line, month->set, &new_line,
                              change->set, build->arena, build->detail);
    }
    if (err == OK) {
        err = add_path(build, pair->lines, month->lines, index);
    }
    if (err == OK) {
        err = add_new_line(build, pair, file->month, &new_line);
    }
    if (err == OK && change->own_set) {
        err = copy_hash(build, &pair->true_up->parameter_set_hash, &change->set->hash);
    }
    if (err != OK) {
        return err;
    }
    Seam__TrueUp *true_up = pair->true_up;
    true_up->month = file->month;
    true_up->code = old_line->code;
    true_up->source = old_line->source;
    true_up->detail = (char *)(uintptr_t)calc_line_detail(old_line);
    true_up->reason = file->reason;
    true_up->old_factor = (char *)(uintptr_t)found.old_factor;
    true_up->new_factor = (char *)(uintptr_t)found.new_factor;
    true_up->scope = (char *)(uintptr_t)found.scope;
    true_up->co2_g = found.co2_g;
    true_up->ch4_g = found.ch4_g;
    true_up->co2e_g = found.co2e_g;
    return annual_add_true_up(&build->sum, true_up)
               ? OK
               : err_set(build->detail, ERR_RANGE, "true_ups", "D34", NULL, NULL);
}

/* --- the account -------------------------------------------------------------------------------*/

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

/* Each into its place; a line twice has no second place. */
static enum err add_true_ups(struct build *build)
{
    const size_t count = build->file->n_true_ups;
    build->pairs = arena_alloc(build->arena, (count + 1) * sizeof *build->pairs);
    if (build->pairs == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct pair pair = {arena_alloc(build->arena, sizeof *pair.true_up),
                            arena_alloc(build->arena, sizeof *pair.lines)};
        if (pair.true_up == NULL || pair.lines == NULL) {
            return ERR_MEMORY;
        }
        seam__true_up__init(pair.true_up);
        seam__true_up_lines__init(pair.lines);
        enum err err = add_true_up(build, &build->changes[i], &pair);
        size_t at = i;
        for (; err == OK && at > 0; at--) {
            const int place = order(build->pairs[at - 1].true_up, pair.true_up);
            if (place < 0) {
                break;
            }
            if (place == 0) {
                err = err_set(build->detail, ERR_TWICE, "true_ups", "D37", pair.true_up->code,
                              "one true-up a line");
            }
            build->pairs[at] = build->pairs[at - 1];
        }
        if (err != OK) {
            if (build->detail != NULL) {
                build->detail->line = (uint32_t)(i + 1);
            }
            return err;
        }
        build->pairs[at] = pair;
    }
    return OK;
}

static enum err add_months(struct build *build, Seam__AnnualAccount *annual)
{
    annual->months = arena_alloc(build->arena, ANNUAL_MONTHS * sizeof(Seam__AnnualMonth *));
    if (annual->months == NULL) {
        return ERR_MEMORY;
    }
    for (uint32_t i = 0; i < ANNUAL_MONTHS; i++) {
        const struct annual_source *source = &build->months[i];
        Seam__AnnualMonth *month = arena_alloc(build->arena, sizeof *month);
        if (month == NULL) {
            return ERR_MEMORY;
        }
        seam__annual_month__init(month);
        month->period = source->account->period;
        month->version = source->account->version;
        const enum err err = copy_hash(build, &month->account_hash, &source->hash);
        if (err != OK) {
            return err;
        }
        if (!annual_add_month(&build->sum, source->account)) {
            return err_set(build->detail, ERR_RANGE, "months", "D34", month->period, NULL);
        }
        annual->months[annual->n_months++] = month;
    }
    annual->months_gross_g = build->sum.gross_g;
    annual->months_net_g = build->sum.net_g;
    return OK;
}

static void copy_totals(Seam__AnnualAccount *annual, const struct annual_totals *sum)
{
    annual->gross_g = sum->gross_g;
    annual->net_g = sum->net_g;
    annual->scope1_g = sum->scope1_g;
    annual->scope2_g = sum->scope2_g;
    annual->sinks_g = sum->sinks_g;
    annual->information_g = sum->information_g;
    annual->co2_g = sum->co2_g;
    annual->ch4_g = sum->ch4_g;
}

static enum err pack(struct build *build, Seam__AnnualAccount *annual, struct annual_draft *out)
{
    const size_t count = build->file->n_true_ups;
    Seam__AnnualLines lines = SEAM__ANNUAL_LINES__INIT;
    annual->true_ups = arena_alloc(build->arena, (count + 1) * sizeof(Seam__TrueUp *));
    lines.lines = arena_alloc(build->arena, (count + 1) * sizeof(Seam__TrueUpLines *));
    if (annual->true_ups == NULL || lines.lines == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        annual->true_ups[i] = build->pairs[i].true_up;
        lines.lines[i] = build->pairs[i].lines;
    }
    annual->n_true_ups = count;
    lines.n_lines = count;
    copy_totals(annual, &build->sum);
    struct annual_draft draft = {.annual = annual};
    enum err err = message_pack(&draft.payload, &annual->base, build->arena);
    if (err == OK) {
        err = message_pack(&draft.detached, &lines.base, build->arena);
    }
    if (err == OK && draft.detached.size > LIMIT_TX_DETACHED) {
        err = err_set(build->detail, ERR_TOO_LARGE, "true_ups", "D24", "262,144 bytes", NULL);
    }
    if (err == OK) {
        annual_hash(&draft.hash, draft.payload);
        *out = draft;
    }
    return err;
}

enum err annual_build(struct annual_draft *out, const Seam__AnnualFile *file,
                      const struct annual_source months[ANNUAL_MONTHS],
                      const struct annual_change *changes, uint32_t version,
                      const struct hash *previous, const uint8_t secret[ACCOUNT_SECRET_SIZE],
                      struct arena *arena, struct err_detail *detail)
{
    assert(out != NULL && file != NULL && version >= 1);
    struct build build = {.file = file,
                          .months = months,
                          .changes = changes,
                          .version = version,
                          .secret = secret,
                          .arena = arena,
                          .detail = detail};
    Seam__AnnualAccount *annual = arena_alloc(arena, sizeof *annual);
    if (annual == NULL) {
        return ERR_MEMORY;
    }
    seam__annual_account__init(annual);
    if (!annual_year(&build.year, file->year)) {
        return err_set(detail, ERR_TYPE, "year", "D30", "YYYY", NULL);
    }
    if (version > 1 && file->reason[0] == '\0') {
        return err_set(detail, ERR_MISSING, "reason", "4.4", NULL, "a later version says why");
    }
    annual->facility = file->facility;
    annual->kind = months[0].account->kind;
    annual->year = file->year;
    annual->version = version;
    annual->reason = file->reason;
    enum err err = previous != NULL ? copy_hash(&build, &annual->previous, previous) : OK;
    if (err == OK) {
        err = add_months(&build, annual);
    }
    if (err == OK) {
        err = add_true_ups(&build);
    }
    return err == OK ? pack(&build, annual, out) : err;
}
