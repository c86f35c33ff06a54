/* SPDX-License-Identifier: Apache-2.0 */
/* A line's amount can depend on other lines of its file (gas that is burnt is deducted where it was
 * drained), so the whole account is calculated again from the lines that were anchored. */

#include "ledger/assurance/dispute_subject.h"

#include <string.h>

#include "ledger/assurance/view.h"
#include "ledger/base/num.h"

struct category {
    const char *name;
    const char *scope; /* of a calculated line */
    const char *field;
    size_t offset;
};

#define CATEGORY(name_, scope_, field_)                                                            \
    {                                                                                              \
        name_, scope_, #field_, offsetof(Seam__CategoryTotals, field_)                             \
    }
static const struct category categories[DISPUTE_CATEGORIES] = {
    [DISPUTE_SCOPE1] = CATEGORY("SCOPE1", "1", scope1_g),
    [DISPUTE_SCOPE2] = CATEGORY("SCOPE2", "2", scope2_g),
    [DISPUTE_SINK] = CATEGORY("SINK", "SINK", sinks_g),
    [DISPUTE_INFORMATION] = CATEGORY("INFORMATION", "INFO", information_g),
};
#undef CATEGORY

enum dispute_category dispute_category_of(const char *text)
{
    enum dispute_category at = DISPUTE_SCOPE1;
    while (at < DISPUTE_CATEGORIES && strcmp(categories[at].name, text) != 0) {
        at++;
    }
    return at;
}

const char *dispute_category_field(enum dispute_category category)
{
    return categories[category].field;
}

int64_t dispute_category_g(const Seam__CategoryTotals *totals, enum dispute_category category)
{
    int64_t out = 0;
    memcpy(&out, (const uint8_t *)totals + categories[category].offset, sizeof out);
    return out;
}

/* --- what is at hand --------------------------------------------------------------------------*/

static enum err read_engagement(struct dispute_subject *out)
{
    const Seam__OpinionRecord *opinion = NULL;
    const Seam__EngagementRecord *engagement = NULL;
    if (out->record->verified == NULL || out->record->opinion[0] == '\0') {
        return OK;
    }
    enum err err = view_opinion(&opinion, out->state, out->record->opinion, out->arena);
    if (err == OK && opinion->issue != NULL) {
        err = view_engagement(&engagement, out->state, opinion->issue->engagement, out->arena);
    }
    if (err == OK && engagement != NULL) {
        out->engagement = opinion->issue->engagement;
        out->findings = engagement->findings;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

static enum err read_lines(struct dispute_subject *out, ProtobufCBinaryData lines,
                           struct err_detail *detail)
{
    const Seam__AccountRecord *account = NULL;
    const Seam__Account *body = NULL;
    enum err err = view_account_version(&account, out->state, out->record->facility,
                                        out->record->period, out->record->version, out->arena);
    if (err == OK) {
        err = view_account_body(&body, account, out->arena);
    }
    return err == OK ? view_account_result(&out->result, out->state, body,
                                           bytes_of(lines.data, lines.len), out->arena, detail)
                     : err;
}

enum err dispute_subject_open(struct dispute_subject *out, struct overlay *state,
                              const Seam__DisputeRecord *record, ProtobufCBinaryData lines,
                              struct arena *arena, struct err_detail *detail)
{
    struct dispute_subject subject = {
        .state = state, .arena = arena, .record = record, .engagement = ""};
    enum err err = read_engagement(&subject);
    if (err == OK && lines.len > 0) {
        err = read_lines(&subject, lines, detail);
    }
    if (err == OK) {
        *out = subject;
    }
    return err;
}

/* --- amounts ----------------------------------------------------------------------------------*/

static bool is_total(const Seam__DisputeClaim *claim)
{
    return claim->code[0] == '\0' && claim->source[0] == '\0' && claim->detail[0] == '\0';
}

bool dispute_subject_same(const Seam__DisputeClaim *a, const Seam__DisputeClaim *b)
{
    return strcmp(a->code, b->code) == 0 && strcmp(a->source, b->source) == 0 &&
           strcmp(a->detail, b->detail) == 0 &&
           (!is_total(a) || strcmp(a->category, b->category) == 0);
}

static enum err total_amount(struct dispute_amount *out, const struct dispute_subject *in,
                             const Seam__DisputeClaim *claim)
{
    const Seam__CategoryTotals *reported = in->record->reported;
    const Seam__CategoryTotals *verified = in->record->verified;
    const enum dispute_category category = dispute_category_of(claim->category);
    if (category == DISPUTE_CATEGORIES || reported == NULL) {
        return ERR_ENUM;
    }
    *out = (struct dispute_amount){
        .category = category,
        .reported_g = dispute_category_g(reported, category),
        .stated_g = dispute_category_g(verified != NULL ? verified : reported, category),
    };
    return OK;
}

static const Seam__LineResult *line_of(const struct dispute_subject *in,
                                       const Seam__DisputeClaim *claim)
{
    for (size_t i = 0; i < in->result->n_lines; i++) {
        const Seam__LineResult *line = in->result->lines[i];
        if (strcmp(line->code, claim->code) == 0 && strcmp(line->source, claim->source) == 0 &&
            strcmp(line->detail, claim->detail) == 0) {
            return line;
        }
    }
    return NULL;
}

static enum dispute_category scope_of(const Seam__LineResult *line)
{
    enum dispute_category at = DISPUTE_SCOPE1;
    while (at < DISPUTE_CATEGORIES && strcmp(categories[at].scope, line->scope) != 0) {
        at++;
    }
    return at;
}

static bool names(const Seam__FindingRaise *finding, const struct dispute_subject *in,
                  const Seam__DisputeClaim *claim)
{
    return strcmp(finding->facility, in->record->facility) == 0 &&
           strcmp(finding->period, in->record->period) == 0 &&
           finding->version == in->record->version && strcmp(finding->code, claim->code) == 0 &&
           strcmp(finding->source, claim->source) == 0 &&
           strcmp(finding->detail, claim->detail) == 0;
}

/* Adds the effects of the findings that name this line. A line that only a finding has is of the
 * category of the first that counts. */
static enum err add_findings(struct dispute_amount *out, const struct dispute_subject *in,
                             const Seam__DisputeClaim *claim)
{
    for (uint32_t i = 1; i <= in->findings; i++) {
        const Seam__FindingRecord *finding = NULL;
        const enum err err = view_finding(&finding, in->state, in->engagement, i, in->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        if (finding->raise == NULL || !names(finding->raise, in, claim) || finding->effect_g == 0) {
            continue;
        }
        const enum dispute_category category = dispute_category_of(finding->raise->category);
        if (out->category == DISPUTE_CATEGORIES) {
            out->category = category;
        }
        if (category == out->category &&
            !num_add_i64(&out->stated_g, out->stated_g, finding->effect_g)) {
            return ERR_RANGE;
        }
    }
    return OK;
}

enum err dispute_subject_amount(struct dispute_amount *out, const struct dispute_subject *in,
                                const Seam__DisputeClaim *claim)
{
    if (is_total(claim)) {
        return total_amount(out, in, claim);
    }
    if (in->result == NULL) {
        return ERR_MISSING;
    }
    struct dispute_amount amount = {.category = DISPUTE_CATEGORIES};
    const Seam__LineResult *line = line_of(in, claim);
    if (line != NULL) {
        amount = (struct dispute_amount){scope_of(line), line->co2e_g, line->co2e_g};
    }
    const enum err err = add_findings(&amount, in, claim);
    if (err != OK) {
        return err;
    }
    if (amount.category == DISPUTE_CATEGORIES) {
        return ERR_ABSENT;
    }
    *out = amount;
    return OK;
}
