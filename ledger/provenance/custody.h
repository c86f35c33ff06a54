/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_CUSTODY_H
#define LEDGER_PROVENANCE_CUSTODY_H

/* Custody models of ISO 22095 (decision D41): what may be mixed under which model, and what is
 * inherited. A claim is what is said of coal (a word); the physical models keep it with the coal,
 * mass balance by book: at one place, for one product, outputs that carry it are at most the inputs
 * that carried it, over 12 months. Inside provenance/ only. */

#include "ledger/provenance/event.h"

#define ORIGINS_MAX 64

/* What goes into one process. */
struct mixture {
    Seam__LotOrigin *origins[ORIGINS_MAX]; /* share_ppm is filled by custody_origins */
    int64_t weights[ORIGINS_MAX]; /* kg times parts per million */
    size_t origin_count;
    enum custody_model weakest;
    const char *claim; /* of all claimed inputs; "" where none */
    bool claims_differ; /* some of the coal carries the claim, some does not */
    int64_t claimed_kg; /* of the coal that carries it; claim_kg of these count */
    bool claims_clash; /* two inputs carry different claims */
    int64_t claim_kg;
    int64_t kg;
};

struct mixture custody_mixture(void);
/* custody_add adds kg of a lot with the part of its claim that goes along. */
enum judgement custody_add(struct event *event, struct mixture *mixture, const Seam__LotRecord *lot,
                           int64_t kg, int64_t claim_kg);
/* custody_origins gives the origins of the mixture, ascending, shares adding up. ERR_MEMORY. */
enum err NODISCARD custody_origins(struct event *event, Seam__LotOrigin ***out,
                                   const struct mixture *mixture);
/* custody_model reads a declared model. BOOK_AND_CLAIM and unknown ones are refused. *given is
 * false for "". */
enum judgement custody_model(const struct event *event, enum custody_model *out, bool *given,
                             const char *model, const char *field);
/* What a payload declares of an output; texts may be "". */
struct custody_wish {
    const char *model;
    const char *claim; /* MASS_BALANCE: "" is the claim of the inputs */
    const char *claim_qty; /* MASS_BALANCE: "" is all that is left */
};

/* custody_inherit gives an output its model, origins and claim: declared, or the strictest that the
 * mixture admits. whole_kg is the mass of all outputs, which count for the claim as much as what
 * went in with it, mass as received: water that came in adds nothing. Refused (ERR_CUSTODY):
 * stricter than an input, or coal of an origin or claim that the model does not admit; ERR_BALANCE:
 * more claimed than is left in the book. */
enum judgement custody_inherit(struct event *event, Seam__LotRecord *lot,
                               const struct mixture *mixture, const struct custody_wish *wish,
                               int64_t whole_kg, const char *field);

/* custody_gain books kg that a scale found above the book. Where all of a lot carries its claim
 * under one of the first two models, it still does; under the others nothing is claimed of it. */
void custody_gain(Seam__LotRecord *lot, int64_t kg);

#endif
