/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_CERTIFICATE_H
#define LEDGER_QUERY_CERTIFICATE_H

/* Cutting the proof of a certificate (decision D9) from the database: the Proof message that
 * chain/proof.h checks from the genesis document alone. The anchor is the first block at or above
 * the query's height that has a finalization of its own; asked at QUERY_NEWEST, that is the head,
 * and the status shown is that of now. */

#include "ledger/chain/proof.h"
#include "ledger/query/query.h"

/* What is proven, and how much of it is shown. */
struct certificate_request {
    struct hash tx_id;
    /* Lines of its account to disclose (decision D3: the caller has checked who asks): all of them,
     * or those of the listed numbers, ascending. */
    bool all_lines;
    const uint32_t *lines;
    size_t line_count;
    /* State keys whose value, or absence, at the anchor is proven, in this order. */
    const struct bytes *states;
    size_t state_count;
};

/* certificate_build gives the canonical Proof in arena, which needs room for PROOF_ARENA_SIZE.
 * ERR_ABSENT (no such transaction, or a query of an overlay, which has no blocks), ERR_RANGE (no
 * such line), ERR_TOO_LARGE (more than LIMIT_CERTIFICATE), ERR_STORAGE, ERR_CORRUPT, ERR_MEMORY. */
enum err NODISCARD certificate_build(struct bytes *proof, struct query *query,
                                     const struct certificate_request *request, struct arena *arena,
                                     struct err_detail *detail);

/* certificate_account is certificate_build for one version of a facility's account (0: the one that
 * counts), with its AccountHead as the state. ERR_ABSENT (no such account), ERR_TYPE (period). */
enum err NODISCARD certificate_account(struct bytes *proof, struct query *query,
                                       const char *facility, const char *period, uint32_t version,
                                       bool all_lines, struct arena *arena,
                                       struct err_detail *detail);

#endif
