/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PACT_H
#define API_PACT_H

/* A lot's footprint as a ProductFootprint of the PACT data exchange protocol 3 (decision D41): per
 * tonne, decimals as texts. It is immutable: its id is derived from everything it says and from the
 * accounts it rests on, so what changes gets another id and names the one before. */

#include "ledger/codec/json_out.h"
#include "ledger/query/lot_footprint.h"

#define PACT_ID_SIZE 37
#define PACT_PRECEDING_MAX 8
#define PACT_SCALES_MAX 4

struct pact {
    const struct lot_footprint *footprint;
    const Seam__ProductRecord *product;
    const Seam__OrganisationRecord *owner;
    const char *country; /* ISO 3166-1 of where it was mined; NULL: more than one, or not known */
    const char *scales[PACT_SCALES_MAX]; /* AR4, AR5, AR6: of the accounts behind it */
    size_t scale_count;
    uint64_t created_ms; /* when the newest thing in it was recorded */
};

/* pact_id writes the id. ERR_INCOMPLETE: the lot's carbon was not measured, which the protocol asks
 * for, or there is no account of a facility behind it, so that it has no figure; ERR_MEMORY. */
enum err NODISCARD pact_id(char out[PACT_ID_SIZE], const struct pact *pact);

/* pact_write writes the footprint as an object. preceding: ids of what it replaced; deprecated: it
 * was replaced itself. Errors as pact_id. */
enum err NODISCARD pact_write(struct json_out *out, const struct pact *pact,
                              const char (*preceding)[PACT_ID_SIZE], size_t preceding_count,
                              bool deprecated);

#endif
