/* SPDX-License-Identifier: Apache-2.0 */
/* A lot leaves a load only by unloading, and a closed lot opens again only when an error
 * declaration gives back what was taken from it. */

#include "ledger/provenance/state.h"

static const struct sm_row lot_rows[] = {
    [LOT_IN_STOCK] = {"IN_STOCK", SM_TO(LOT_LOADED) | SM_TO(LOT_CLOSED) | SM_TO(LOT_VOID)},
    [LOT_LOADED] = {"LOADED", SM_TO(LOT_IN_TRANSIT) | SM_TO(LOT_IN_STOCK) | SM_TO(LOT_CLOSED)},
    [LOT_IN_TRANSIT] = {"IN_TRANSIT", SM_TO(LOT_ARRIVED) | SM_TO(LOT_CLOSED)},
    [LOT_ARRIVED] = {"ARRIVED", SM_TO(LOT_IN_TRANSIT) | SM_TO(LOT_IN_STOCK) | SM_TO(LOT_CLOSED)},
    [LOT_CLOSED] = {"CLOSED", SM_TO(LOT_IN_STOCK)},
    [LOT_VOID] = {"VOID", SM_END},
};

static const struct sm_row load_rows[] = {
    [LOAD_LOADED] = {"LOADED", SM_TO(LOAD_IN_TRANSIT) | SM_TO(LOAD_UNLOADED)},
    [LOAD_IN_TRANSIT] = {"IN_TRANSIT", SM_TO(LOAD_ARRIVED)},
    [LOAD_ARRIVED] = {"ARRIVED", SM_TO(LOAD_IN_TRANSIT) | SM_TO(LOAD_UNLOADED)},
    [LOAD_UNLOADED] = {"UNLOADED", SM_END},
};

static const struct sm_row offer_rows[] = {
    [OFFER_OPEN] = {"OPEN", SM_TO(OFFER_ACCEPTED) | SM_TO(OFFER_REFUSED) | SM_TO(OFFER_WITHDRAWN) |
                                SM_TO(OFFER_EXPIRED)},
    [OFFER_ACCEPTED] = {"ACCEPTED", SM_END},
    [OFFER_REFUSED] = {"REFUSED", SM_END},
    [OFFER_WITHDRAWN] = {"WITHDRAWN", SM_END},
    [OFFER_EXPIRED] = {"EXPIRED", SM_END},
};

const struct sm_table lot_machine = SM_TABLE("lot", lot_rows);
const struct sm_table load_machine = SM_TABLE("load", load_rows);
const struct sm_table offer_machine = SM_TABLE("offer", offer_rows);

enum offer_state offer_status(const Seam__OfferRecord *offer, uint64_t time_ms)
{
    if (offer->state == OFFER_OPEN && time_ms > offer->expires_ms) {
        return OFFER_EXPIRED;
    }
    return (enum offer_state)offer->state;
}

bool lot_offered(const Seam__LotRecord *lot, uint64_t time_ms)
{
    return lot->offer_expires_ms != 0 && time_ms <= lot->offer_expires_ms;
}

bool load_offered(const Seam__LoadRecord *load, uint64_t time_ms)
{
    return load->offer_expires_ms != 0 && time_ms <= load->offer_expires_ms;
}

static bool amounts_sound(const Seam__LotRecord *lot)
{
    const int64_t amounts[] = {
        lot->qty_kg,    lot->created_kg, lot->consumed_kg, lot->used_kg,  lot->lost_kg,
        lot->gained_kg, lot->voided_kg,  lot->returned_kg, lot->claim_kg, lot->carried_gain_kg};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        if (amounts[i] < 0) {
            return false;
        }
    }
    const __int128 in = (__int128)lot->created_kg + lot->gained_kg + lot->returned_kg;
    const __int128 out =
        (__int128)lot->qty_kg + lot->consumed_kg + lot->used_kg + lot->lost_kg + lot->voided_kg;
    return in == out && lot->claim_kg <= lot->qty_kg && lot->carried_gain_kg <= lot->qty_kg;
}

static bool quality_sound(const Seam__LotRecord *lot)
{
    return lot->moisture_e4 < 10000 && lot->ash_e4 <= 10000 && lot->carbon_e4 <= 10000 &&
           (lot->has_carbon || lot->carbon_e4 == 0) &&
           (uint64_t)lot->ash_e4 + lot->carbon_e4 <= 10000;
}

static bool origins_sound(const Seam__LotRecord *lot)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < lot->n_origins; i++) {
        sum += lot->origins[i]->share_ppm;
    }
    return sum == 1000000 && lot->model < MODEL_COUNT &&
           (lot->model != MODEL_IDENTITY_PRESERVED || lot->n_origins == 1);
}

bool lot_sound(const Seam__LotRecord *lot)
{
    const bool empty = lot->state == LOT_CLOSED || lot->state == LOT_VOID;
    const bool carried =
        lot->state == LOT_LOADED || lot->state == LOT_IN_TRANSIT || lot->state == LOT_ARRIVED;
    return lot->state < lot_machine.count && amounts_sound(lot) && quality_sound(lot) &&
           origins_sound(lot) && (lot->qty_kg == 0) == empty && (lot->sscc[0] != '\0') == carried &&
           (lot->voided_kg > 0) == (lot->state == LOT_VOID) && lot->owner[0] != '\0' &&
           lot->custodian[0] != '\0' && lot->place[0] != '\0';
}

bool load_sound(const Seam__LoadRecord *load)
{
    const bool moved = load->state == LOAD_IN_TRANSIT || load->state == LOAD_ARRIVED;
    return load->state < load_machine.count && load->n_lots > 0 &&
           (!moved || (load->legs > 0 && load->depart_event.len != 0)) &&
           load->custodian[0] != '\0';
}

const char *model_name(uint32_t model)
{
    static const char *const names[MODEL_COUNT] = {"IDENTITY_PRESERVED", "SEGREGATED",
                                                   "CONTROLLED_BLENDING", "MASS_BALANCE"};
    return model < MODEL_COUNT ? names[model] : "?";
}
