/* SPDX-License-Identifier: Apache-2.0 */
/* Periods of a facility are the months of the year or the year itself; those before its first
 * period are not expected. A settled value counts as verified. The annual account of a facility
 * with months is their sum and is not counted again: of it only the true-ups are. */

#include "ledger/registry/obligation.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/emission.h"

static bool listed(char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* Does this account answer for the facility in this year, and does the scheme cover its kind? */
static enum err part_covered(bool *out, struct overlay *state, const Seam__SchemeRecord *scheme,
                             const Seam__HoldingRecord *holding,
                             const Seam__FacilityRecord *facility, uint32_t year,
                             struct arena *arena)
{
    const Seam__CoverageRecord *coverage = NULL;
    *out = false;
    if (!listed(scheme->scheme->covered_kinds, scheme->scheme->n_covered_kinds, facility->kind)) {
        return OK;
    }
    const enum err err = registry_coverage(&coverage, state, facility->facility, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    for (size_t i = 0; i < coverage->n_entries; i++) {
        const Seam__Coverage *entry = coverage->entries[i];
        const bool ours = strcmp(entry->holding, holding->holding) == 0;
        if (ours && entry->from_year <= year && (entry->to_year == 0 || entry->to_year >= year)) {
            *out = true;
        }
    }
    return OK;
}

static bool part_period(struct obligation_part *part, const struct emission *emission,
                        uint32_t month)
{
    part->filed++;
    part->verified += emission->verified ? 1 : 0;
    part->disputed += emission->disputed ? 1 : 0;
    part->month[month] = emission->in_force;
    part->months |= 1u << month;
    return grams_add(&part->grams, part->grams, emission->in_force) &&
           grams_add(&part->reported, part->reported, emission->reported);
}

/* True-ups of the year's annual account, on top of its months, on both sides: they are no effect of
 * a decision. */
static enum err part_true_ups(struct obligation_part *part, struct overlay *state,
                              const Seam__SchemeRecord *scheme, uint32_t year,
                              const struct emission months[EMISSION_MONTHS], struct arena *arena)
{
    const enum err err = emission_true_ups(&part->true_up, &part->true_ups, state, scheme->scheme,
                                           part->facility, year, months, part->months, arena);
    if (err != OK) {
        return err;
    }
    return grams_add(&part->grams, part->grams, part->true_up) &&
                   grams_add(&part->reported, part->reported, part->true_up)
               ? OK
               : ERR_RANGE;
}

static enum err part_sum(struct obligation_part *part, struct overlay *state,
                         const Seam__SchemeRecord *scheme, const Seam__FacilityRecord *facility,
                         uint32_t year, uint64_t time_ms, struct arena *arena)
{
    const bool monthly = strcmp(facility->cadence, "MONTH") == 0;
    const uint32_t count = monthly ? OBLIGATION_PERIODS_MAX : 1;
    struct emission months[EMISSION_MONTHS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        char period[PERIOD_TEXT_SIZE];
        const struct period at = {
            .cadence = monthly ? CADENCE_MONTH : CADENCE_YEAR,
            .number = (year - PERIOD_YEAR_MIN) * count + i,
        };
        period_text(period, at);
        /* Periods of one cadence compare as texts. */
        if (strcmp(period, facility->start_period) < 0) {
            continue;
        }
        part->periods++;
        part->expected |= 1u << i;
        const enum err err =
            emission_of(&months[i], state, scheme->scheme, part->facility, period, time_ms, arena);
        if (err != OK && err != ERR_ABSENT) {
            return err;
        }
        if (err == OK && !part_period(part, &months[i], i)) {
            return ERR_RANGE;
        }
    }
    return monthly ? part_true_ups(part, state, scheme, year, months, arena) : OK;
}

static enum err part_of(struct obligation_part *part, struct overlay *state,
                        const Seam__SchemeRecord *scheme, const Seam__HoldingRecord *holding,
                        const char *name, uint32_t year, uint64_t time_ms, struct arena *arena)
{
    const Seam__FacilityRecord *facility = NULL;
    *part = (struct obligation_part){.facility = name, .kind = ""};
    enum err err = view_facility(&facility, state, name, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    part->kind = facility->kind;
    err = part_covered(&part->covered, state, scheme, holding, facility, year, arena);
    if (err == OK && part->covered) {
        err = part_sum(part, state, scheme, facility, year, time_ms, arena);
    }
    return err;
}

static bool part_add(struct obligation *out, const struct obligation_part *part)
{
    if (!part->covered) {
        return true;
    }
    out->any = out->any || part->periods > 0;
    out->complete = out->complete && part->filed == part->periods;
    out->verified = out->verified && part->verified == part->periods;
    out->disputed += part->disputed;
    return grams_add(&out->grams, out->grams, part->grams) &&
           grams_add(&out->reported, out->reported, part->reported);
}

enum err obligation_of(struct obligation *out, struct overlay *state,
                       const Seam__SchemeRecord *scheme, const Seam__HoldingRecord *holding,
                       uint32_t year, uint64_t time_ms, struct arena *arena)
{
    if (year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX) {
        return ERR_RANGE;
    }
    struct obligation_part *parts = arena_alloc(arena, (holding->n_facilities + 1) * sizeof *parts);
    if (parts == NULL) {
        return ERR_MEMORY;
    }
    struct obligation sum = {.complete = true, .verified = true, .parts = parts};
    for (size_t i = 0; i < holding->n_facilities; i++) {
        const enum err err = part_of(&parts[i], state, scheme, holding, holding->facilities[i],
                                     year, time_ms, arena);
        if (err != OK) {
            return err;
        }
        if (!part_add(&sum, &parts[i])) {
            return ERR_RANGE;
        }
        sum.count++;
    }
    if (!grams_is_safe(sum.grams)) {
        return ERR_RANGE;
    }
    /* Emissions below zero (sinks are not in these scopes, but a correction may be) owe nothing. */
    const struct tonnes owed = grams_tonnes(sum.grams);
    sum.tonnes = tonnes_value(owed) > 0 ? owed : tonnes_of(0);
    sum.raised = grams_value(sum.grams) > grams_value(sum.reported);
    *out = sum;
    return OK;
}

uint64_t obligation_rest(const struct obligation *obligation, uint64_t surrendered)
{
    const int64_t owed = tonnes_value(obligation->tonnes);
    assert(owed >= 0);
    return (uint64_t)owed > surrendered ? (uint64_t)owed - surrendered : 0;
}
