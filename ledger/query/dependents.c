/* SPDX-License-Identifier: Apache-2.0 */
/* Period by period: its certificates, the lots of its months, the accounts that answer for it and
 * what they surrendered between the issue and the withdrawal, the dispute about it. */
#include "ledger/query/dependents.h"

#include "ledger/assurance/view.h"
#include "ledger/base/period.h"
#include "ledger/base/bytes.h"
#include "ledger/query/dependents_lot.h"
#include "ledger/registry/surrender.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/view.h"

#include <assert.h>
#include <string.h>

#define MONTHS 12

struct gathering {
    struct query *query;
    struct arena *arena;
    const Seam__OpinionRecord *opinion;
    const Seam__OpinionSubject *at;
    struct dependent *items;
    struct dependents *out;
};

const char *dependent_kind_text(enum dependent_kind kind)
{
    static const char *const texts[] = {
        [DEPENDENT_CERTIFICATE] = "CERTIFICATE", [DEPENDENT_LOT] = "LOT",
        [DEPENDENT_OBLIGATION] = "OBLIGATION",   [DEPENDENT_SURRENDER] = "SURRENDER",
        [DEPENDENT_DISPUTE] = "DISPUTE",
    };
    assert(kind < sizeof texts / sizeof texts[0]);
    return texts[kind];
}

/* The same obligation or surrender follows from each month of a year; it is named once. */
static void add(struct gathering *in, enum dependent_kind kind, const char *id, uint32_t year)
{
    for (size_t i = 0; year != 0 && i < in->out->count; i++) {
        if (in->items[i].kind == kind && in->items[i].year == year &&
            strcmp(in->items[i].id, id) == 0) {
            return;
        }
    }
    if (in->out->count == DEPENDENTS_MAX) {
        in->out->more = true;
        return;
    }
    in->items[in->out->count++] = (struct dependent){.kind = kind,
                                                     .id = id,
                                                     .facility = in->at->facility,
                                                     .period = in->at->period,
                                                     .year = year};
    in->out->by_kind[kind]++;
}

static enum err add_certificate(struct gathering *in)
{
    char *text = arena_alloc(in->arena, 2 * HASH_SIZE + 1);
    if (text == NULL || in->at->account_hash.len != HASH_SIZE) {
        return text == NULL ? ERR_MEMORY : ERR_CORRUPT;
    }
    hex_encode(text, bytes_of(in->at->account_hash.data, in->at->account_hash.len));
    add(in, DEPENDENT_CERTIFICATE, text, 0);
    return OK;
}

static enum err add_lots(struct gathering *in, const Seam__FacilityRecord *facility,
                         struct period period)
{
    const bool monthly = period.cadence == CADENCE_MONTH;
    enum err err = OK;
    for (uint32_t m = 0; err == OK && m < (monthly ? 1 : MONTHS); m++) {
        char month[PERIOD_TEXT_SIZE];
        const char **lots = NULL;
        size_t count = 0;
        const struct period at = {CADENCE_MONTH,
                                  monthly ? period.number : period.number * MONTHS + m};
        period_text(month, at);
        err = dependent_lots(&lots, &count, query_state(in->query), facility, month, DEPENDENTS_MAX,
                             in->arena);
        for (size_t i = 0; err == OK && i < count; i++) {
            add(in, DEPENDENT_LOT, lots[i], 0);
        }
    }
    if (err == ERR_TOO_LARGE) {
        in->out->more = true;
        return OK;
    }
    return err;
}

/* Was it proposed or approved while the opinion stood? */
static bool built_on(const Seam__OpinionRecord *opinion, const Seam__SurrenderRecord *record)
{
    const bool after = record->height >= opinion->height || record->decided_ms >= opinion->time_ms;
    const bool before =
        opinion->withdrawn_height == 0 || record->height < opinion->withdrawn_height;
    return after && before && record->state != SURRENDER_REJECTED;
}

static enum err add_surrenders(struct gathering *in, const char *holding, uint32_t year)
{
    struct overlay *state = query_state(in->query);
    struct hash owner;
    uint32_t total = 0;
    surrender_list_owner(&owner, holding, year);
    enum err err = trade_count(&total, state, KEY_SURRENDER, &owner, in->arena);
    for (uint32_t i = 0; err == OK && i < total; i++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__SurrenderRecord *record = NULL;
        err = view_list(&entry, state, KEY_SURRENDER, &owner, i, in->arena);
        if (err == OK) {
            err = surrender_view(&record, state, entry->id, in->arena);
        }
        if (err == OK && built_on(in->opinion, record)) {
            add(in, DEPENDENT_SURRENDER, record->surrender, year);
        }
    }
    return err;
}

static enum err add_obligations(struct gathering *in, uint32_t year)
{
    const Seam__CoverageRecord *coverage = NULL;
    enum err err =
        registry_coverage(&coverage, query_state(in->query), in->at->facility, in->arena);
    for (size_t i = 0; err == OK && i < coverage->n_entries; i++) {
        const Seam__Coverage *entry = coverage->entries[i];
        if (entry->from_year <= year && (entry->to_year == 0 || entry->to_year >= year)) {
            add(in, DEPENDENT_OBLIGATION, entry->holding, year);
            err = add_surrenders(in, entry->holding, year);
        }
    }
    return err == ERR_ABSENT ? OK : err;
}

static enum err add_dispute(struct gathering *in)
{
    struct assurance_standing standing;
    const enum err err =
        assurance_standing(&standing, query_state(in->query), in->at->facility, in->at->period,
                           in->at->version, query_time(in->query), in->arena);
    if (err == OK && standing.dispute[0] != '\0') {
        add(in, DEPENDENT_DISPUTE, standing.dispute, 0);
    }
    return err;
}

static enum err subject_add(struct gathering *in)
{
    const Seam__FacilityRecord *facility = NULL;
    struct period period;
    if (period_parse(&period, bytes_text(in->at->period)) != OK) {
        return ERR_CORRUPT;
    }
    const uint32_t per_year = period.cadence == CADENCE_MONTH     ? MONTHS
                              : period.cadence == CADENCE_QUARTER ? 4
                                                                  : 1;
    enum err err = view_facility(&facility, query_state(in->query), in->at->facility, in->arena);
    if (err == OK) {
        err = add_certificate(in);
    }
    if (err == OK && period.cadence != CADENCE_QUARTER) {
        err = add_lots(in, facility, period);
    }
    if (err == OK) {
        err = add_obligations(in, PERIOD_YEAR_MIN + period.number / per_year);
    }
    return err == OK ? add_dispute(in) : err;
}

enum err dependents_of(struct dependents *out, struct query *query,
                       const Seam__OpinionRecord *opinion, struct arena *arena)
{
    struct dependents found = {0};
    struct gathering in = {.query = query,
                           .arena = arena,
                           .opinion = opinion,
                           .items = arena_alloc(arena, DEPENDENTS_MAX * sizeof *in.items),
                           .out = &found};
    enum err err = in.items != NULL ? OK : ERR_MEMORY;
    for (size_t i = 0; err == OK && i < opinion->issue->n_subjects; i++) {
        in.at = opinion->issue->subjects[i];
        err = subject_add(&in);
    }
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    found.items = in.items;
    *out = found;
    return OK;
}
