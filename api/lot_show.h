/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LOT_SHOW_H
#define API_LOT_SHOW_H

/* Lots, events and footprints as people read them: masses as texts in t, fractions as texts, states
 * by name, grams as integers. Each writes members into an open object unless it says otherwise. */

#include "ledger/codec/json_out.h"
#include "ledger/query/lot_footprint.h"

/* lot_show_tonnes writes "key": "1200.5" of kilograms. */
void lot_show_tonnes(struct json_out *out, const char *key, int64_t kg);
/* lot_show_ppm writes parts per million as a text of 1: "0.25". */
void lot_show_ppm(struct json_out *out, const char *key, uint32_t ppm);
/* lot_show_share writes a share of LOT_SHARE_WHOLE as a text of 1. */
void lot_show_share(struct json_out *out, const char *key, uint64_t share);

const char *lot_show_state(uint32_t state); /* IN_STOCK ... */
const char *lot_show_type(uint32_t type); /* MINE ... */

void lot_show_record(struct json_out *out, const Seam__LotRecord *lot, uint64_t time_ms);
void lot_show_event(struct json_out *out, const Seam__LotEventRecord *event);
void lot_show_footprint(struct json_out *out, const struct lot_footprint *footprint);

#endif
