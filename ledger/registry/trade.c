/* SPDX-License-Identifier: Apache-2.0 */
/* Records of trades, and the locks of a position: a dense list in which a lock that ends gives its
 * place to the last one, so that each costs the same however many there are. Only who needs more
 * units than are free walks the list, and gives back what has expired. */

#include "ledger/registry/trade.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/registry/trade_state.h"
#include "ledger/registry/view.h"

static const struct sm_row offer_rows[] = {
    [OFFER_OPEN] = {"OPEN", SM_TO(OFFER_TAKEN) | SM_TO(OFFER_WITHDRAWN)},
    [OFFER_TAKEN] = {"TAKEN", SM_TO(OFFER_OPEN)},
    [OFFER_WITHDRAWN] = {"WITHDRAWN", SM_END},
};
const struct sm_table trade_offer_machine = SM_TABLE("offer", offer_rows);

static const struct sm_row fill_rows[] = {
    [FILL_ACCEPTED] = {"ACCEPTED", SM_TO(FILL_LOCKED) | SM_TO(FILL_GIVEN_UP)},
    [FILL_LOCKED] = {"LOCKED", SM_TO(FILL_SETTLED) | SM_TO(FILL_REFUNDED) | SM_TO(FILL_PAID_LATE)},
    [FILL_SETTLED] = {"SETTLED", SM_END},
    [FILL_GIVEN_UP] = {"GIVEN_UP", SM_END},
    [FILL_REFUNDED] = {"REFUNDED", SM_TO(FILL_PAID_LATE)},
    [FILL_PAID_LATE] = {"PAID_LATE", SM_TO(FILL_RETURNED)},
    [FILL_RETURNED] = {"RETURNED", SM_END},
};
const struct sm_table fill_machine = SM_TABLE("fill", fill_rows);

bool trade_open(const Seam__TradeRecord *record, uint64_t time_ms)
{
    return record->state != OFFER_WITHDRAWN && time_ms < record->trade->expires_ms;
}

const char *trade_offer_status(const Seam__TradeRecord *record, uint64_t time_ms)
{
    if (record->state == OFFER_OPEN && !trade_open(record, time_ms)) {
        return "EXPIRED";
    }
    return sm_name(&trade_offer_machine, (uint8_t)record->state);
}

const char *trade_fill_status(const Seam__FillRecord *fill, const Seam__TradeRecord *trade,
                              uint64_t time_ms)
{
    const bool late = (fill->state == FILL_ACCEPTED && !trade_open(trade, time_ms)) ||
                      (fill->state == FILL_LOCKED && time_ms >= fill->pay_by_ms);
    return late ? "EXPIRED" : sm_name(&fill_machine, (uint8_t)fill->state);
}

/* --- records --------------------------------------------------------------------------------- */

struct state_key trade_fill_key(const char *trade, uint32_t fill)
{
    struct state_key key = state_key_of(KEY_TRADE_FILL);
    state_key_id(&key, KEY_TRADE, trade);
    state_key_u32(&key, fill);
    return key;
}

void trade_fill_by(struct hash *out, const char *trade, uint32_t fill)
{
    char text[LIMIT_ID_TEXT + 16];
    (void)snprintf(text, sizeof text, "%s/%u", trade, fill);
    id_hash(out, KEY_TRADE_FILL, text);
}

enum err trade_view(const Seam__TradeRecord **out, struct overlay *state, const char *trade,
                    struct arena *arena)
{
    const struct state_key key = state_key_named(KEY_TRADE, trade);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__trade_record__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__TradeRecord *)message;
    }
    return err;
}

enum err trade_fill_view(const Seam__FillRecord **out, struct overlay *state, const char *trade,
                         uint32_t fill, struct arena *arena)
{
    const struct state_key key = trade_fill_key(trade, fill);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__fill_record__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__FillRecord *)message;
    }
    return err;
}

enum judgement trade_fill_put(struct rule_context *context, const Seam__FillRecord *fill,
                              struct err_detail *detail)
{
    const struct state_key key = trade_fill_key(fill->trade, fill->fill);
    return unit_put(context, &key, &fill->base, detail);
}

enum judgement trade_fill_move(Seam__FillRecord *fill, enum fill_state next,
                               struct err_detail *detail)
{
    uint8_t state = (uint8_t)fill->state;
    const enum err err = sm_move(&fill_machine, &state, (uint8_t)next, detail);
    fill->state = state;
    return view_judgement(err, err == OK ? JUDGE_OK : JUDGE_NEVER);
}

/* --- lists ----------------------------------------------------------------------------------- */

static struct state_key count_key(enum key_table table, const struct hash *owner)
{
    static const struct hash nobody;
    struct state_key key = state_key_of(KEY_TRADE_COUNT);
    state_key_u8(&key, (uint8_t)table);
    state_key_hash(&key, owner != NULL ? owner : &nobody);
    return key;
}

enum err trade_count(uint32_t *out, struct overlay *state, enum key_table table,
                     const struct hash *owner, struct arena *arena)
{
    const struct state_key key = count_key(table, owner);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__trade_count__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = ((const Seam__TradeCount *)message)->count;
    } else if (err == ERR_ABSENT) {
        *out = 0;
    }
    return err == ERR_ABSENT ? OK : err;
}

enum err trade_list(struct rule_context *context, enum key_table table, const struct hash *owner,
                    const char *id, uint32_t version)
{
    Seam__TradeCount count = SEAM__TRADE_COUNT__INIT;
    enum err err = trade_count(&count.count, context->state, table, owner, context->arena);
    if (err != OK) {
        return err;
    }
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    entry.id = (char *)id;
    entry.version = version;
    struct state_key key = state_key_list(table, owner, count.count);
    err = view_put(context->state, state_key_bytes(&key), &entry.base, context->arena);
    if (err != OK) {
        return err;
    }
    count.count++;
    key = count_key(table, owner);
    return view_put(context->state, state_key_bytes(&key), &count.base, context->arena);
}

/* --- locks of a position --------------------------------------------------------------------- */

static struct state_key locks_key(const char *holding, const struct series *series)
{
    struct state_key key = state_key_of(KEY_TRADE_LOCK);
    state_key_id(&key, KEY_HOLDING, holding);
    state_key_hash(&key, &series->id);
    return key;
}

static struct state_key lock_key(const char *holding, const struct series *series, uint32_t index)
{
    struct state_key key = locks_key(holding, series);
    state_key_u32(&key, index);
    return key;
}

static enum err locks_count(uint32_t *out, struct overlay *state, const char *holding,
                            const struct series *series, struct arena *arena)
{
    const struct state_key key = locks_key(holding, series);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__unit_locks__descriptor, state, state_key_bytes(&key), arena);
    *out = err == OK ? ((const Seam__UnitLocks *)message)->count : 0;
    return err == ERR_ABSENT ? OK : err;
}

static enum err locks_put(struct rule_context *context, const char *holding,
                          const struct series *series, uint32_t count)
{
    Seam__UnitLocks locks = SEAM__UNIT_LOCKS__INIT;
    locks.count = count;
    const struct state_key key = locks_key(holding, series);
    return view_put(context->state, state_key_bytes(&key), &locks.base, context->arena);
}

static enum err lock_read(const Seam__UnitLock **out, struct overlay *state, const char *holding,
                          const struct series *series, uint32_t index, struct arena *arena)
{
    const struct state_key key = lock_key(holding, series, index);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__unit_lock__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__UnitLock *)message;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

enum judgement trade_lock_add(struct rule_context *context, const Seam__FillRecord *fill,
                              const struct series *series, uint32_t *index,
                              struct err_detail *detail)
{
    uint32_t count = 0;
    enum err err = locks_count(&count, context->state, fill->seller, series, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (count >= TRADE_LOCKS_MAX) {
        return unit_refuse_amount(detail, ERR_RANGE, "3.4", "fill", TRADE_LOCKS_MAX,
                                  "as many unpaid locks as one position may have");
    }
    Seam__UnitLock lock = SEAM__UNIT_LOCK__INIT;
    lock.trade = fill->trade;
    lock.fill = fill->fill;
    lock.until_ms = fill->pay_by_ms;
    const struct state_key key = lock_key(fill->seller, series, count);
    err = view_put(context->state, state_key_bytes(&key), &lock.base, context->arena);
    if (err == OK) {
        err = locks_put(context, fill->seller, series, count + 1);
    }
    if (err == OK) {
        *index = count;
    }
    return unit_world(detail, err);
}

/* The last lock takes the place of the one that ends; its fill must know. */
enum judgement trade_lock_end(struct rule_context *context, const Seam__FillRecord *fill,
                              const struct series *series, struct err_detail *detail)
{
    uint32_t count = 0;
    enum err err = locks_count(&count, context->state, fill->seller, series, context->arena);
    if (err == OK && fill->lock >= count) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    const uint32_t last = count - 1;
    const struct state_key last_key = lock_key(fill->seller, series, last);
    if (fill->lock != last) {
        const Seam__UnitLock *moved = NULL;
        const Seam__FillRecord *other = NULL;
        err = lock_read(&moved, context->state, fill->seller, series, last, context->arena);
        if (err == OK) {
            err =
                trade_fill_view(&other, context->state, moved->trade, moved->fill, context->arena);
        }
        if (err != OK) {
            return unit_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        Seam__FillRecord copy = *other;
        copy.lock = fill->lock;
        const struct state_key key = lock_key(fill->seller, series, fill->lock);
        err = view_put(context->state, state_key_bytes(&key), &moved->base, context->arena);
        if (err != OK || trade_fill_put(context, &copy, detail) != JUDGE_OK) {
            return unit_world(detail, err != OK ? err : ERR_CORRUPT);
        }
    }
    err = overlay_delete(context->state, state_key_bytes(&last_key));
    if (err == OK) {
        err = locks_put(context, fill->seller, series, last);
    }
    return unit_world(detail, err);
}

/* Back to the seller, frozen or not. */
static enum judgement give_back(struct rule_context *context, const Seam__FillRecord *fill,
                                const struct series *series, struct err_detail *detail)
{
    struct block_range ranges[BLOCK_PIECES];
    struct hash by;
    trade_fill_by(&by, fill->trade, fill->fill);
    if (fill->units->n_ranges == 0 || fill->units->n_ranges > BLOCK_PIECES) {
        return unit_world(detail, ERR_CORRUPT);
    }
    for (size_t i = 0; i < fill->units->n_ranges; i++) {
        ranges[i] =
            (struct block_range){fill->units->ranges[i]->start, fill->units->ranges[i]->end};
    }
    const struct block_move move = {
        .series = series,
        .from = {.holding = fill->seller, .state = UNIT_RESERVED, .by = &by},
        .to = {.holding = fill->seller, .state = UNIT_TRADE},
        .quantity = fill->units->quantity,
        .ranges = ranges,
        .range_count = fill->units->n_ranges,
        .frozen = BLOCK_ANY,
        .kind = ENTRY_RELEASE,
        .by = &by,
        .field = "fill"};
    return block_move_plain(context, &move, NULL, detail);
}

enum judgement trade_release(struct rule_context *context, Seam__FillRecord *fill,
                             enum fill_state next, struct err_detail *detail)
{
    struct series series;
    enum judgement judgement = units_series(context, &series, fill->units, "units", detail);
    if (judgement == JUDGE_OK) {
        judgement = trade_fill_move(fill, next, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = trade_lock_end(context, fill, &series, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = give_back(context, fill, &series, detail);
    }
    fill->done_ms = context->time_ms;
    return judgement == JUDGE_OK ? trade_fill_put(context, fill, detail) : judgement;
}

enum err trade_expired(uint64_t *out, struct overlay *state, const char *holding,
                       const struct series *series, uint64_t time_ms, struct arena *arena)
{
    uint32_t count = 0;
    uint64_t sum = 0;
    enum err err = locks_count(&count, state, holding, series, arena);
    for (uint32_t i = 0; i < count && err == OK; i++) {
        const Seam__UnitLock *lock = NULL;
        err = lock_read(&lock, state, holding, series, i, arena);
        if (err != OK || time_ms < lock->until_ms) {
            continue;
        }
        const Seam__FillRecord *fill = NULL;
        err = trade_fill_view(&fill, state, lock->trade, lock->fill, arena);
        sum += err == OK ? fill->units->quantity : 0;
    }
    if (err == OK) {
        *out = sum;
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

enum judgement trade_free(struct rule_context *context, const char *holding,
                          const struct series *series, uint64_t needed, uint64_t *freed,
                          struct err_detail *detail)
{
    uint32_t count = 0;
    enum err err = locks_count(&count, context->state, holding, series, context->arena);
    *freed = 0;
    /* From the end: what takes an ended lock's place was looked at before. */
    for (uint32_t i = count; i > 0 && err == OK && *freed < needed; i--) {
        const Seam__UnitLock *lock = NULL;
        const Seam__FillRecord *found = NULL;
        err = lock_read(&lock, context->state, holding, series, i - 1, context->arena);
        if (err != OK || context->time_ms < lock->until_ms) {
            continue;
        }
        err = trade_fill_view(&found, context->state, lock->trade, lock->fill, context->arena);
        if (err != OK) {
            break;
        }
        Seam__FillRecord fill = *found;
        const enum judgement judgement = trade_release(context, &fill, FILL_REFUNDED, detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        *freed += fill.units->quantity;
    }
    return unit_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
}
