/* SPDX-License-Identifier: Apache-2.0 */
/* An engagement is an offer by one party and an answer by the other; the gate of conflicts of
 * interest stands at the answer, when both have declared. */
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/kinship.h"
#include "ledger/assurance/rules.h"
#include "ledger/base/period.h"

#include <assert.h>
#include <string.h>

#define RECEIPT_LATE 1u

/* --- the offer -------------------------------------------------------------------------------- */

static enum judgement party_valid(struct rule_context *context, const char *organisation,
                                  uint32_t roles, const char *field, struct err_detail *detail)
{
    const Seam__OrganisationRecord *record = NULL;
    const enum err err = view_organisation(&record, context->state, organisation, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, field, organisation);
    }
    if ((record->roles & roles) == 0) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, field, "V21", NULL,
                                                      "the organisation has another role"});
    }
    return JUDGE_OK;
}

/* [KSSJ 6.1a] a verifier verifies, somebody who answers for facilities is verified. */
static enum judgement parties_valid(struct rule_context *context, const Seam__EngageOpen *in,
                                    struct err_detail *detail)
{
    if (!record_same(context->organisation_id, in->client) &&
        !record_same(context->organisation_id, in->verifier)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "client", "D42", NULL,
                                                      "one of the two parties makes the offer"});
    }
    const enum judgement judgement =
        party_valid(context, in->verifier, ROLE_VERIFIER, "verifier", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    return party_valid(context, in->client, ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER,
                       "client", detail);
}

static enum judgement declarations_valid(char *const *list, size_t count, struct err_detail *detail)
{
    if (count > ENGAGEMENT_DECLARATIONS_MAX || !record_ascending(list, count)) {
        return refusal_never(detail, (struct refusal){ERR_NOT_CANONICAL, "declarations", "D42",
                                                      "16", "ascending, each once"});
    }
    return JUDGE_OK;
}

/* The facility must be the client's own, or that of a member of its group. */
static enum judgement facility_valid(struct rule_context *context, const Seam__EngageOpen *in,
                                     const char *id, const Seam__FacilityRecord **out,
                                     struct err_detail *detail)
{
    bool above = false;
    enum err err = view_facility(out, context->state, id, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "scope", id);
    }
    err = kinship_above(&above, context->state, in->client, (*out)->organisation, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "client", in->client);
    }
    if (!above) {
        return refusal_never(detail,
                             (struct refusal){ERR_ROLE, "scope", "D42", (*out)->organisation,
                                              "another organisation answers for the facility"});
    }
    return JUDGE_OK;
}

static enum judgement range_of(struct period *from, struct period *to, const Seam__ScopeItem *item,
                               const Seam__FacilityRecord *facility, struct err_detail *detail)
{
    struct period start;
    if (period_parse(&start, bytes_text(facility->start_period)) != OK) {
        return refusal_of_world(detail, ERR_CORRUPT);
    }
    if (period_parse(from, bytes_text(item->from_period)) != OK ||
        period_parse(to, bytes_text(item->to_period)) != OK || from->cadence != start.cadence ||
        to->cadence != start.cadence) {
        return refusal_never(detail,
                             (struct refusal){ERR_TYPE, "scope", "D30", facility->start_period,
                                              "periods of the facility's cadence"});
    }
    if (from->number > to->number || from->number < start.number) {
        return refusal_never(detail,
                             (struct refusal){ERR_RANGE, "scope", "D42", facility->start_period,
                                              "from the facility's start, forwards"});
    }
    return JUDGE_OK;
}

static enum judgement scope_add(Seam__EngagementRecord *record, const char *facility,
                                struct period from, struct period to, struct arena *arena,
                                struct err_detail *detail)
{
    for (uint32_t number = from.number; number <= to.number; number++) {
        if (record->n_scope == ENGAGEMENT_SCOPE_MAX) {
            return refusal_never(detail, (struct refusal){ERR_RANGE, "scope", "D42", "120",
                                                          "periods of all facilities together"});
        }
        Seam__ScopePeriod *entry = arena_alloc(arena, sizeof *entry);
        char *text = arena_alloc(arena, PERIOD_TEXT_SIZE);
        if (entry == NULL || text == NULL) {
            return refusal_of_world(detail, ERR_MEMORY);
        }
        period_text(text, (struct period){from.cadence, number});
        seam__scope_period__init(entry);
        entry->facility = (char *)(uintptr_t)facility;
        entry->period = text;
        record->scope[record->n_scope++] = entry;
    }
    return JUDGE_OK;
}

/* Ranges become single periods; the rule set must be adopted for each of them. */
static enum judgement scope_expand(struct rule_context *context, Seam__EngagementRecord *record,
                                   const Seam__EngageOpen *in, struct err_detail *detail)
{
    record->scope = arena_alloc(context->arena, ENGAGEMENT_SCOPE_MAX * sizeof *record->scope);
    if (record->scope == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    for (size_t i = 0; i < in->n_scope; i++) {
        const Seam__ScopeItem *item = in->scope[i];
        const Seam__FacilityRecord *facility = NULL;
        struct period from;
        struct period to;
        if (i > 0 && strcmp(in->scope[i - 1]->facility, item->facility) >= 0) {
            return refusal_never(detail, (struct refusal){ERR_TWICE, "scope", "D42", NULL,
                                                          "ascending, each facility once"});
        }
        enum judgement judgement = facility_valid(context, in, item->facility, &facility, detail);
        if (judgement == JUDGE_OK) {
            judgement = range_of(&from, &to, item, facility, detail);
        }
        if (judgement == JUDGE_OK) {
            judgement = parameter_adopted(context, in->parameter_set_hash, facility->scheme,
                                          item->from_period, detail);
        }
        if (judgement == JUDGE_OK) {
            judgement = parameter_adopted(context, in->parameter_set_hash, facility->scheme,
                                          item->to_period, detail);
        }
        if (judgement == JUDGE_OK) {
            judgement = scope_add(record, item->facility, from, to, context->arena, detail);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return record->n_scope > 0
               ? JUDGE_OK
               : refusal_never(detail, (struct refusal){ERR_MISSING, "scope", "D42", NULL, NULL});
}

static enum judgement engagement_new(struct rule_context *context, const char *engagement,
                                     struct err_detail *detail)
{
    bool exists = false;
    const struct state_key key = record_key(KEY_ENGAGEMENT, engagement);
    const enum err err = view_exists(&exists, context->state, state_key_bytes(&key));
    if (err != OK) {
        return refusal_of_world(detail, err);
    }
    if (exists) {
        return refusal_never(detail, (struct refusal){ERR_CONFLICT, "engagement", "D5", NULL,
                                                      "an engagement has this name already"});
    }
    return JUDGE_OK;
}

static enum err engagement_remember(struct rule_context *context,
                                    const Seam__EngagementRecord *record)
{
    const struct state_key key = record_key(KEY_ENGAGEMENT, record->engagement);
    enum err err = record_add(context, &key, &record->base);
    if (err == OK) {
        err = record_list(context, KEY_ENGAGEMENT, NULL, record->engagement);
    }
    if (err == OK) {
        err = record_list(context, KEY_ENGAGEMENT, record->client, record->engagement);
    }
    if (err == OK && !record_same(record->client, record->verifier)) {
        err = record_list(context, KEY_ENGAGEMENT, record->verifier, record->engagement);
    }
    return err;
}

/* What the verifier's side of an offer or an answer carries. */
static enum judgement team_side(struct rule_context *context, Seam__EngagementRecord *record,
                                Seam__TeamMember **team, size_t count, bool verifier,
                                struct err_detail *detail)
{
    if (!verifier) {
        return count == 0 ? JUDGE_OK
                          : refusal_never(detail, (struct refusal){ERR_ROLE, "team", "D42", NULL,
                                                                   "the verifier names its team"});
    }
    record->n_team = count;
    record->team = team;
    return team_valid(context, record->verifier, team, count, detail);
}

/* [KSSJ 6.2a] the guide's edition is a required field; [KSSJ 6.2c] step 1. */
enum judgement engage_open(struct rule_context *context, const ProtobufCMessage *payload,
                           const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EngageOpen *in = (const Seam__EngageOpen *)payload;
    const bool verifier = record_same(context->organisation_id, in->verifier);
    Seam__EngagementRecord record = SEAM__ENGAGEMENT_RECORD__INIT;
    record.engagement = in->engagement;
    record.state = ENGAGEMENT_PROPOSED;
    record.client = in->client;
    record.verifier = in->verifier;
    record.opener = (char *)(uintptr_t)context->organisation_id;
    record.contract_hash = in->contract_hash;
    record.level = in->level;
    record.materiality_bp = in->materiality_bp;
    record.guide_edition = in->guide_edition;
    record.parameter_set_hash = in->parameter_set_hash;
    record.height = context->height;
    record.time_ms = context->time_ms;
    if (verifier) {
        record.verifier_declarations = in->declarations;
        record.n_verifier_declarations = in->n_declarations;
    } else {
        record.client_declarations = in->declarations;
        record.n_client_declarations = in->n_declarations;
    }
    struct parameters rules;
    enum judgement judgement = engagement_new(context, in->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = parties_valid(context, in, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = declarations_valid(in->declarations, in->n_declarations, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = parameter_read(&rules, context, in->parameter_set_hash, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = scope_expand(context, &record, in, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = team_side(context, &record, in->team, in->n_team, verifier, detail);
    }
    return judgement == JUDGE_OK ? refusal_of_world(detail, engagement_remember(context, &record))
                                 : judgement;
}

void engage_open_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__EngageOpen *in = (const Seam__EngageOpen *)payload;
    const struct state_key key = record_key(KEY_ENGAGEMENT, in->engagement);
    *creates = record_link(context, &key);
    if (in->n_scope > 0) {
        const struct state_key facility = state_key_named(KEY_FACILITY, in->scope[0]->facility);
        *needs = record_link(context, &facility);
    }
}

/* --- the answer ------------------------------------------------------------------------------- */

static enum judgement answers(const struct engaging *in, const Seam__EngageAccept *accept)
{
    const Seam__EngagementRecord *record = in->record;
    const char *sender = in->context->organisation_id;
    const bool party = record_same(sender, record->client) || record_same(sender, record->verifier);
    if (!party || record_same(sender, record->opener)) {
        return refusal_never(in->detail, (struct refusal){ERR_ROLE, "engagement", "D42", NULL,
                                                          "the other party accepts the offer"});
    }
    if (!record_data_equal(accept->contract_hash, record->contract_hash)) {
        return refusal_never(in->detail, (struct refusal){ERR_CONFLICT, "contract_hash", "D42",
                                                          NULL, "not the contract of the offer"});
    }
    return declarations_valid(accept->declarations, accept->n_declarations, in->detail);
}

/* Domain 3.2: the year's reports are due on a day of the next year; later work is only flagged. */
static enum judgement note_lateness(struct engaging *in, const struct parameters *rules)
{
    Seam__EngagementRecord *record = in->record;
    const Seam__FacilityRecord *facility = NULL;
    const Seam__JurisdictionRecord *place = NULL;
    struct period period;
    uint32_t month = 0;
    uint32_t day = 0;
    if (!parameter_integer(&month, rules, "opinion.deadline_month", 0) ||
        !parameter_integer(&day, rules, "opinion.deadline_day", 0) || month < 1 || month > 12 ||
        day < 1 || day > 28 + 3) {
        return JUDGE_OK;
    }
    enum err err = view_facility(&facility, in->context->state, record->scope[0]->facility,
                                 in->context->arena);
    if (err == OK) {
        err = view_jurisdiction(&place, in->context->state, facility->jurisdiction,
                                in->context->arena);
    }
    if (err == OK && period_parse(&period, bytes_text(record->scope[0]->period)) != OK) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        return refusal_of_view(in->detail, err, "scope", record->scope[0]->facility);
    }
    const struct date due = {(int32_t)period_year(period) + 1, month, day};
    const int64_t end_ms = (date_to_days(due) + 1) * (int64_t)DAY_MS -
                           (int64_t)place->utc_offset_minutes * INT64_C(60000);
    if (end_ms > 0) {
        record->days_late = days_late(in->context->time_ms, (uint64_t)end_ms);
    }
    if (record->days_late > 0) {
        in->context->days_late = record->days_late;
        in->context->receipt_flags |= RECEIPT_LATE;
    }
    return JUDGE_OK;
}

/* Two at once on one period would let a client wait for the opinion that it likes: it ends the
 * first one, with its reason, before it accepts another. */
static enum judgement head_free(const struct engaging *in, const char *other)
{
    struct engaging before;
    if (other[0] == '\0' || record_same(other, in->record->engagement)) {
        return JUDGE_OK;
    }
    const enum judgement judgement = engaging_load(&before, in->context, other, in->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const uint32_t state = before.record->state;
    if (state >= ENGAGEMENT_ACCEPTED && state < ENGAGEMENT_ISSUED) {
        return refusal_never(in->detail, (struct refusal){ERR_CONFLICT, "scope", "D42", other,
                                                          "another engagement looks at this "
                                                          "period"});
    }
    return JUDGE_OK;
}

/* Each period of the scope shows which engagement looks at it. */
static enum judgement heads_put(const struct engaging *in)
{
    for (size_t i = 0; i < in->record->n_scope; i++) {
        const Seam__ScopePeriod *at = in->record->scope[i];
        struct state_key key;
        ProtobufCMessage *message = NULL;
        Seam__OpinionHead fresh = SEAM__OPINION_HEAD__INIT;
        if (!record_key_period(&key, KEY_OPINION_HEAD, at->facility, at->period)) {
            return refusal_of_world(in->detail, ERR_CORRUPT);
        }
        enum err err = record_get(&message, &seam__opinion_head__descriptor, in->context->state,
                                  &key, in->context->arena);
        Seam__OpinionHead *head = err == OK ? (Seam__OpinionHead *)message : &fresh;
        const enum judgement judgement = head_free(in, head->engagement);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        head->facility = at->facility;
        head->period = at->period;
        head->engagement = in->record->engagement;
        if (err == OK || err == ERR_ABSENT) {
            err = record_put(in->context, &key, &head->base);
        }
        if (err != OK) {
            return refusal_of_world(in->detail, err);
        }
    }
    return JUDGE_OK;
}

/* [KSSJ 6.1a] V21: nobody is engaged whom the gate does not let through. */
enum judgement engage_accept(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EngageAccept *accept = (const Seam__EngageAccept *)payload;
    struct engaging in;
    struct parameters rules;
    enum judgement judgement = engaging_load(&in, context, accept->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = answers(&in, accept);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const bool verifier = record_same(context->organisation_id, in.record->verifier);
    if (verifier) {
        in.record->verifier_declarations = accept->declarations;
        in.record->n_verifier_declarations = accept->n_declarations;
    } else {
        in.record->client_declarations = accept->declarations;
        in.record->n_client_declarations = accept->n_declarations;
    }
    judgement = engaging_move(&in, ENGAGEMENT_ACCEPTED);
    if (judgement == JUDGE_OK) {
        judgement = team_side(context, in.record, accept->team, accept->n_team, verifier, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = parameter_read(&rules, context, in.record->parameter_set_hash, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = conflict_check(&in, &rules);
    }
    if (judgement == JUDGE_OK) {
        judgement = note_lateness(&in, &rules);
    }
    if (judgement == JUDGE_OK) {
        judgement = heads_put(&in);
    }
    in.record->accepted_ms = context->time_ms;
    return judgement == JUDGE_OK ? engaging_put(&in) : judgement;
}

/* --- the exception ---------------------------------------------------------------------------- */

/* F9: only by a regulator, two officers, with a reason, and never for what the set calls strict. */
enum judgement engage_override(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EngageOverride *in = (const Seam__EngageOverride *)payload;
    struct engaging engaging;
    struct parameters rules;
    enum judgement judgement = engaging_load(&engaging, context, in->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_regulator(&engaging, false);
    }
    if (judgement == JUDGE_OK) {
        judgement = parameter_read(&rules, context, engaging.record->parameter_set_hash, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__EngagementRecord *record = engaging.record;
    if (record->state >= ENGAGEMENT_ISSUED) {
        return refusal_never(detail, (struct refusal){ERR_STATE_MACHINE, "engagement", "F9", NULL,
                                                      "before its opinion is issued"});
    }
    if (!conflict_waivable(&rules, in->rule)) {
        return refusal_never(detail, (struct refusal){ERR_ENUM, "rule", "F9", NULL,
                                                      "no rule of the set that may be overridden"});
    }
    const size_t count = record->n_overrides;
    Seam__Override **list = arena_alloc(context->arena, (count + 1) * sizeof *list);
    if (list == NULL) {
        return refusal_of_world(detail, ERR_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = record->overrides[i];
        if (record_same(list[i]->rule, in->rule)) {
            return refusal_never(
                detail, (struct refusal){ERR_DUPLICATE, "rule", "F9", NULL, "overridden already"});
        }
    }
    Seam__Override entry = SEAM__OVERRIDE__INIT;
    entry.rule = in->rule;
    entry.reason = in->reason;
    entry.regulator = (char *)(uintptr_t)context->organisation_id;
    entry.height = context->height;
    list[count] = &entry;
    record->overrides = list;
    record->n_overrides = count + 1;
    return engaging_put(&engaging);
}

/* --- the end before an opinion ---------------------------------------------------------------- */

enum judgement engage_withdraw(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EngageWithdraw *in = (const Seam__EngageWithdraw *)payload;
    struct engaging engaging;
    enum judgement judgement = engaging_load(&engaging, context, in->engagement, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const char *sender = context->organisation_id;
    if (!record_same(sender, engaging.record->client) &&
        !record_same(sender, engaging.record->verifier)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "engagement", "D42", NULL,
                                                      "one of the two parties withdraws"});
    }
    judgement = engaging_move(&engaging, ENGAGEMENT_WITHDRAWN);
    engaging.record->reason = in->reason;
    return judgement == JUDGE_OK ? engaging_put(&engaging) : judgement;
}

/* Everything after the offer waits for the engagement. */
#define NEEDS_ENGAGEMENT(rule, Type)                                                               \
    void rule##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)                                  \
    {                                                                                              \
        const struct state_key key =                                                               \
            record_key(KEY_ENGAGEMENT, ((const Type *)payload)->engagement);                       \
        (void)creates;                                                                             \
        *needs = record_link(context, &key);                                                       \
    }

NEEDS_ENGAGEMENT(engage_accept, Seam__EngageAccept)
NEEDS_ENGAGEMENT(engage_override, Seam__EngageOverride)
NEEDS_ENGAGEMENT(engage_withdraw, Seam__EngageWithdraw)
NEEDS_ENGAGEMENT(engage_advance, Seam__EngageAdvance)
NEEDS_ENGAGEMENT(engage_review, Seam__EngageReview)
NEEDS_ENGAGEMENT(recompute, Seam__Recompute)
