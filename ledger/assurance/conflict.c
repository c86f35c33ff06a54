/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of conflicts of interest [KSSJ 6.1a] (V21, F9, decision D42). What the ledger knows it
 * asks itself; the rest both parties declare, and a false declaration is a ground to revoke. Each
 * rule is a value coi.NAME of the rule set: 0 is not asked, 1 may be overridden by a regulator, 2
 * never. */
#include "ledger/assurance/engagement.h"

#include "ledger/assurance/kinship.h"

#include <stdio.h>
#include <string.h>

#define KEY_SIZE 64
#define FACILITIES_MAX 10000 /* of one organisation */

/* [D42] what the ledger cannot know. */
static const struct {
    const char *name;
    const char *hint;
} declarations[] = {
    {"FEE_FIXED", "the fee does not depend on the result"},
    {"NO_EMPLOYMENT", "no person of the team worked for the client in the last 3 years"},
    {"NO_PREPARATION", "the verifier did not prepare, advise on or compute these accounts, "
                       "nor those of the 3 years before"},
    {"NO_SALES", "the verifier sold the client neither credits nor monitoring equipment"},
    {"NO_SHARES", "neither shares nor directors in common"},
};

/* 0, 1 or 2; a rule that the set does not name is strict. */
static uint32_t strictness(const struct parameters *rules, const char *rule)
{
    char key[KEY_SIZE];
    uint32_t value = 0;
    (void)snprintf(key, sizeof key, "coi.%.40s", rule);
    return parameter_integer(&value, rules, key, 0) && value <= 2 ? value : 2;
}

bool conflict_waivable(const struct parameters *rules, const char *rule)
{
    char key[KEY_SIZE];
    uint32_t value = 0;
    (void)snprintf(key, sizeof key, "coi.%.40s", rule);
    return parameter_integer(&value, rules, key, 0) && value == 1;
}

/* Is the rule asked at all, or set aside for this engagement? */
static bool asked(const struct engaging *in, const struct parameters *rules, const char *rule)
{
    const uint32_t strict = strictness(rules, rule);
    for (size_t i = 0; strict == 1 && i < in->record->n_overrides; i++) {
        if (record_same(in->record->overrides[i]->rule, rule)) {
            return false;
        }
    }
    return strict != 0;
}

static enum judgement refuse(const struct engaging *in, const char *rule, const char *limit,
                             const char *hint)
{
    char name[KEY_SIZE];
    (void)snprintf(name, sizeof name, "COI.%.40s", rule);
    return refusal_never(
        in->detail, (struct refusal){ERR_CONFLICT_OF_INTEREST, "engagement", name, limit, hint});
}

static enum judgement check_kinship(const struct engaging *in, const struct parameters *rules)
{
    const Seam__EngagementRecord *record = in->record;
    bool same = false;
    if (asked(in, rules, "SAME_ORGANISATION") && record_same(record->client, record->verifier)) {
        return refuse(in, "SAME_ORGANISATION", record->client, "nobody verifies itself");
    }
    if (!asked(in, rules, "SAME_GROUP")) {
        return JUDGE_OK;
    }
    const enum err err = kinship_same(&same, in->context->state, record->client, record->verifier,
                                      in->context->arena);
    if (err != OK) {
        return refusal_of_view(in->detail, err, "engagement", record->verifier);
    }
    return same ? refuse(in, "SAME_GROUP", NULL, "client and verifier belong to one group")
                : JUDGE_OK;
}

/* Does an organisation answer for a facility in this province? */
static enum err operates_in(bool *out, const struct engaging *in, const char *organisation,
                            const char *jurisdiction)
{
    struct hash owner;
    id_hash(&owner, KEY_ORGANISATION, organisation);
    bool found = false;
    for (uint32_t i = 0; i < FACILITIES_MAX && !found; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__FacilityRecord *facility = NULL;
        enum err err =
            view_list(&entry, in->context->state, KEY_FACILITY, &owner, i, in->context->arena);
        if (err == ERR_ABSENT) {
            break;
        }
        if (err == OK) {
            err = view_facility(&facility, in->context->state, entry->id, in->context->arena);
        }
        if (err != OK) {
            return err;
        }
        found = record_same(facility->jurisdiction, jurisdiction);
    }
    *out = found;
    return OK;
}

/* ... or prepare reports there, for itself or for others? */
static enum err prepares_in(bool *out, const struct engaging *in, const char *organisation,
                            const char *jurisdiction)
{
    const Seam__AccreditationRecord *record = NULL;
    enum err err = operates_in(out, in, organisation, jurisdiction);
    if (err != OK || *out) {
        return err;
    }
    err = view_accreditation(&record, in->context->state, organisation, in->context->arena);
    for (size_t i = 0; err == OK && i < record->set->n_prepares_in; i++) {
        *out = *out || record_same(record->set->prepares_in[i], jurisdiction);
    }
    return err == ERR_ABSENT ? OK : err;
}

/* The verifier, or anybody of its group: what one of them prepares the other does not audit. */
static enum err group_prepares_in(bool *out, const struct engaging *in, const char *jurisdiction)
{
    struct rule_context *context = in->context;
    const char *verifier = in->record->verifier;
    const Seam__Counters *counters = NULL;
    enum err err = prepares_in(out, in, verifier, jurisdiction);
    if (err == OK) {
        err = view_counters(&counters, context->state, context->arena);
    }
    const uint32_t count = err == OK ? counters->organisations : 0;
    for (uint32_t i = 0; err == OK && !*out && i < count; i++) {
        const Seam__ListEntry *entry = NULL;
        bool kin = false;
        err = view_list(&entry, context->state, KEY_ORGANISATION, NULL, i, context->arena);
        if (err == OK) {
            err = kinship_same(&kin, context->state, verifier, entry->id, context->arena);
        }
        if (err == OK && kin) {
            err = prepares_in(out, in, entry->id, jurisdiction);
        }
    }
    return err == ERR_ABSENT ? OK : err;
}

/* F9, Art. 13: in one province nobody both prepares and audits reports. */
static enum judgement check_province(const struct engaging *in, const struct parameters *rules,
                                     const Seam__FacilityRecord *facility)
{
    bool both = false;
    if (!asked(in, rules, "PROVINCE")) {
        return JUDGE_OK;
    }
    const enum err err = group_prepares_in(&both, in, facility->jurisdiction);
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    return both ? refuse(in, "PROVINCE", facility->jurisdiction,
                         "its group prepares reports in the province where it would audit them")
                : JUDGE_OK;
}

bool conflict_replaces(const struct engaging *in, const char *facility)
{
    for (size_t i = 0; in->replaced != NULL && i < in->replaced->n_subjects; i++) {
        if (record_same(in->replaced->subjects[i]->facility, facility)) {
            return true;
        }
    }
    return false;
}

/* [D42] the same verifier, or another of its group, issued the last N opinions. */
static enum judgement check_series(const struct engaging *in, const struct parameters *rules,
                                   const Seam__FacilityRecord *facility)
{
    struct state_key key = state_key_of(KEY_OPINION_SERIES);
    ProtobufCMessage *message = NULL;
    uint32_t most = 0;
    if (!asked(in, rules, "OPINIONS_IN_ROW") || conflict_replaces(in, facility->facility)) {
        return JUDGE_OK;
    }
    const enum judgement judgement =
        parameter_need(&most, rules, "coi.opinions_in_row_max", 0, in->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    state_key_id(&key, KEY_FACILITY, facility->facility);
    const enum err err = record_get(&message, &seam__opinion_series__descriptor, in->context->state,
                                    &key, in->context->arena);
    if (err == ERR_ABSENT) {
        return JUDGE_OK;
    }
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    const Seam__OpinionSeries *series = (const Seam__OpinionSeries *)message;
    bool again = false;
    const enum err kin = kinship_same(&again, in->context->state, series->verifier,
                                      in->record->verifier, in->context->arena);
    if (kin != OK) {
        return refusal_of_world(in->detail, kin == ERR_ABSENT ? ERR_CORRUPT : kin);
    }
    if (again && series->run >= most) {
        char limit[16];
        (void)snprintf(limit, sizeof limit, "%u", (unsigned)most);
        return refuse(in, "OPINIONS_IN_ROW", limit, "another verifier must come in between");
    }
    return JUDGE_OK;
}

static enum judgement check_accreditation(const struct engaging *in, const struct parameters *rules,
                                          const Seam__FacilityRecord *facility)
{
    bool valid = false;
    const char *reason = NULL;
    if (!asked(in, rules, "ACCREDITATION")) {
        return JUDGE_OK;
    }
    const enum err err = accreditation_valid(
        &valid, &reason, in->context->state, in->record->verifier, "VERIFIER", facility->kind,
        facility->jurisdiction, in->context->time_ms, in->context->arena);
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    return valid ? JUDGE_OK : refuse(in, "ACCREDITATION", facility->kind, reason);
}

/* Asks once for each facility of the scope, which ascends by facility. */
static enum judgement each_facility(const struct engaging *in, const struct parameters *rules,
                                    enum judgement (*check)(const struct engaging *,
                                                            const struct parameters *,
                                                            const Seam__FacilityRecord *))
{
    const char *last = "";
    for (size_t i = 0; i < in->record->n_scope; i++) {
        const Seam__FacilityRecord *facility = NULL;
        if (record_same(in->record->scope[i]->facility, last)) {
            continue;
        }
        last = in->record->scope[i]->facility;
        const enum err err = view_facility(&facility, in->context->state, last, in->context->arena);
        if (err != OK) {
            return refusal_of_view(in->detail, err, "scope", last);
        }
        const enum judgement judgement = check(in, rules, facility);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

static bool declared(char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (record_same(list[i], name)) {
            return true;
        }
    }
    return false;
}

static enum judgement check_declarations(const struct engaging *in, const struct parameters *rules)
{
    const Seam__EngagementRecord *record = in->record;
    for (size_t i = 0; i < sizeof declarations / sizeof declarations[0]; i++) {
        const char *name = declarations[i].name;
        if (!asked(in, rules, name)) {
            continue;
        }
        const bool client =
            declared(record->client_declarations, record->n_client_declarations, name);
        const bool verifier =
            declared(record->verifier_declarations, record->n_verifier_declarations, name);
        if (!client || !verifier) {
            return refuse(in, name, client ? "verifier" : "client", declarations[i].hint);
        }
    }
    return JUDGE_OK;
}

enum judgement conflict_check(const struct engaging *in, const struct parameters *rules)
{
    enum judgement judgement = check_kinship(in, rules);
    if (judgement == JUDGE_OK) {
        judgement = each_facility(in, rules, check_province);
    }
    if (judgement == JUDGE_OK) {
        judgement = each_facility(in, rules, check_series);
    }
    if (judgement == JUDGE_OK) {
        judgement = each_facility(in, rules, check_accreditation);
    }
    return judgement == JUDGE_OK ? check_declarations(in, rules) : judgement;
}
