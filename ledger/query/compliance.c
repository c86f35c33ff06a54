/* SPDX-License-Identifier: Apache-2.0 */
/* The prices of a penalty come from what was published last, newest first, so that the search ends
 * soon however long the list has become. */

#include "ledger/query/compliance.h"

#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/price.h"
#include "ledger/registry/trade.h"

static enum err first_asset(const char **out, struct overlay *state,
                            const Seam__SchemeRecord *scheme, const char *kind, struct arena *arena)
{
    *out = NULL;
    for (size_t i = 0; i < scheme->scheme->n_assets && *out == NULL; i++) {
        const Seam__AssetRecord *asset = NULL;
        const enum err err = registry_asset(&asset, state, scheme->scheme->assets[i], arena);
        if (err != OK && err != ERR_ABSENT) {
            return err;
        }
        if (err == OK && strcmp(asset->asset->kind, kind) == 0) {
            *out = asset->asset->asset;
        }
    }
    return OK;
}

/* --- the price of a penalty ------------------------------------------------------------------ */

struct closes {
    int64_t volume[COMPLIANCE_CLOSES_MAX];
    int64_t close[COMPLIANCE_CLOSES_MAX];
    size_t count;
};

/* The day a month before, and one later: 31 December gives 1 December. */
static int64_t month_before(int64_t day)
{
    struct date date = date_of_days(day + 1);
    date.year -= date.month == 1 ? 1 : 0;
    date.month = date.month == 1 ? 12 : date.month - 1;
    const uint32_t last = month_days(date.year, date.month);
    date.day = date.day > last ? last : date.day;
    return date_to_days(date);
}

static enum err closes_read(struct closes *closes, struct overlay *state, const char *scheme,
                            const char *asset, uint32_t vintage, int64_t from, int64_t to,
                            struct arena *arena)
{
    struct hash owner;
    uint32_t count = 0;
    price_list_owner(&owner, scheme, asset, vintage);
    enum err err = trade_count(&count, state, KEY_PRICE, &owner, arena);
    const uint32_t least = count > COMPLIANCE_CLOSES_MAX ? count - COMPLIANCE_CLOSES_MAX : 0;
    for (uint32_t i = count; i > least && err == OK; i--) {
        const Seam__ListEntry *entry = NULL;
        const Seam__PriceRecord *record = NULL;
        err = view_list(&entry, state, KEY_PRICE, &owner, i - 1, arena);
        if (err != OK || entry->version < from || entry->version > to ||
            closes->count == COMPLIANCE_CLOSES_MAX) {
            continue;
        }
        err = price_day(&record, state, scheme, entry->id, asset, vintage, entry->version, arena);
        if (err == OK) {
            closes->volume[closes->count] = (int64_t)record->price->volume;
            closes->close[closes->count++] = record->price->close_fen;
        }
    }
    return err;
}

static enum err basis_of(struct price_basis *out, struct query *query,
                         const struct compliance_answer *answer, uint32_t year, struct arena *arena)
{
    struct overlay *state = query_state(query);
    const Seam__SchemeRecord *scheme = answer->compliance.scheme;
    const uint64_t deadline = answer->compliance.dates.at_ms[COMPLIANCE_SURRENDER];
    const uint64_t now = query_time(query);
    struct date date;
    struct closes *closes = arena_alloc(arena, sizeof *closes);
    if (closes == NULL) {
        return ERR_MEMORY;
    }
    closes->count = 0;
    *out = (struct price_basis){0};
    enum err err = registry_scheme_day(
        out->to, state, scheme, deadline != 0 && deadline <= now ? deadline - 1 : now, arena);
    if (err == OK && date_parse(&date, bytes_text(out->to)) != OK) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        return err;
    }
    const int64_t to = date_to_days(date);
    const int64_t from = month_before(to);
    date_text(out->from, date_of_days(from));
    const char *name = scheme->scheme->scheme;
    err = closes_read(closes, state, name, answer->allowance, 0, from, to, arena);
    if (err == OK) {
        err = closes_read(closes, state, name, answer->allowance, year, from, to, arena);
    }
    if (err != OK) {
        return err;
    }
    out->closes = (uint32_t)closes->count;
    err = penalty_average_price(&out->fen_per_t, closes->volume, closes->close, closes->count);
    out->known = err == OK;
    return err == ERR_ABSENT ? OK : err;
}

enum err query_compliance(struct compliance_answer *out, struct query *query, const char *holding,
                          uint32_t year, struct arena *arena)
{
    struct compliance_answer answer = {0};
    struct overlay *state = query_state(query);
    enum err err =
        compliance_of(&answer.compliance, state, holding, year, query_time(query), arena);
    if (err == OK) {
        err = first_asset(&answer.allowance, state, answer.compliance.scheme, "ALLOWANCE", arena);
    }
    if (err == OK) {
        err = first_asset(&answer.offset, state, answer.compliance.scheme, "OFFSET", arena);
    }
    if (err == OK && answer.allowance != NULL) {
        err = basis_of(&answer.basis, query, &answer, year, arena);
    }
    if (err == OK && answer.basis.known) {
        /* The gap: nothing where the account is excluded, and without offsets above the cap. */
        err = penalty_shortfall(&answer.exposure, &penalty_decree_775,
                                tonnes_of((int64_t)answer.compliance.gap), tonnes_of(0),
                                answer.basis.fen_per_t);
    }
    if (err == OK) {
        *out = answer;
    }
    return err;
}
