/* SPDX-License-Identifier: Apache-2.0 */
/* Net sales of a holder: one record for each day that had a sale or purchase holds the sums from
 * the beginning up to its end, so that any span of days costs two searches by halves. */

#include "ledger/registry/carry.h"

#include <string.h>

#include "ledger/base/period.h"

/* --- turnover -------------------------------------------------------------------------------- */

static struct state_key owner_key(enum key_table table, const struct carry_owner *owner)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_SCHEME, owner->scheme);
    state_key_id(&key, KEY_ORGANISATION, owner->holder);
    state_key_id(&key, KEY_ASSET, owner->asset);
    return key;
}

static enum err days_of(uint32_t *out, struct overlay *state, const struct carry_owner *owner,
                        struct arena *arena)
{
    const struct state_key key = owner_key(KEY_TURNOVER, owner);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__turnover_head__descriptor, state,
                                     state_key_bytes(&key), arena);
    *out = err == OK ? ((const Seam__TurnoverHead *)message)->days : 0;
    return err == ERR_ABSENT ? OK : err;
}

static enum err day_read(Seam__TurnoverRecord *out, struct overlay *state,
                         const struct carry_owner *owner, uint32_t index, struct arena *arena)
{
    struct state_key key = owner_key(KEY_TURNOVER, owner);
    state_key_u32(&key, index);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__turnover_record__descriptor, state,
                                     state_key_bytes(&key), arena);
    if (err == OK) {
        *out = *(const Seam__TurnoverRecord *)message;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* The sums up to the end of a day: of the last record not after it. */
static enum err sums_at(Seam__TurnoverRecord *out, struct overlay *state,
                        const struct carry_owner *owner, int64_t day, struct arena *arena)
{
    uint32_t low = 0;
    uint32_t high = 0;
    enum err err = days_of(&high, state, owner, arena);
    seam__turnover_record__init(out);
    while (err == OK && low < high) {
        Seam__TurnoverRecord middle;
        const uint32_t index = low + (high - low) / 2;
        err = day_read(&middle, state, owner, index, arena);
        if (err == OK && middle.day <= day) {
            *out = middle;
            low = index + 1;
        } else {
            high = index;
        }
    }
    return err;
}

enum err carry_turnover(uint64_t *sold, uint64_t *bought, struct overlay *state,
                        const struct carry_owner *owner, int64_t from, int64_t to,
                        struct arena *arena)
{
    Seam__TurnoverRecord before;
    Seam__TurnoverRecord after;
    enum err err = sums_at(&before, state, owner, from - 1, arena);
    if (err == OK) {
        err = sums_at(&after, state, owner, to, arena);
    }
    if (err != OK) {
        return err;
    }
    const bool turned = to < from;
    *sold = turned ? 0 : after.sold - before.sold;
    *bought = turned ? 0 : after.bought - before.bought;
    return OK;
}

enum err carry_turnover_day(int64_t *out, struct rule_context *context, const char *scheme)
{
    const Seam__SchemeRecord *record = NULL;
    char today[DATE_TEXT_SIZE];
    struct date date;
    enum err err = registry_scheme(&record, context->state, scheme, context->arena);
    if (err == OK) {
        err = registry_scheme_day(today, context->state, record, context->time_ms, context->arena);
    }
    if (err == OK && date_parse(&date, bytes_text(today)) != OK) {
        err = ERR_CORRUPT;
    }
    if (err == OK) {
        *out = date_to_days(date);
    }
    return err;
}

enum err carry_turnover_add(struct rule_context *context, const struct carry_owner *owner,
                            int64_t day, uint64_t sold, uint64_t bought)
{
    Seam__TurnoverHead head = SEAM__TURNOVER_HEAD__INIT;
    Seam__TurnoverRecord record = SEAM__TURNOVER_RECORD__INIT;
    enum err err = days_of(&head.days, context->state, owner, context->arena);
    if (err == OK && head.days > 0) {
        err = day_read(&record, context->state, owner, head.days - 1, context->arena);
    }
    if (err != OK) {
        return err;
    }
    /* Time never goes back; the clock of a scheme may be set back by a new offset, and then the
     * trade counts for the later day. */
    const bool opens = head.days == 0 || record.day < day;
    record.day = opens ? day : record.day;
    record.sold += sold;
    record.bought += bought;
    head.days += opens ? 1 : 0;
    struct state_key key = owner_key(KEY_TURNOVER, owner);
    if (opens) {
        err = view_put(context->state, state_key_bytes(&key), &head.base, context->arena);
    }
    state_key_u32(&key, head.days - 1);
    return err == OK ? view_put(context->state, state_key_bytes(&key), &record.base, context->arena)
                     : err;
}

/* --- room ------------------------------------------------------------------------------------ */

static enum err day_of(int64_t *out, const char *text, int64_t otherwise)
{
    struct date date;
    if (text[0] == '\0') {
        *out = otherwise;
        return OK;
    }
    if (date_parse(&date, bytes_text(text)) != OK) {
        return ERR_CORRUPT;
    }
    *out = date_to_days(date);
    return OK;
}

/* Whatever the account holds of one position, frozen units as well; not what is pending. */
static uint64_t counted(const Seam__PositionRecord *position)
{
    uint64_t sum = 0;
    for (unsigned frozen = 0; frozen < 2; frozen++) {
        sum += registry_shelf(position, UNIT_TRADE, frozen == 1);
        sum += registry_shelf(position, UNIT_REGISTER, frozen == 1);
    }
    return sum;
}

static enum err balance_of(uint64_t *out, struct overlay *state, const char *holding,
                           const char *asset, uint32_t year, struct arena *arena)
{
    uint32_t positions = 0;
    uint64_t sum = 0;
    enum err err = registry_positions(&positions, state, holding, arena);
    for (uint32_t i = 0; i < positions && err == OK; i++) {
        const char *name = NULL;
        const Seam__PositionRecord *position = NULL;
        struct series series;
        err = registry_position_name(&name, state, holding, i, arena);
        if (err == OK) {
            err = series_parse(&series, name, arena);
        }
        if (err == OK) {
            err = registry_position(&position, state, holding, &series, arena);
        }
        if (err == OK && strcmp(series.asset, asset) == 0 && series.vintage <= year) {
            sum += counted(position);
        }
    }
    if (err == OK) {
        *out = sum;
    }
    return err;
}

static enum err carried_of(uint64_t *out, struct overlay *state, const struct carry_owner *owner,
                           uint32_t year, struct arena *arena)
{
    struct state_key key = owner_key(KEY_CARRIED, owner);
    state_key_u32(&key, year);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__carried_record__descriptor, state,
                                     state_key_bytes(&key), arena);
    *out = err == OK ? ((const Seam__CarriedRecord *)message)->quantity : 0;
    return err == ERR_ABSENT ? OK : err;
}

enum err carry_used(struct rule_context *context, const struct carry_owner *owner, uint32_t year,
                    uint64_t quantity)
{
    Seam__CarriedRecord record = SEAM__CARRIED_RECORD__INIT;
    const enum err err = carried_of(&record.quantity, context->state, owner, year, context->arena);
    struct state_key key = owner_key(KEY_CARRIED, owner);
    state_key_u32(&key, year);
    record.quantity += quantity;
    return err == OK ? view_put(context->state, state_key_bytes(&key), &record.base, context->arena)
                     : err;
}

enum err carry_carried(uint64_t *out, struct overlay *state, const Seam__SchemeRecord *scheme,
                       const char *holder, uint32_t year, struct arena *arena)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < scheme->scheme->n_assets; i++) {
        const struct carry_owner owner = {scheme->scheme->scheme, holder,
                                          scheme->scheme->assets[i]};
        uint64_t quantity = 0;
        const enum err err = carried_of(&quantity, state, &owner, year, arena);
        if (err != OK) {
            return err;
        }
        sum += quantity;
    }
    *out = sum;
    return OK;
}

/* Sales in the span of the year. */
static enum err room_sales(struct carry_room *room, struct overlay *state,
                           const struct carry_owner *owner, const Seam__SchemeYear *dates,
                           struct arena *arena)
{
    int64_t from = 0;
    int64_t to = 0;
    enum err err = day_of(&from, dates->sold_from, INT64_MIN / 2);
    if (err == OK) {
        err = day_of(&to, dates->sold_to, INT64_MAX / 2);
    }
    return err == OK ? carry_turnover(&room->sold, &room->bought, state, owner, from, to, arena)
                     : err;
}

enum err carry_room_of(struct carry_room *out, struct overlay *state,
                       const Seam__SchemeRecord *scheme, const Seam__HoldingRecord *holding,
                       const char *asset, uint32_t year, struct arena *arena)
{
    const Seam__SchemeSet *set = scheme->scheme;
    const Seam__SchemeYear *dates = registry_scheme_year(scheme, year);
    const struct carry_owner owner = {set->scheme, holding->holder, asset};
    struct carry_room room = {0};
    if (dates == NULL) {
        return ERR_ABSENT;
    }
    enum err err = room_sales(&room, state, &owner, dates, arena);
    if (err == OK) {
        err = carried_of(&room.carried, state, &owner, year, arena);
    }
    if (err == OK) {
        err = balance_of(&room.balance, state, holding->holding, asset, year, arena);
    }
    if (err != OK) {
        return err;
    }
    const struct carry_rule rule = {.base = tonnes_of((int64_t)set->carry_base_t),
                                    .ratio_num = set->carry_ratio_num,
                                    .ratio_den = set->carry_ratio_den};
    struct carry_over carry;
    err = obligation_carry_over(&carry, &rule, tonnes_of((int64_t)room.balance),
                                tonnes_of((int64_t)room.sold), tonnes_of((int64_t)room.bought));
    if (err != OK) {
        return err;
    }
    room.limit = (uint64_t)tonnes_value(carry.limit);
    const uint64_t left = room.limit > room.carried ? room.limit - room.carried : 0;
    room.possible = left < room.balance ? left : room.balance;
    *out = room;
    return OK;
}

enum err carry_view(const Seam__CarryRecord **out, struct overlay *state, const char *carry,
                    struct arena *arena)
{
    const struct state_key key = state_key_named(KEY_CARRY, carry);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__carry_record__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__CarryRecord *)message;
    }
    return err;
}
