/* SPDX-License-Identifier: Apache-2.0 */
/* A band is rounded inwards: a price at its end is a whole tick and inside. A published close is
 * corrected by a next version. What bands and plans refer to is the close of the newest day, of the
 * venue that the scheme names first among those that have one for that day: so no venue moves it by
 * publishing later in the day, and none that the scheme does not name moves it at all. */

#include "ledger/registry/price.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/base/qty.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/view.h"

__extension__ typedef __int128 int128;

#define WHOLE_BP 10000

static int64_t tick_of(uint32_t tick_fen)
{
    return tick_fen == 0 ? 1 : (int64_t)tick_fen;
}

struct price_range price_range_of(int64_t close_fen, uint32_t tick_fen, uint32_t band_bp)
{
    const int64_t tick = tick_of(tick_fen);
    struct price_range range = {.low_fen = tick, .high_fen = PRICE_FEN_MAX / tick * tick};
    if (band_bp == 0 || close_fen <= 0) {
        return range;
    }
    const int128 below = band_bp < WHOLE_BP ? WHOLE_BP - band_bp : 0;
    const int128 step = (int128)tick * WHOLE_BP;
    const int128 low = ((int128)close_fen * below + step - 1) / step * tick;
    const int128 high = (int128)close_fen * (WHOLE_BP + (int128)band_bp) / step * tick;
    if (low > range.low_fen) {
        range.low_fen = (int64_t)low;
    }
    if (high < range.high_fen) {
        range.high_fen = (int64_t)high;
    }
    return range;
}

enum err price_valid(int64_t price_fen, int64_t close_fen, uint32_t tick_fen, uint32_t band_bp,
                     const char *field, struct err_detail *detail)
{
    char limit[64];
    const struct price_range range = price_range_of(close_fen, tick_fen, band_bp);
    const int64_t tick = tick_of(tick_fen);
    (void)snprintf(limit, sizeof limit, "%lld..%lld, step %lld", (long long)range.low_fen,
                   (long long)range.high_fen, (long long)tick);
    if (price_fen < 0) {
        return err_set(detail, ERR_NEG, field, NULL, limit, NULL);
    }
    if (price_fen % tick != 0) {
        return err_set(detail, ERR_RANGE, field, NULL, limit, "not a whole number of ticks");
    }
    if (price_fen < range.low_fen || price_fen > range.high_fen) {
        return err_set(detail, ERR_RANGE, field, NULL, limit,
                       band_bp == 0 || close_fen <= 0 ? NULL
                                                      : "outside the band of the last close");
    }
    return OK;
}

enum err price_amount(int64_t *out, uint64_t quantity, int64_t price_fen)
{
    const int128 amount = (int128)quantity * price_fen;
    if (amount < 0 || amount > QTY_SAFE_MAX) {
        return ERR_RANGE;
    }
    *out = (int64_t)amount;
    return OK;
}

/* --- published prices ------------------------------------------------------------------------ */

static struct state_key last_key(const char *scheme, const char *asset, uint32_t vintage)
{
    struct state_key key = state_key_of(KEY_PRICE_LAST);
    state_key_id(&key, KEY_SCHEME, scheme);
    state_key_id(&key, KEY_ASSET, asset);
    state_key_u32(&key, vintage);
    return key;
}

static struct state_key day_key(const char *scheme, const char *venue, const char *asset,
                                uint32_t vintage, int64_t day)
{
    struct state_key key = state_key_of(KEY_PRICE);
    state_key_id(&key, KEY_SCHEME, scheme);
    state_key_id(&key, KEY_PRICE, venue);
    state_key_id(&key, KEY_ASSET, asset);
    state_key_u32(&key, vintage);
    state_key_u32(&key, (uint32_t)day);
    return key;
}

static enum err last_of(const Seam__PriceLast **out, struct overlay *state, const char *scheme,
                        const char *asset, uint32_t vintage, struct arena *arena)
{
    const struct state_key key = last_key(scheme, asset, vintage);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__price_last__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__PriceLast *)message;
    }
    return err;
}

enum err price_last(const Seam__PriceLast **out, struct overlay *state, const char *scheme,
                    const char *asset, uint32_t vintage, struct arena *arena)
{
    const enum err err = last_of(out, state, scheme, asset, vintage, arena);
    return err == ERR_ABSENT && vintage != 0 ? last_of(out, state, scheme, asset, 0, arena) : err;
}

enum err price_day(const Seam__PriceRecord **out, struct overlay *state, const char *scheme,
                   const char *venue, const char *asset, uint32_t vintage, int64_t day,
                   struct arena *arena)
{
    const struct state_key key = day_key(scheme, venue, asset, vintage, day);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__price_record__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__PriceRecord *)message;
    }
    return err;
}

void price_list_owner(struct hash *out, const char *scheme, const char *asset, uint32_t vintage)
{
    char text[3 * LIMIT_ID_TEXT];
    (void)snprintf(text, sizeof text, "%s/%s/%u", scheme, asset, vintage);
    id_hash(out, KEY_PRICE, text);
}

/* Place of a venue in the scheme's list; n_venues where it does not stand there. */
static size_t venue_rank(const Seam__SchemeSet *scheme, const char *venue)
{
    size_t i = 0;
    while (i < scheme->n_venues && strcmp(scheme->venues[i]->venue, venue) != 0) {
        i++;
    }
    return i;
}

/* Closes move bands and penalties: only who the scheme names for a venue publishes them. */
static enum judgement publish_venue(const struct rule_context *context,
                                    const Seam__SchemeSet *scheme, const char *venue,
                                    struct err_detail *detail)
{
    const size_t rank = venue_rank(scheme, venue);
    if (rank == scheme->n_venues) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "venue",
                           rank > 0 ? scheme->venues[0]->venue : NULL,
                           "the scheme takes no prices from this venue");
    }
    const char *publisher = scheme->venues[rank]->organisation;
    if (strcmp(publisher, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "venue", publisher,
                           "another organisation publishes for this venue");
    }
    return JUDGE_OK;
}

/* Scheme, venue, asset and day: a day that has begun, of an asset that the scheme takes. */
static enum judgement publish_subject(struct rule_context *context, const Seam__PricePublish *in,
                                      const Seam__SchemeRecord **out, int64_t *day,
                                      struct err_detail *detail)
{
    const Seam__SchemeRecord *scheme = NULL;
    char today[DATE_TEXT_SIZE];
    enum err err = registry_scheme(&scheme, context->state, in->scheme, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "scheme", in->scheme);
    }
    const enum judgement judgement = publish_venue(context, scheme->scheme, in->venue, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (!registry_scheme_takes(scheme, in->asset)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "asset", NULL,
                           "the scheme does not take this asset");
    }
    err = registry_scheme_day(today, context->state, scheme, context->time_ms, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    struct date date;
    if (date_parse(&date, bytes_text(in->day)) != OK) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "D43", "day", "YYYY-MM-DD", NULL);
    }
    if (strcmp(in->day, today) > 0) {
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_PERIOD_OPEN, "D43", "day", today,
                           "this day has not begun");
    }
    *day = date_to_days(date);
    *out = scheme;
    const enum err priced =
        price_valid(in->close_fen, 0, scheme->scheme->tick_fen, 0, "close_fen", detail);
    return priced == OK ? JUDGE_OK : JUDGE_NEVER;
}

/* Version 1, then one more each time. */
static enum judgement publish_version(struct rule_context *context, const Seam__PricePublish *in,
                                      int64_t day, struct err_detail *detail)
{
    const Seam__PriceRecord *old = NULL;
    const enum err err = price_day(&old, context->state, in->scheme, in->venue, in->asset,
                                   in->vintage, day, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    const uint32_t version = err == OK ? old->price->version : 0;
    if (in->version <= version) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_CONFLICT, "D43", "version", NULL,
                           "this day was published already");
    }
    if (in->version > version + 1) {
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_GAP, "D43", "version", NULL,
                           "the version before it is missing");
    }
    return JUDGE_OK;
}

static enum err publish_last(struct rule_context *context, const Seam__PricePublish *in,
                             const Seam__SchemeSet *scheme)
{
    const Seam__PriceLast *old = NULL;
    const enum err err =
        last_of(&old, context->state, in->scheme, in->asset, in->vintage, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    const int order = err == OK ? strcmp(old->day, in->day) : -1;
    if (order > 0 ||
        (order == 0 && venue_rank(scheme, old->venue) < venue_rank(scheme, in->venue))) {
        return OK;
    }
    Seam__PriceLast last = SEAM__PRICE_LAST__INIT;
    last.day = in->day;
    last.close_fen = in->close_fen;
    last.venue = in->venue;
    const struct state_key key = last_key(in->scheme, in->asset, in->vintage);
    return view_put(context->state, state_key_bytes(&key), &last.base, context->arena);
}

enum judgement price_publish(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__PricePublish *in = (const Seam__PricePublish *)payload;
    const Seam__SchemeRecord *scheme = NULL;
    int64_t day = 0;
    enum judgement judgement = publish_subject(context, in, &scheme, &day, detail);
    if (judgement == JUDGE_OK) {
        judgement = publish_version(context, in, day, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__PriceRecord record = SEAM__PRICE_RECORD__INIT;
    record.price = (Seam__PricePublish *)in;
    record.organisation = (char *)context->organisation_id;
    record.height = context->height;
    const struct state_key key = day_key(in->scheme, in->venue, in->asset, in->vintage, day);
    enum err err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    if (err == OK && in->version == 1) {
        struct hash owner;
        price_list_owner(&owner, in->scheme, in->asset, in->vintage);
        err = trade_list(context, KEY_PRICE, &owner, in->venue, (uint32_t)day);
    }
    if (err == OK) {
        err = publish_last(context, in, scheme->scheme);
    }
    return unit_world(detail, err);
}

void price_publish_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__PricePublish *in = (const Seam__PricePublish *)payload;
    const struct state_key scheme = state_key_named(KEY_SCHEME, in->scheme);
    *needs = unit_link(context, &scheme);
    (void)creates;
}
