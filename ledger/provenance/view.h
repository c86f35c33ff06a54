/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_VIEW_H
#define LEDGER_PROVENANCE_VIEW_H

/* What other folders may see of lots, read-only. Records live in arena. ERR_ABSENT where there is
 * none, or past the end of a list; the world's errors as in governance/view.h. Nothing here scans:
 * every list is dense and read by index from 0, its length stands in a record. */

#include "ledger/governance/view.h"
#include "ledger/provenance/provenance.h"
#include "ledger/provenance/state.h"

enum err NODISCARD view_product(const Seam__ProductRecord **out, struct overlay *state,
                                const char *gtin, struct arena *arena);
enum err NODISCARD view_lot(const Seam__LotRecord **out, struct overlay *state, const char *lot,
                            struct arena *arena);
enum err NODISCARD view_lot_event(const Seam__LotEventRecord **out, struct overlay *state,
                                  const struct hash *event_id, struct arena *arena);
enum err NODISCARD view_load(const Seam__LoadRecord **out, struct overlay *state, const char *sscc,
                             struct arena *arena);
enum err NODISCARD view_offer(const Seam__OfferRecord **out, struct overlay *state,
                              const struct hash *offer, struct arena *arena);

/* view_lot_history gives entry index of a lot's history, oldest first; lot->events are there. Every
 * event that touched the lot stands in it once. */
enum err NODISCARD view_lot_history(const Seam__LotHistoryEntry **out, struct overlay *state,
                                    const char *lot, uint32_t index, struct arena *arena);
/* view_lot_edge gives entry index of a lot's children edges; lot->edges are there. The parents of a
 * lot are the inputs of its created_event: a lot is made once. */
enum err NODISCARD view_lot_edge(const Seam__LotEdge **out, struct overlay *state, const char *lot,
                                 uint32_t index, struct arena *arena);

/* Lists, oldest first. A lot that comes back to an owner or a place stands there again. */
enum lot_list {
    LOT_LIST_OWNED = 1, /* lots that an organisation came to own; owner: organisation */
    LOT_LIST_HELD = 2, /* lots that came into its custody; owner: organisation */
    LOT_LIST_AT = 3, /* lots that came to a place; owner: place */
    LOT_LIST_PRODUCED = 4, /* lots mined or washed; owner: view_produced_owner */
    LOT_LIST_PRODUCTS = 5, /* GTINs of an organisation */
    LOT_LIST_EVENTS = 6, /* events that an organisation recorded: entry->id */
    LOT_LIST_OFFERS_MADE = 7, /* entry->id; owner: organisation */
    LOT_LIST_OFFERS_RECEIVED = 8,
    LOT_LIST_LOADS = 9, /* SSCCs that came into an organisation's custody */
    LOT_LIST_FINDINGS = 10, /* events of an organisation with findings: entry->id */
    LOT_LIST_ALL = 11, /* every lot; owner "" */
    LOT_LIST_ALL_EVENTS = 12, /* every event, in the order of the ledger; owner "" */
    LOT_LIST_LOTS_OF_PRODUCT = 13, /* every lot of a GTIN; owner: gtin */
    LOT_LIST_DEVICE = 14 /* events that name an instrument: entry->id; owner: its reference */
};

/* view_lot_list gives entry index of a list; view_lot_list_count its length, 0 where none. */
enum err NODISCARD view_lot_list(const Seam__LotListEntry **out, struct overlay *state,
                                 enum lot_list list, const char *owner, uint32_t index,
                                 struct arena *arena);
enum err NODISCARD view_lot_list_count(uint32_t *out, struct overlay *state, enum lot_list list,
                                       const char *owner, struct arena *arena);

/* view_produced_owner writes the owner text of LOT_LIST_PRODUCED, "facility|YYYY-MM|product"; out
 * holds PRODUCED_OWNER_SIZE. The stage follows from the facility: WA of a washing plant, else MI.
 */
#define PRODUCED_OWNER_SIZE (2 * 64 + 16)
void view_produced_owner(char *out, const char *facility, const char *month, const char *product);
/* view_lot_month gives how much a facility made of a product in a month, in how many lots. */
enum err NODISCARD view_lot_month(const Seam__LotMonthRecord **out, struct overlay *state,
                                  const char *facility, const char *month, const char *product,
                                  struct arena *arena);
/* view_lot_claim gives what was booked in and out of a claim at a place in one month. */
enum err NODISCARD view_lot_claim(const Seam__LotClaimRecord **out, struct overlay *state,
                                  const char *place, const char *product, const char *claim,
                                  const char *month, struct arena *arena);

/* State keys of the records above, for proofs. */
struct state_key view_product_key(const char *gtin);
struct state_key view_lot_key(const char *lot);
struct state_key view_lot_event_key(const struct hash *event_id);
struct state_key view_load_key(const char *sscc);
struct state_key view_offer_key(const struct hash *offer);
struct state_key view_lot_history_key(const char *lot, uint32_t index);
struct state_key view_lot_edge_key(const char *lot, uint32_t index);
struct state_key view_lot_list_key(enum lot_list list, const char *owner, uint32_t index);
struct state_key view_lot_list_count_key(enum lot_list list, const char *owner);
/* False where month is no month. */
bool NODISCARD view_lot_month_key(struct state_key *out, const char *facility, const char *month,
                                  const char *product);
bool NODISCARD view_lot_claim_key(struct state_key *out, const char *place, const char *product,
                                  const char *claim, const char *month);

#endif
