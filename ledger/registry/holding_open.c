/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts open, change state and close. The facilities of an operator's account are under
 * allowance management from a year on: that is what offsets are checked against [V19]. */

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/view.h"

#define POSITIONS_MAX 10000 /* that a closure looks through */

/* --- who may hold ---------------------------------------------------------------------------- */

/* Those who keep the market do not trade in it [F9]. */
static enum judgement holder_fits(struct rule_context *context, const Seam__HoldingOpen *in,
                                  struct err_detail *detail)
{
    const Seam__OrganisationRecord *holder = NULL;
    const enum err err = view_organisation(&holder, context->state, in->holder, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "holder", in->holder);
    }
    const uint32_t keeps =
        ROLE_REGULATOR | ROLE_REGISTRAR | ROLE_AUTHORITY | ROLE_SETTLEMENT | ROLE_VERIFIER;
    const bool government = strcmp(in->kind, "GOVERNMENT") == 0;
    if (government ? (holder->roles & (ROLE_REGULATOR | ROLE_REGISTRAR)) == 0
                   : (holder->roles & keeps) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "F9", "holder", NULL,
                           government ? "a government account belongs to a regulator or registrar"
                                      : "who keeps, settles or verifies the market does not trade");
    }
    return JUDGE_OK;
}

static enum judgement representatives_fit(struct rule_context *context, char *const *persons,
                                          size_t count, const char *holder,
                                          struct err_detail *detail)
{
    if (count == 1 || count > REGISTRY_REPRESENTATIVES) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "V22", "representatives", "2..16",
                           "two persons must be able to sign");
    }
    for (size_t i = 0; i < count; i++) {
        const Seam__PersonRecord *person = NULL;
        const enum err err = view_person(&person, context->state, persons[i], context->arena);
        if (err != OK) {
            return unit_missing(detail, err, "representatives", persons[i]);
        }
        if (strcmp(person->organisation, holder) != 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "V22", "representatives", NULL,
                               "a representative is a person of the holder");
        }
        if (i > 0 && strcmp(persons[i - 1], persons[i]) >= 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_TWICE, "V22", "representatives", NULL,
                               "representatives ascend");
        }
    }
    return JUDGE_OK;
}

static bool listed(char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static enum judgement facilities_fit(struct rule_context *context, const Seam__HoldingOpen *in,
                                     const Seam__SchemeRecord *scheme, struct err_detail *detail)
{
    const bool operates = strcmp(in->kind, "OPERATOR") == 0;
    if (operates != (in->n_facilities > 0) || in->n_facilities > REGISTRY_FACILITIES) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "facilities",
                           operates ? "1..64" : "0", NULL);
    }
    for (size_t i = 0; i < in->n_facilities; i++) {
        const Seam__FacilityRecord *facility = NULL;
        const enum err err =
            view_facility(&facility, context->state, in->facilities[i], context->arena);
        if (err != OK) {
            return unit_missing(detail, err, "facilities", in->facilities[i]);
        }
        if (strcmp(facility->organisation, in->holder) != 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "facilities",
                               facility->organisation, "the holder does not answer for it");
        }
        if (scheme->scheme->n_covered_kinds > 0 &&
            !listed(scheme->scheme->covered_kinds, scheme->scheme->n_covered_kinds,
                    facility->kind)) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "facilities", facility->kind,
                               "the scheme does not cover facilities of this kind");
        }
        if (i > 0 && strcmp(in->facilities[i - 1], in->facilities[i]) >= 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_TWICE, "D43", "facilities", NULL,
                               "facilities ascend");
        }
    }
    return JUDGE_OK;
}

/* --- coverage -------------------------------------------------------------------------------- */

/* Adds the account to what answers for a facility, or ends it with end_year (0: begins). */
static enum judgement cover(struct rule_context *context, const Seam__HoldingRecord *record,
                            const char *facility, uint32_t end_year, struct err_detail *detail)
{
    const Seam__CoverageRecord *old = NULL;
    const Seam__Coverage *other = NULL;
    const enum err err = registry_coverage(&old, context->state, facility, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    const size_t count = err == OK ? old->n_entries : 0;
    Seam__Coverage *list[REGISTRY_COVERAGES];
    Seam__Coverage mine = SEAM__COVERAGE__INIT;
    if (count >= REGISTRY_COVERAGES && end_year == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "facilities", "16 accounts",
                           NULL);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = old->entries[i];
        if (end_year != 0 && list[i]->to_year == 0 &&
            strcmp(list[i]->holding, record->holding) == 0) {
            list[i]->to_year = end_year;
        }
    }
    Seam__CoverageRecord coverage = SEAM__COVERAGE_RECORD__INIT;
    coverage.facility = (char *)facility;
    coverage.n_entries = count;
    coverage.entries = list;
    if (end_year == 0) {
        if (err == OK && registry_covered(old, record->covered_from, UINT32_MAX, &other)) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_OVERLAP, "D43", "facilities",
                               other->holding, "another account answers for this facility");
        }
        mine.scheme = record->scheme;
        mine.holding = record->holding;
        mine.from_year = record->covered_from;
        list[coverage.n_entries++] = &mine;
    }
    struct state_key key = state_key_of(KEY_COVERAGE);
    state_key_id(&key, KEY_FACILITY, facility);
    return unit_put(context, &key, &coverage.base, detail);
}

static enum judgement cover_all(struct rule_context *context, const Seam__HoldingRecord *record,
                                uint32_t end_year, struct err_detail *detail)
{
    for (size_t i = 0; i < record->n_facilities; i++) {
        const enum judgement judgement =
            cover(context, record, record->facilities[i], end_year, detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

/* --- opening --------------------------------------------------------------------------------- */

static enum judgement open_valid(struct rule_context *context, const Seam__HoldingOpen *in,
                                 struct err_detail *detail)
{
    const Seam__SchemeRecord *scheme = NULL;
    if (!id_text_valid(in->holding)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "D43", "holding", NULL, NULL);
    }
    if ((context->roles & ROLE_REGISTRAR) == 0 &&
        strcmp(in->holder, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "holder", context->organisation_id,
                           "only a registrar opens an account for another");
    }
    enum judgement judgement = holder_fits(context, in, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = registry_scheme(&scheme, context->state, in->scheme, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "scheme", in->scheme);
    }
    judgement = facilities_fit(context, in, scheme, detail);
    if (judgement == JUDGE_OK) {
        judgement = representatives_fit(context, in->representatives, in->n_representatives,
                                        in->holder, detail);
    }
    return judgement;
}

/* The accounts of a holder that answer for facilities, so that all of them can be asked [F7]. */
static enum judgement list_operator(struct rule_context *context, const Seam__HoldingOpen *in,
                                    struct err_detail *detail)
{
    struct hash owner;
    uint32_t count = 0;
    if (in->n_facilities == 0) {
        return JUDGE_OK;
    }
    id_hash(&owner, KEY_ORGANISATION, in->holder);
    enum err err = trade_count(&count, context->state, KEY_HOLDING, &owner, context->arena);
    if (err == OK && count >= REGISTRY_OPERATORS) {
        return unit_refuse_amount(detail, ERR_RANGE, "F7", "holder", REGISTRY_OPERATORS,
                                  "as many operator accounts as one holder may have");
    }
    if (err == OK) {
        err = trade_list(context, KEY_HOLDING, &owner, in->holding, 0);
    }
    return unit_world(detail, err);
}

enum judgement holding_open(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__HoldingOpen *in = (const Seam__HoldingOpen *)payload;
    const struct state_key key = state_key_named(KEY_HOLDING, in->holding);
    enum judgement judgement = open_valid(context, in, detail);
    if (judgement == JUDGE_OK) {
        judgement = unit_new(context, &key, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = unit_world(detail, unit_list(context, KEY_HOLDING, in->holding));
    }
    if (judgement == JUDGE_OK) {
        judgement = list_operator(context, in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const bool at_once = (context->roles & ROLE_REGISTRAR) != 0;
    Seam__HoldingRecord record = SEAM__HOLDING_RECORD__INIT;
    record.holding = in->holding;
    record.holder = in->holder;
    record.scheme = in->scheme;
    record.kind = in->kind;
    record.state = at_once ? HOLDING_OPEN : HOLDING_OPENING;
    record.n_facilities = in->n_facilities;
    record.facilities = in->facilities;
    record.covered_from = in->covered_from;
    record.n_representatives = in->n_representatives;
    record.representatives = in->representatives;
    record.height = context->height;
    record.time_ms = context->time_ms;
    if (at_once) {
        judgement = cover_all(context, &record, 0, detail);
    }
    return judgement == JUDGE_OK ? holding_put(context, &record, detail) : judgement;
}

void holding_open_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__HoldingOpen *in = (const Seam__HoldingOpen *)payload;
    const struct state_key key = state_key_named(KEY_HOLDING, in->holding);
    const struct state_key scheme = state_key_named(KEY_SCHEME, in->scheme);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &scheme);
}

/* --- changing state -------------------------------------------------------------------------- */

/* Nothing may be held, owed or frozen. */
static enum judgement empty(struct rule_context *context, const Seam__HoldingRecord *record,
                            struct err_detail *detail)
{
    uint32_t positions = 0;
    enum err err = registry_positions(&positions, context->state, record->holding, context->arena);
    if (positions > POSITIONS_MAX || record->n_debts > 0 || record->n_freezes > 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "2.2", "state", NULL,
                           "an account with debts or freezes does not close");
    }
    for (uint32_t i = 0; i < positions && err == OK; i++) {
        struct series series;
        const char *name = NULL;
        const Seam__PositionRecord *position = NULL;
        err = registry_position_name(&name, context->state, record->holding, i, context->arena);
        if (err == OK) {
            err = series_parse(&series, name, context->arena);
        }
        if (err == OK) {
            err = registry_position(&position, context->state, record->holding, &series,
                                    context->arena);
        }
        for (size_t k = 0; err == OK && k < position->n_shelves; k++) {
            if (!unit_final((enum unit_state)(position->shelves[k]->shelf / 2))) {
                return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "2.2", "state", name,
                                   "only an empty account closes");
            }
        }
    }
    return unit_world(detail, err);
}

static bool state_named(uint8_t *out, const char *name)
{
    for (uint8_t i = 0; i < HOLDING_STATES; i++) {
        if (strcmp(sm_name(&holding_machine, i), name) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* A registrar moves freely inside the machine; an authority restricts and lifts; the holder asks
 * for closure and takes it back. */
static enum judgement may_set(const struct rule_context *context, const Seam__HoldingRecord *record,
                              uint8_t next, struct err_detail *detail)
{
    if ((context->roles & ROLE_REGISTRAR) != 0) {
        return JUDGE_OK;
    }
    const bool own = strcmp(record->holder, context->organisation_id) == 0;
    if (own && (next == record->state || next == HOLDING_CLOSURE_PENDING ||
                (next == HOLDING_OPEN && record->state == HOLDING_CLOSURE_PENDING))) {
        return JUDGE_OK;
    }
    const bool restricts = next >= HOLDING_OPEN && next <= HOLDING_SUSPENDED &&
                           record->state >= HOLDING_OPEN && record->state <= HOLDING_SUSPENDED;
    if ((context->roles & ROLE_AUTHORITY) != 0 && restricts) {
        return JUDGE_OK;
    }
    return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "2.2", "state", own ? "CLOSURE_PENDING" : "",
                       "a registrar sets this state");
}

static uint32_t year_of_time(uint64_t time_ms)
{
    return (uint32_t)date_of_days((int64_t)(time_ms / DAY_MS)).year;
}

/* What was asked of the request is asked of the account that opens. */
static enum judgement still_fits(struct rule_context *context, const Seam__HoldingRecord *record,
                                 struct err_detail *detail)
{
    const Seam__SchemeRecord *scheme = NULL;
    Seam__HoldingOpen in = SEAM__HOLDING_OPEN__INIT;
    in.holder = record->holder;
    in.kind = record->kind;
    in.n_facilities = record->n_facilities;
    in.facilities = record->facilities;
    const enum err err = registry_scheme(&scheme, context->state, record->scheme, context->arena);
    enum judgement judgement = unit_world(detail, err);
    if (judgement == JUDGE_OK) {
        judgement = holder_fits(context, &in, detail);
    }
    return judgement == JUDGE_OK ? facilities_fit(context, &in, scheme, detail) : judgement;
}

static enum judgement state_move(struct rule_context *context, Seam__HoldingRecord *record,
                                 uint8_t next, struct err_detail *detail)
{
    uint8_t state = (uint8_t)record->state;
    if (next == state) {
        return JUDGE_OK;
    }
    if (sm_move(&holding_machine, &state, next, detail) != OK) {
        return JUDGE_NEVER;
    }
    enum judgement judgement = JUDGE_OK;
    if (next == HOLDING_CLOSED) {
        judgement = empty(context, record, detail);
        if (judgement == JUDGE_OK && record->state != HOLDING_OPENING) {
            judgement = cover_all(context, record, year_of_time(context->time_ms), detail);
        }
    } else if (record->state == HOLDING_OPENING) {
        judgement = still_fits(context, record, detail);
        if (judgement == JUDGE_OK) {
            judgement = cover_all(context, record, 0, detail);
        }
    }
    record->state = next;
    return judgement;
}

enum judgement holding_state_set(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__HoldingState *in = (const Seam__HoldingState *)payload;
    const Seam__HoldingRecord *old = NULL;
    uint8_t next = 0;
    enum judgement judgement = holding_find(context, &old, in->holding, "holding", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (!state_named(&next, in->state)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "2.2", "state", NULL, NULL);
    }
    Seam__HoldingRecord record = *old;
    const bool own = (context->roles & ROLE_REGISTRAR) == 0 &&
                     strcmp(old->holder, context->organisation_id) == 0;
    judgement = may_set(context, old, next, detail);
    if (judgement == JUDGE_OK && own) {
        judgement = holding_own(context, &old, in->holding, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = state_move(context, &record, next, detail);
    }
    if (judgement == JUDGE_OK && in->n_representatives > 0) {
        if ((context->roles & ROLE_REGISTRAR) == 0 &&
            strcmp(record.holder, context->organisation_id) != 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "2.2", "representatives", NULL,
                               "the holder or a registrar names them");
        }
        judgement = representatives_fit(context, in->representatives, in->n_representatives,
                                        record.holder, detail);
        record.n_representatives = in->n_representatives;
        record.representatives = in->representatives;
    }
    record.reason = in->reason;
    return judgement == JUDGE_OK ? holding_put(context, &record, detail) : judgement;
}

void holding_state_set_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    const Seam__HoldingState *in = (const Seam__HoldingState *)payload;
    const struct state_key key = state_key_named(KEY_HOLDING, in->holding);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &key);
}
