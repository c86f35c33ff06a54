/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an account is read only where a scheme wants one gas of it. */

#include "ledger/registry/emission.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"

__extension__ typedef __int128 int128;

enum wanted { WANT_ALL, WANT_CO2, WANT_CH4 };

static bool listed(char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool covers(const Seam__SchemeSet *scheme, const char *scope)
{
    return listed(scheme->covered_scopes, scheme->n_covered_scopes, scope);
}

static enum wanted wanted_of(const Seam__SchemeSet *scheme)
{
    const bool co2 = listed(scheme->gases, scheme->n_gases, "CO2");
    const bool ch4 = listed(scheme->gases, scheme->n_gases, "CH4");
    return co2 == ch4 ? WANT_ALL : co2 ? WANT_CO2 : WANT_CH4;
}

/* --- gases ----------------------------------------------------------------------------------- */

/* Grams of one scope in the wanted gas; false outside the safe integers. co2: of all scopes. */
static bool gas_reported(struct grams *out, enum wanted wanted, struct grams scope1,
                         struct grams scope2, struct grams co2, bool second)
{
    struct grams part = second ? scope2 : scope1;
    struct grams carbon = scope2;
    if (wanted != WANT_ALL && !second && !grams_sub(&carbon, co2, scope2)) {
        return false;
    }
    if (wanted == WANT_CO2) {
        part = carbon;
    }
    if (wanted == WANT_CH4 && !grams_sub(&part, part, carbon)) {
        return false;
    }
    *out = part;
    return grams_is_safe(part);
}

/* The part of a scope's value in force that is of the gas of which `gas` was reported. */
static bool gas_in_force(struct grams *out, struct grams gas, struct grams reported,
                         struct grams in_force)
{
    const int64_t of = grams_value(gas);
    const int64_t before = grams_value(reported);
    const int64_t after = grams_value(in_force);
    struct grams difference;
    if (of == before || before <= 0 || of < 0 || of > before || after < 0) {
        /* One gas alone, or numbers without shares. */
        return grams_sub(&difference, in_force, reported) && grams_add(out, gas, difference);
    }
    if (after >= before) {
        return grams_sub(&difference, in_force, reported) && grams_add(out, gas, difference);
    }
    const int128 share = ((int128)after * of + before - 1) / before;
    *out = grams_of((int64_t)share);
    return true;
}

static bool add_scope(struct emission *emission, enum wanted wanted,
                      const struct assurance_standing *standing, struct grams co2, bool second)
{
    const struct assurance_totals *was = &standing->reported;
    const struct assurance_totals *is = &standing->in_force;
    const struct grams reported = second ? was->scope2 : was->scope1;
    const struct grams in_force = second ? is->scope2 : is->scope1;
    struct grams gas;
    struct grams now;
    if (!gas_reported(&gas, wanted, was->scope1, was->scope2, co2, second)) {
        return false;
    }
    if (wanted == WANT_CH4 && second) {
        now = gas; /* there is none in scope 2 */
    } else if (!gas_in_force(&now, gas, reported, in_force)) {
        return false;
    }
    return grams_add(&emission->reported, emission->reported, gas) &&
           grams_add(&emission->in_force, emission->in_force, now);
}

/* --- one period ------------------------------------------------------------------------------ */

/* When the opinion or the decision came that changed the value. */
static enum err changed_when(struct emission *emission, struct overlay *state,
                             const struct assurance_standing *standing, const char *facility,
                             const char *period, struct arena *arena)
{
    const Seam__OpinionHead *opinion = NULL;
    const Seam__DisputeRecord *dispute = NULL;
    enum err err = view_opinion_head(&opinion, state, facility, period, arena);
    if (err == OK) {
        emission->changed_ms = opinion->time_ms;
    }
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    if (standing->dispute[0] == '\0') {
        return OK;
    }
    err = view_dispute(&dispute, state, standing->dispute, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    const size_t count = dispute->n_decisions;
    const uint64_t decided =
        count > 0 ? dispute->decisions[count - 1]->time_ms : dispute->decide_until_ms;
    emission->changed_ms = decided > emission->changed_ms ? decided : emission->changed_ms;
    return OK;
}

static enum err account_of(struct emission *emission, struct grams *co2, struct overlay *state,
                           const char *facility, const char *period, uint32_t version,
                           struct arena *arena)
{
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    enum err err = view_account_version(&record, state, facility, period, version, arena);
    if (err == OK) {
        err = view_account_body(&account, record, arena);
    }
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    *co2 = grams_of(account->co2_g);
    emission->account_hash = bytes_of(record->account_hash.data, record->account_hash.len);
    return OK;
}

static bool differs(struct grams a, struct grams b)
{
    return grams_value(a) != grams_value(b);
}

enum err emission_of(struct emission *out, struct overlay *state, const Seam__SchemeSet *scheme,
                     const char *facility, const char *period, uint64_t time_ms,
                     struct arena *arena)
{
    struct assurance_standing standing;
    struct emission emission = {.reported = grams_of(0), .in_force = grams_of(0)};
    struct grams co2 = grams_of(0);
    enum err err = assurance_standing(&standing, state, facility, period, 0, time_ms, arena);
    if (err != OK) {
        return err;
    }
    err = account_of(&emission, &co2, state, facility, period, standing.version, arena);
    if (err != OK) {
        return err;
    }
    const enum wanted wanted = wanted_of(scheme);
    if ((covers(scheme, "1") && !add_scope(&emission, wanted, &standing, co2, false)) ||
        (covers(scheme, "2") && !add_scope(&emission, wanted, &standing, co2, true)) ||
        !grams_is_safe(emission.reported) || !grams_is_safe(emission.in_force)) {
        return ERR_RANGE;
    }
    const bool opinion = standing.opinion[0] != '\0' && !standing.opinion_withdrawn;
    emission.verified =
        opinion || standing.grade == ASSURANCE_SETTLED || standing.grade == ASSURANCE_LOCKED;
    emission.disputed = standing.grade == ASSURANCE_DISPUTED;
    emission.changed[0] = differs(standing.reported.scope1, standing.in_force.scope1);
    emission.changed[1] = differs(standing.reported.scope2, standing.in_force.scope2);
    if (emission.changed[0] || emission.changed[1]) {
        err = changed_when(&emission, state, &standing, facility, period, arena);
    }
    if (err == OK) {
        *out = emission;
    }
    return err;
}

/* --- true-ups -------------------------------------------------------------------------------- */

/* Its month, 0 to 11, when that stands as the annual account has it. */
static bool month_stands(uint32_t *out, const Seam__AnnualAccount *annual,
                         const Seam__TrueUp *true_up, const struct emission *months, uint32_t filed)
{
    for (uint32_t i = 0; i < annual->n_months && i < EMISSION_MONTHS; i++) {
        const ProtobufCBinaryData then = annual->months[i]->account_hash;
        if (strcmp(annual->months[i]->period, true_up->month) == 0) {
            *out = i;
            return (filed & 1u << i) != 0 &&
                   bytes_equal(bytes_of(then.data, then.len), months[i].account_hash);
        }
    }
    return false;
}

static int64_t true_up_grams(const Seam__TrueUp *true_up, enum wanted wanted)
{
    switch (wanted) {
    case WANT_CO2:
        return true_up->co2_g;
    case WANT_CH4:
        return true_up->co2e_g - true_up->co2_g;
    case WANT_ALL:
        break;
    }
    return true_up->co2e_g;
}

static bool true_up_counts(const Seam__TrueUp *true_up, int64_t grams, uint64_t filed_ms,
                           const struct emission *month)
{
    const bool second = strcmp(true_up->scope, "2") == 0;
    if (month->changed[second ? 1 : 0]) {
        return grams > 0 && filed_ms > month->changed_ms;
    }
    return grams > 0 || strcmp(true_up->reason, "FACTOR_PUBLISHED") == 0;
}

enum err emission_true_ups(struct grams *out, uint32_t *count, struct overlay *state,
                           const Seam__SchemeSet *scheme, const char *facility, uint32_t year,
                           const struct emission months[EMISSION_MONTHS], uint32_t filed,
                           struct arena *arena)
{
    const Seam__AnnualAccount *annual = NULL;
    uint64_t filed_ms = 0;
    struct grams sum = grams_of(0);
    uint32_t counted = 0;
    const enum err err = view_annual(&annual, &filed_ms, state, facility, year, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    for (size_t i = 0; err == OK && i < annual->n_true_ups; i++) {
        const Seam__TrueUp *true_up = annual->true_ups[i];
        const int64_t grams = true_up_grams(true_up, wanted_of(scheme));
        uint32_t month = 0;
        if (!covers(scheme, true_up->scope) ||
            !month_stands(&month, annual, true_up, months, filed) ||
            !true_up_counts(true_up, grams, filed_ms, &months[month])) {
            continue;
        }
        if (!grams_add(&sum, sum, grams_of(grams))) {
            return ERR_RANGE;
        }
        counted++;
    }
    *out = sum;
    *count = counted;
    return OK;
}
