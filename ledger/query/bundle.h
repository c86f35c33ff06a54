/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_BUNDLE_H
#define LEDGER_QUERY_BUNDLE_H

/* Cutting a bundle (chain/bundle.h) from the database. The anchor is that of a certificate: the
 * first block at or above the query's height that has a finalization of its own. Who may have what
 * is in it has been asked before: bodies are for everybody with a token (decision D3), documents
 * are what the caller attaches. */

#include "ledger/chain/bundle.h"
#include "ledger/query/query.h"

/* A document named by its SHA-256; content may be empty: it is mentioned, not attached. */
struct bundle_document {
    struct hash sha256;
    const char *name;
    struct bytes content;
};

/* What goes in. Transactions, keys and documents stand in any order; what is named twice goes in
 * once. The keys of the signers are added by themselves. */
struct bundle_request {
    const char *kind; /* LOT, CASE, STATEMENT */
    const char *subject;
    const char *title; /* may be NULL */
    const struct hash *tx_ids;
    size_t tx_count;
    const struct bytes *states; /* keys: their value, or absence, at the anchor */
    size_t state_count;
    const struct bundle_document *documents;
    size_t document_count;
};

/* bundle_build gives the canonical Bundle in arena, which needs room for several times
 * LIMIT_BUNDLE. ERR_ABSENT (no such transaction at the query's height, or a query of an overlay),
 * ERR_PARAM (a document's name or hash), ERR_TOO_LARGE (a limit of limits.h), ERR_STORAGE,
 * ERR_CORRUPT, ERR_MEMORY. */
enum err NODISCARD bundle_build(struct bytes *bundle, struct query *query,
                                const struct bundle_request *request, struct arena *arena,
                                struct err_detail *detail);

#endif
