/* SPDX-License-Identifier: Apache-2.0 */
/* An opinion gives a period its value only while it stands, only for the version it speaks of, and
 * only if its type is one that gives a value. */
#include "ledger/assurance/dispute_standing.h"
#include "ledger/assurance/record.h"

#include <assert.h>
#include <string.h>

const char *assurance_grade_text(enum assurance_grade grade)
{
    static const char *const texts[] = {
        [ASSURANCE_REPORTED] = "REPORTED", [ASSURANCE_VERIFIED] = "VERIFIED",
        [ASSURANCE_DISPUTED] = "DISPUTED", [ASSURANCE_SETTLED] = "SETTLED",
        [ASSURANCE_LOCKED] = "LOCKED",
    };
    assert(grade < sizeof texts / sizeof texts[0]);
    return texts[grade];
}

/* One record of a type under a key, as the public views give it. */
#define VIEW(out, type, state, key, arena)                                                         \
    ProtobufCMessage *message = NULL;                                                              \
    const enum err err = record_get(&message, &seam__##type##__descriptor, state, key, arena);     \
    if (err == OK) {                                                                               \
        *(out) = (const void *)message;                                                            \
    }                                                                                              \
    return err

enum err view_engagement(const Seam__EngagementRecord **out, struct overlay *state,
                         const char *engagement, struct arena *arena)
{
    const struct state_key key = record_key(KEY_ENGAGEMENT, engagement);
    VIEW(out, engagement_record, state, &key, arena);
}

enum err view_engagement_step(const Seam__StepRecord **out, struct overlay *state,
                              const char *engagement, uint32_t number, struct arena *arena)
{
    const struct state_key key = record_key_numbered(KEY_ENGAGEMENT_STEP, engagement, number);
    VIEW(out, step_record, state, &key, arena);
}

enum err view_finding(const Seam__FindingRecord **out, struct overlay *state,
                      const char *engagement, uint32_t number, struct arena *arena)
{
    const struct state_key key = record_key_numbered(KEY_FINDING, engagement, number);
    VIEW(out, finding_record, state, &key, arena);
}

enum err view_recompute(const Seam__RecomputeRecord **out, struct overlay *state,
                        const char *engagement, const char *facility, const char *period,
                        struct arena *arena)
{
    struct state_key key;
    if (!record_key_recompute(&key, engagement, facility, period)) {
        return ERR_TYPE;
    }
    VIEW(out, recompute_record, state, &key, arena);
}

enum err view_audit_sample(const Seam__AuditSampleRecord **out, struct overlay *state,
                           const char *engagement, uint32_t number, struct arena *arena)
{
    const struct state_key key = record_key_numbered(KEY_AUDIT_SAMPLE, engagement, number);
    VIEW(out, audit_sample_record, state, &key, arena);
}

enum err view_accreditation(const Seam__AccreditationRecord **out, struct overlay *state,
                            const char *organisation, struct arena *arena)
{
    const struct state_key key = record_key(KEY_ACCREDITATION, organisation);
    VIEW(out, accreditation_record, state, &key, arena);
}

enum err view_opinion(const Seam__OpinionRecord **out, struct overlay *state, const char *opinion,
                      struct arena *arena)
{
    const struct state_key key = record_key(KEY_OPINION, opinion);
    VIEW(out, opinion_record, state, &key, arena);
}

enum err view_opinion_head(const Seam__OpinionHead **out, struct overlay *state,
                           const char *facility, const char *period, struct arena *arena)
{
    struct state_key key;
    if (!record_key_period(&key, KEY_OPINION_HEAD, facility, period)) {
        return ERR_TYPE;
    }
    VIEW(out, opinion_head, state, &key, arena);
}

enum err view_coal_sample(const Seam__CoalSampleRecord **out, struct overlay *state,
                          const char *sample, struct arena *arena)
{
    const struct state_key key = record_key(KEY_COAL_SAMPLE, sample);
    VIEW(out, coal_sample_record, state, &key, arena);
}

enum err view_lab_report(const Seam__LabReportRecord **out, struct overlay *state,
                         const struct hash *report, struct arena *arena)
{
    const struct state_key key = record_key_report(report);
    VIEW(out, lab_report_record, state, &key, arena);
}

enum err view_grant(const Seam__GrantRecord **out, struct overlay *state, const char *owner,
                    const struct hash *evidence, const char *reader, struct arena *arena)
{
    const struct state_key key = record_key_grant(owner, evidence, reader);
    VIEW(out, grant_record, state, &key, arena);
}

enum err view_disclosure(const Seam__DisclosureRecord **out, struct overlay *state,
                         const char *owner, const struct hash *evidence, const char *reader,
                         uint32_t number, struct arena *arena)
{
    const struct state_key key = record_key_disclosure(owner, evidence, reader, number);
    VIEW(out, disclosure_record, state, &key, arena);
}

enum err view_line_reveal(const Seam__LineRevealRecord **out, struct overlay *state,
                          const char *facility, const char *period, uint32_t version,
                          uint32_t index, const char *reader, struct arena *arena)
{
    struct state_key key;
    if (!record_key_reveal(&key, facility, period, version, index, reader)) {
        return ERR_TYPE;
    }
    VIEW(out, line_reveal_record, state, &key, arena);
}

#undef VIEW

/* --- which value counts ---------------------------------------------------------------------- */

static struct assurance_totals reported_totals(const Seam__Account *account)
{
    return (struct assurance_totals){
        .scope1 = grams_of(account->scope1_g),
        .scope2 = grams_of(account->scope2_g),
        .sinks = grams_of(account->sinks_g),
        .information = grams_of(account->information_g),
        .gross = grams_of(account->gross_g),
        .net = grams_of(account->net_g),
    };
}

static struct assurance_totals verified_totals(const Seam__CategoryTotals *totals)
{
    return (struct assurance_totals){
        .scope1 = grams_of(totals->scope1_g),
        .scope2 = grams_of(totals->scope2_g),
        .sinks = grams_of(totals->sinks_g),
        .information = grams_of(totals->information_g),
        .gross = grams_of(totals->gross_g),
        .net = grams_of(totals->net_g),
    };
}

/* Did the opinion that this one replaces speak of an earlier version of the period? */
static enum err add_restated(struct assurance_standing *standing, struct overlay *state,
                             const Seam__OpinionHead *head, struct arena *arena)
{
    const Seam__OpinionRecord *record = NULL;
    enum err err = view_opinion(&record, state, head->opinion, arena);
    if (err == ERR_ABSENT || (err == OK && record->issue == NULL)) {
        return OK;
    }
    if (err != OK || record->issue->replaces[0] == '\0') {
        return err;
    }
    const char *replaces = record->issue->replaces;
    err = view_opinion(&record, state, replaces, arena);
    if (err != OK || record->issue == NULL) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    for (size_t i = 0; i < record->issue->n_subjects; i++) {
        const Seam__OpinionSubject *subject = record->issue->subjects[i];
        if (record_same(subject->facility, head->facility) &&
            record_same(subject->period, head->period) && subject->version < standing->version) {
            standing->restates = replaces;
        }
    }
    return OK;
}

/* What the last opinion on the period makes of it. */
static enum err add_opinion(struct assurance_standing *standing, struct overlay *state,
                            const Seam__OpinionHead *head, struct arena *arena)
{
    standing->engagement = head->engagement;
    if (head->opinion[0] == '\0') {
        return OK;
    }
    if (head->version != standing->version) {
        standing->restates = head->version < standing->version ? head->opinion : "";
        return OK;
    }
    standing->opinion = head->opinion;
    standing->opinion_type = head->type;
    standing->opinion_withdrawn = head->withdrawn;
    if (!head->withdrawn && head->counts && head->verified != NULL) {
        standing->grade = ASSURANCE_VERIFIED;
        standing->in_force = verified_totals(head->verified);
    }
    return add_restated(standing, state, head, arena);
}

enum err assurance_standing(struct assurance_standing *out, struct overlay *state,
                            const char *facility, const char *period, uint32_t version,
                            uint64_t time_ms, struct arena *arena)
{
    const Seam__AccountHead *account = NULL;
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *body = NULL;
    const Seam__OpinionHead *opinion = NULL;
    enum err err = view_account(&account, state, facility, period, arena);
    if (err != OK) {
        return err;
    }
    const uint32_t asked = version != 0 ? version : account->version;
    err = view_account_version(&record, state, facility, period, asked, arena);
    if (err == OK) {
        err = view_account_body(&body, record, arena);
    }
    if (err == OK) {
        err = view_opinion_head(&opinion, state, facility, period, arena);
    }
    if (err != OK && (err != ERR_ABSENT || body == NULL)) {
        return err;
    }
    struct assurance_standing standing = {
        .grade = ASSURANCE_REPORTED,
        .version = asked,
        .superseded = asked != account->version,
        .reported = reported_totals(body),
        .in_force = reported_totals(body),
        .engagement = "",
        .opinion = "",
        .opinion_type = "",
        .restates = "",
        .dispute = "",
    };
    err = opinion != NULL ? add_opinion(&standing, state, opinion, arena) : OK;
    if (err == OK) {
        err = dispute_standing(&standing, state, facility, period, time_ms, arena);
    }
    if (err == OK) {
        *out = standing;
    }
    return err;
}
