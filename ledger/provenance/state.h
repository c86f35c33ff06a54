/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_STATE_H
#define LEDGER_PROVENANCE_STATE_H

/* The states of lots, loads and offers as tables, and the invariants of their records. Numbers are
 * stored: they are for ever. docs/lots.md draws the same tables. */

#include "ledger/base/sm.h"
#include "ledger/proto/lot.pb-c.h"

/* A lot that is offered is in stock or in a load: the offer is an attribute (lot_offered). */
enum lot_state {
    LOT_IN_STOCK = 0, /* at a place */
    LOT_LOADED = 1, /* in a train or ship that stands where it was loaded */
    LOT_IN_TRANSIT = 2,
    LOT_ARRIVED = 3, /* still in the train or ship */
    LOT_CLOSED = 4, /* nothing is left of it */
    LOT_VOID = 5 /* its creation was declared an error and taken back */
};

enum load_state {
    LOAD_LOADED = 0,
    LOAD_IN_TRANSIT = 1,
    LOAD_ARRIVED = 2,
    LOAD_UNLOADED = 3 /* its SSCC is not used again */
};

/* OFFER_EXPIRED is never stored: offer_status derives it (decision D11). */
enum offer_state {
    OFFER_OPEN = 0,
    OFFER_ACCEPTED = 1,
    OFFER_REFUSED = 2,
    OFFER_WITHDRAWN = 3,
    OFFER_EXPIRED = 4
};

extern const struct sm_table lot_machine;
extern const struct sm_table load_machine;
extern const struct sm_table offer_machine;

/* offer_status is the state of an offer at a time: OPEN until expires_ms, included. */
enum offer_state offer_status(const Seam__OfferRecord *offer, uint64_t time_ms);
/* lot_offered and load_offered: is an offer open at this time? */
bool lot_offered(const Seam__LotRecord *lot, uint64_t time_ms);
bool load_offered(const Seam__LoadRecord *load, uint64_t time_ms);

/* lot_sound is the invariant of a record: amounts not negative, created + gained + returned = qty +
 * consumed + used + lost + voided, nothing left exactly where CLOSED or VOID, a load exactly where
 * the state needs one, shares of origins complete, fractions at most 1, claim and carried gain
 * within the lot.
 */
bool lot_sound(const Seam__LotRecord *lot);
/* load_sound: lots in it, a leg where the state needs one. */
bool load_sound(const Seam__LoadRecord *load);

/* Custody models of ISO 22095, the strictest first (decision D41). Book and claim is not offered.
 */
enum custody_model {
    MODEL_IDENTITY_PRESERVED = 0, /* coal of one facility */
    MODEL_SEGREGATED = 1, /* coal of one mining organisation */
    MODEL_CONTROLLED_BLENDING = 2, /* origins mixed, their shares recorded */
    MODEL_MASS_BALANCE = 3 /* the claim is kept by book, per product, place and 12 months */
};
#define MODEL_COUNT 4
/* model_name is IDENTITY_PRESERVED and so on, "?" outside. */
const char *model_name(uint32_t model);

#endif
