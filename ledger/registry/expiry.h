/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_EXPIRY_H
#define LEDGER_REGISTRY_EXPIRY_H

/* When the carry-over window of a year is over, allowances of vintages up to it that were not
 * carried have expired. That is derived from the scheme and a time (decision D11), for every unit,
 * wherever it lies: so a pledge, an offer, a lock, a pending surrender or another account keeps
 * nothing out of it. What has expired may still be given for that year or an earlier one, be
 * cancelled, come back to its owner and lapse; nothing else. Inside this folder and for queries. */

#include "ledger/registry/view.h"

struct expiry {
    uint32_t year; /* the first whose window closed on this vintage; 0: not expired */
    uint64_t since_ms;
};

/* expiry_of a vintage in a scheme at a time. The world's errors. */
enum err NODISCARD expiry_of(struct expiry *out, struct overlay *state,
                             const Seam__SchemeRecord *scheme, uint32_t vintage, uint64_t time_ms,
                             struct arena *arena);
/* expiry_valid refuses expired allowances with ERR_VINTAGE (limit: since when); other assets do not
 * expire. scheme: id. */
enum judgement expiry_valid(struct rule_context *context, const char *scheme,
                            const Seam__Units *units, const char *field, struct err_detail *detail);

#endif
