/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of the envelope; decode.c checks it by these rows too. */

#include "ledger/exec/fields.h"

#include "ledger/proto/tx.pb-c.h"

#define F(type_, name, kind_, required_, ...)                                                      \
    {                                                                                              \
        .message = &seam__##type_##__descriptor, .field = name, .kind = FIELD_##kind_,             \
        .required = required_, .help_en = __VA_ARGS__                                              \
    }

static const struct field_row rows[] = {
    F(signature, "key_id", HASH, 1, "Key of the signer."),
    F(signature, "sig", BYTES, 1, "Ed25519 signature.", .max = "64"),
    F(transaction, "body", BYTES, 1, "Canonical Body: what is signed.", .max = "65536"),
    F(transaction, "signatures", MESSAGE, 1, "Ascending by key.", .max = "8"),
    F(transaction, "detached", BYTES, 0, "What only validators need.", .max = "262144"),
    F(body, "type", INTEGER, 1, "Row of the transaction table.", .min = "1", .max = "65535"),
    F(body, "organisation", ID, 1, "Who answers for the transaction."),
    F(body, "valid_until_ms", TIME, 1, "After this it cannot enter a block any more."),
    F(body, "idempotency_key", TEXT, 0, "The sender's own name for it, A-Z a-z 0-9 . _ -.",
      .max = "64"),
    F(body, "payload", BYTES, 0, "Canonical message of the type.", .max = "65536"),
    F(receipt, "tx_id", HASH, 0, "Transaction."),
    F(receipt, "index", INTEGER, 0, "Place in its block, from 0."),
    F(receipt, "flags", INTEGER, 0, "1 late, 2 supersedes, 4 historic, 8 with a finding."),
    F(receipt, "days_late", INTEGER, 0, "Whole days begun after the deadline."),
    F(receipt, "created", BYTES, 0, "State keys written for the first time."),
    F(receipt, "position", INTEGER, 0, "Number among its organisation's transactions."),
};

const struct field_table exec_own_fields = {rows, sizeof rows / sizeof rows[0]};
