/* SPDX-License-Identifier: Apache-2.0 */
/* What an accreditation body said of a verifier or laboratory, set by a regulator. Dates count in
 * the local time of the place where the work is done. */
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/rules.h"

#include "ledger/base/period.h"

#include <string.h>

#define ENTRIES_MAX 50
#define MINUTE_MS INT64_C(60000)

static bool holds(char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (record_same(list[i], text)) {
            return true;
        }
    }
    return false;
}

static enum err local_date(char *out, struct overlay *state, const char *jurisdiction,
                           uint64_t time_ms, struct arena *arena)
{
    const Seam__JurisdictionRecord *place = NULL;
    const enum err err = view_jurisdiction(&place, state, jurisdiction, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    const int64_t local = (int64_t)time_ms + place->utc_offset_minutes * MINUTE_MS;
    date_text(out, date_of_days(local / (int64_t)DAY_MS));
    return OK;
}

enum err accreditation_valid(bool *out, const char **reason, struct overlay *state,
                             const char *organisation, const char *kind, const char *scope,
                             const char *jurisdiction, uint64_t time_ms, struct arena *arena)
{
    const Seam__AccreditationRecord *record = NULL;
    char today[DATE_TEXT_SIZE];
    enum err err = view_accreditation(&record, state, organisation, arena);
    if (err == ERR_ABSENT) {
        *out = false;
        *reason = "not accredited";
        return OK;
    }
    if (err == OK) {
        err = local_date(today, state, jurisdiction, time_ms, arena);
    }
    if (err != OK) {
        return err;
    }
    const Seam__AccreditationSet *set = record->set;
    const char *why = NULL;
    if (!record_same(set->kind, kind) || !record_same(set->status, "ACTIVE")) {
        why = "its accreditation is of another kind, suspended or revoked";
    } else if (strcmp(today, set->valid_from) < 0 || strcmp(today, set->valid_to) > 0) {
        why = "its accreditation is not valid today";
    } else if (!holds(set->scopes, set->n_scopes, scope)) {
        why = "outside the scope of its accreditation";
    } else if (set->n_jurisdictions > 0 &&
               !holds(set->jurisdictions, set->n_jurisdictions, jurisdiction)) {
        why = "its accreditation is for other provinces";
    }
    *out = why == NULL;
    *reason = why;
    return OK;
}

static enum judgement set_valid(const Seam__AccreditationSet *in, struct err_detail *detail)
{
    const struct {
        const char *field;
        char *const *list;
        size_t count;
    } lists[] = {{"scopes", in->scopes, in->n_scopes},
                 {"jurisdictions", in->jurisdictions, in->n_jurisdictions},
                 {"prepares_in", in->prepares_in, in->n_prepares_in}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (lists[i].count > ENTRIES_MAX || !record_ascending(lists[i].list, lists[i].count)) {
            return refusal_never(detail, (struct refusal){ERR_NOT_CANONICAL, lists[i].field, "V21",
                                                          "50", "ascending, each once"});
        }
    }
    if (in->n_scopes == 0) {
        return refusal_never(detail, (struct refusal){ERR_MISSING, "scopes", "V21", NULL,
                                                      "what it is accredited for"});
    }
    if (strcmp(in->valid_from, in->valid_to) > 0) {
        return refusal_never(detail,
                             (struct refusal){ERR_RANGE, "valid_to", "V21", in->valid_from, NULL});
    }
    if (!record_same(in->status, "ACTIVE") && in->reason[0] == '\0') {
        return refusal_never(detail, (struct refusal){ERR_MISSING, "reason", "V21", NULL,
                                                      "why it is suspended or revoked"});
    }
    return JUDGE_OK;
}

/* The regulator of the place where the organisation is registered. */
static enum judgement sender_competent(struct rule_context *context,
                                       const Seam__OrganisationRecord *organisation,
                                       struct err_detail *detail)
{
    const Seam__OrganisationRecord *sender = NULL;
    const enum err err =
        view_organisation(&sender, context->state, context->organisation_id, context->arena);
    if (err != OK) {
        return refusal_of_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (!record_same(sender->jurisdiction, organisation->jurisdiction)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "organisation", "V21",
                                                      organisation->jurisdiction,
                                                      "the regulator of its jurisdiction"});
    }
    return JUDGE_OK;
}

enum judgement accreditation_set(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__AccreditationSet *in = (const Seam__AccreditationSet *)payload;
    const Seam__OrganisationRecord *organisation = NULL;
    enum judgement judgement = set_valid(in, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err =
        view_organisation(&organisation, context->state, in->organisation, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "organisation", in->organisation);
    }
    const uint32_t role = record_same(in->kind, "VERIFIER") ? ROLE_VERIFIER : ROLE_LABORATORY;
    if ((organisation->roles & role) == 0) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "organisation", "V21", in->kind,
                                                      "it does not have this role"});
    }
    judgement = sender_competent(context, organisation, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__AccreditationRecord record = SEAM__ACCREDITATION_RECORD__INIT;
    record.set = (Seam__AccreditationSet *)(uintptr_t)in;
    record.regulator = (char *)(uintptr_t)context->organisation_id;
    record.height = context->height;
    record.time_ms = context->time_ms;
    const struct state_key key = record_key(KEY_ACCREDITATION, in->organisation);
    return refusal_of_world(detail, record_put(context, &key, &record.base));
}

void accreditation_set_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    const Seam__AccreditationSet *in = (const Seam__AccreditationSet *)payload;
    const struct state_key key = state_key_named(KEY_ORGANISATION, in->organisation);
    (void)creates;
    *needs = record_link(context, &key);
}
