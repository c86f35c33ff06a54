/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_LIMITS_H
#define LEDGER_BASE_LIMITS_H

/* Every size limit of the chain and of the doors to it. Nothing else defines one (docs/adr). */

#include <assert.h>
#include <stddef.h>

#define LIMIT_VALIDATORS_MIN 4
#define LIMIT_VALIDATORS 64
#define LIMIT_TX_BODY (64 * 1024)
#define LIMIT_TX_DETACHED (256 * 1024)
#define LIMIT_TX_SIGNATURES 8
#define LIMIT_TX_LINES 1000
/* A transaction on the wire: body, detached lines, signatures and their framing. */
#define LIMIT_TX (LIMIT_TX_BODY + LIMIT_TX_DETACHED + 2048)
#define LIMIT_BLOCK_BODY (1024 * 1024)
#define LIMIT_BLOCK_TX 10000
#define LIMIT_PEER_FRAME (4 * 1024 * 1024)
#define LIMIT_HTTP_BODY (2 * 1024 * 1024)
#define LIMIT_HTTP_BATCH 1000
#define LIMIT_CERTIFICATE (256 * 1024)
#define LIMIT_PROOF_EPOCHS 1000
#define LIMIT_BUNDLE ((size_t)64 << 20)
#define LIMIT_BUNDLE_TX 12000 /* so that ten thousand ancestors of a lot and their accounts fit */
#define LIMIT_BUNDLE_STATES 32000
#define LIMIT_BUNDLE_DOCUMENTS 200
#define LIMIT_RECENT 10000000
#define LIMIT_GENESIS (1024 * 1024)

#define LIMIT_ID_TEXT 64 /* organisation, person, facility, set and source ids */
#define LIMIT_NAME_TEXT 200 /* display names, notes */
#define LIMIT_IDEMPOTENCY 64
#define LIMIT_STATE_KEY 128 /* bytes of a state key */
#define LIMIT_STATE_VALUE (64 * 1024)
/* What one block's overlay and its tree nodes may hold in memory: far above what a full block can
 * write, so that reaching it means a bug or a hostile node, and the verdict is UNABLE. */
#define LIMIT_OVERLAY_BYTES ((size_t)256 << 20)
#define LIMIT_OVERLAY_ENTRIES 1000000
#define LIMIT_TREE_BYTES ((size_t)512 << 20)

/* What is made of a facility's month is divided over all lots of that month, so nobody may make so
 * many that it cannot be worked out any more (docs/footprints.md). */
#define LIMIT_MONTH_LOTS 8000 /* lots that a facility makes in a month, of all products */
#define LIMIT_PRODUCTS 256 /* GTINs of one organisation */
#define LIMIT_LOT_SCHEMES 8 /* schemes whose coal is in one lot, and that meet in one event */
#define LIMIT_ADOPTIONS 1000 /* sets that a scheme adopted, looked at from the newest back */

#define LIMIT_ERRORS 100 /* errors reported for one file */
#define LIMIT_MESSAGE_DEPTH 12 /* levels of nested messages */
#define LIMIT_JSON_DEPTH 16 /* levels of nested JSON values */

static_assert(LIMIT_TX + 16 <= LIMIT_BLOCK_BODY, "one transaction must fit an empty block");
static_assert(LIMIT_BLOCK_BODY < LIMIT_PEER_FRAME, "a block body must fit a frame");

#endif
