/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar is read only where a year of the scheme could make the vintage old. */

#include "ledger/registry/expiry.h"

#include <stdio.h>
#include <string.h>

#include "ledger/governance/calendar.h"

/* The first instant after the window of a year; 0 where it has none. */
static uint64_t window_end(const Seam__JurisdictionRecord *place, const Seam__SchemeYear *year)
{
    struct date date;
    return date_parse(&date, bytes_text(year->carry_to)) == OK ? calendar_day_end(place, date) : 0;
}

enum err expiry_of(struct expiry *out, struct overlay *state, const Seam__SchemeRecord *scheme,
                   uint32_t vintage, uint64_t time_ms, struct arena *arena)
{
    const Seam__JurisdictionRecord *place = NULL;
    struct expiry found = {0};
    /* Years ascend. */
    for (size_t i = 0; i < scheme->scheme->n_years && found.year == 0; i++) {
        const Seam__SchemeYear *year = scheme->scheme->years[i];
        if (year->year < vintage || year->carry_to[0] == '\0') {
            continue;
        }
        if (place == NULL) {
            const enum err err =
                view_jurisdiction(&place, state, scheme->scheme->jurisdiction, arena);
            if (err != OK) {
                return err == ERR_ABSENT ? ERR_CORRUPT : err;
            }
        }
        const uint64_t end = window_end(place, year);
        if (end != 0 && end <= time_ms) {
            found = (struct expiry){.year = year->year, .since_ms = end};
        }
    }
    *out = found;
    return OK;
}

enum judgement expiry_valid(struct rule_context *context, const char *scheme,
                            const Seam__Units *units, const char *field, struct err_detail *detail)
{
    const Seam__AssetRecord *asset = NULL;
    const Seam__SchemeRecord *record = NULL;
    struct expiry expiry = {0};
    char since[TIME_TEXT_SIZE];
    char hint[160];
    enum err err = registry_asset(&asset, context->state, units->asset, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, field, units->asset);
    }
    if (strcmp(asset->asset->kind, "ALLOWANCE") != 0) {
        return JUDGE_OK;
    }
    err = registry_scheme(&record, context->state, scheme, context->arena);
    if (err == OK) {
        err = expiry_of(&expiry, context->state, record, units->vintage, context->time_ms,
                        context->arena);
    }
    if (err != OK || expiry.year == 0) {
        return unit_world(detail, err);
    }
    time_text(since, expiry.since_ms);
    (void)snprintf(hint, sizeof hint,
                   "not carried over from %u in time: given for a year up to %u, cancelled, or "
                   "lapsed",
                   expiry.year, expiry.year);
    return unit_refuse(detail, JUDGE_NEVER, ERR_VINTAGE, "F7", field, since, hint);
}
