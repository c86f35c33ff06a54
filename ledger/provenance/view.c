/* SPDX-License-Identifier: Apache-2.0 */
/* Each view is a key and a message type, as in governance/view.c. */

#include "ledger/provenance/view.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"

#define VIEW(Name, stem, key_value)                                                                \
    do {                                                                                           \
        const struct state_key key_ = (key_value);                                                 \
        ProtobufCMessage *message_ = NULL;                                                         \
        const enum err err_ = view_record(&message_, &seam__##stem##__descriptor, state,           \
                                          state_key_bytes(&key_), arena);                          \
        if (err_ == OK) {                                                                          \
            *out = (const Seam__##Name *)message_;                                                 \
        }                                                                                          \
        return err_;                                                                               \
    } while (0)

struct state_key view_product_key(const char *gtin)
{
    return state_key_named(KEY_PRODUCT, gtin);
}

struct state_key view_lot_key(const char *lot)
{
    return state_key_named(KEY_LOT, lot);
}

static struct state_key hash_key(enum key_table table, const struct hash *hash)
{
    struct state_key key = state_key_of(table);
    state_key_hash(&key, hash);
    return key;
}

struct state_key view_lot_event_key(const struct hash *event_id)
{
    return hash_key(KEY_LOT_EVENT, event_id);
}

struct state_key view_load_key(const char *sscc)
{
    return state_key_named(KEY_LOAD, sscc);
}

struct state_key view_offer_key(const struct hash *offer)
{
    return hash_key(KEY_LOT_OFFER, offer);
}

static struct state_key indexed_key(enum key_table table, const char *lot, uint32_t index)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_LOT, lot);
    state_key_u32(&key, index);
    return key;
}

struct state_key view_lot_history_key(const char *lot, uint32_t index)
{
    return indexed_key(KEY_LOT_HISTORY, lot, index);
}

struct state_key view_lot_edge_key(const char *lot, uint32_t index)
{
    return indexed_key(KEY_LOT_EDGE, lot, index);
}

static struct state_key list_key(enum key_table table, enum lot_list list, const char *owner)
{
    struct state_key key = state_key_of(table);
    state_key_u8(&key, (uint8_t)list);
    state_key_id(&key, KEY_LOT_LIST, owner);
    return key;
}

struct state_key view_lot_list_key(enum lot_list list, const char *owner, uint32_t index)
{
    struct state_key key = list_key(KEY_LOT_LIST, list, owner);
    state_key_u32(&key, index);
    return key;
}

struct state_key view_lot_list_count_key(enum lot_list list, const char *owner)
{
    return list_key(KEY_LOT_LIST_COUNT, list, owner);
}

static bool month_number(uint32_t *out, const char *month)
{
    struct period period;
    if (period_parse(&period, bytes_text(month)) != OK || period.cadence != CADENCE_MONTH) {
        return false;
    }
    *out = period.number;
    return true;
}

bool view_lot_month_key(struct state_key *out, const char *facility, const char *month,
                        const char *product)
{
    uint32_t number;
    if (!month_number(&number, month)) {
        return false;
    }
    struct state_key key = state_key_of(KEY_LOT_MONTH);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_id(&key, KEY_PRODUCT, product);
    state_key_u32(&key, number);
    *out = key;
    return true;
}

/* The three texts have no "|" in them, so that joined they are as distinct as apart. */
bool view_lot_claim_key(struct state_key *out, const char *place, const char *product,
                        const char *claim, const char *month)
{
    uint32_t number;
    char text[3 * (LIMIT_ID_TEXT + 1) + 1];
    if (!month_number(&number, month)) {
        return false;
    }
    (void)snprintf(text, sizeof text, "%s|%s|%s", place, product, claim);
    struct state_key key = state_key_of(KEY_LOT_CLAIM);
    state_key_id(&key, KEY_LOT_CLAIM, text);
    state_key_u32(&key, number);
    *out = key;
    return true;
}

void view_produced_owner(char *out, const char *facility, const char *month, const char *product)
{
    (void)snprintf(out, PRODUCED_OWNER_SIZE, "%s|%s|%s", facility, month, product);
}

enum err view_product(const Seam__ProductRecord **out, struct overlay *state, const char *gtin,
                      struct arena *arena)
{
    VIEW(ProductRecord, product_record, view_product_key(gtin));
}

enum err view_lot(const Seam__LotRecord **out, struct overlay *state, const char *lot,
                  struct arena *arena)
{
    VIEW(LotRecord, lot_record, view_lot_key(lot));
}

enum err view_lot_event(const Seam__LotEventRecord **out, struct overlay *state,
                        const struct hash *event_id, struct arena *arena)
{
    VIEW(LotEventRecord, lot_event_record, view_lot_event_key(event_id));
}

enum err view_load(const Seam__LoadRecord **out, struct overlay *state, const char *sscc,
                   struct arena *arena)
{
    VIEW(LoadRecord, load_record, view_load_key(sscc));
}

enum err view_offer(const Seam__OfferRecord **out, struct overlay *state, const struct hash *offer,
                    struct arena *arena)
{
    VIEW(OfferRecord, offer_record, view_offer_key(offer));
}

enum err view_lot_history(const Seam__LotHistoryEntry **out, struct overlay *state, const char *lot,
                          uint32_t index, struct arena *arena)
{
    VIEW(LotHistoryEntry, lot_history_entry, view_lot_history_key(lot, index));
}

enum err view_lot_edge(const Seam__LotEdge **out, struct overlay *state, const char *lot,
                       uint32_t index, struct arena *arena)
{
    VIEW(LotEdge, lot_edge, view_lot_edge_key(lot, index));
}

enum err view_lot_list(const Seam__LotListEntry **out, struct overlay *state, enum lot_list list,
                       const char *owner, uint32_t index, struct arena *arena)
{
    VIEW(LotListEntry, lot_list_entry, view_lot_list_key(list, owner, index));
}

enum err view_lot_list_count(uint32_t *out, struct overlay *state, enum lot_list list,
                             const char *owner, struct arena *arena)
{
    const struct state_key key = view_lot_list_count_key(list, owner);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__lot_list_count__descriptor, state,
                                     state_key_bytes(&key), arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    *out = err == OK ? ((const Seam__LotListCount *)message)->count : 0;
    return OK;
}

enum err view_lot_month(const Seam__LotMonthRecord **out, struct overlay *state,
                        const char *facility, const char *month, const char *product,
                        struct arena *arena)
{
    struct state_key key;
    if (!view_lot_month_key(&key, facility, month, product)) {
        return ERR_TYPE;
    }
    VIEW(LotMonthRecord, lot_month_record, key);
}

enum err view_lot_claim(const Seam__LotClaimRecord **out, struct overlay *state, const char *place,
                        const char *product, const char *claim, const char *month,
                        struct arena *arena)
{
    struct state_key key;
    if (!view_lot_claim_key(&key, place, product, claim, month)) {
        return ERR_TYPE;
    }
    VIEW(LotClaimRecord, lot_claim_record, key);
}
