/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_TX_FILE_H
#define TOOLS_TX_FILE_H

/* A transaction on its way between people: {"format": "seam-transaction-1", "transaction": base64,
 * "readable": {...}}. The readable part is made from the bytes, so what a person reads before
 * signing is what is signed. */

#include "ledger/codec/document.h"
#include "ledger/proto/tx.pb-c.h"

extern const struct document_form tx_form;

/* tx_file_read reads and decodes; the message lives in arena. Failures are in detail. */
enum err NODISCARD tx_file_read(Seam__Transaction **out, const char *path, struct arena *arena,
                                struct err_detail *detail);

/* tx_file_write packs and writes; replace as in file_write. */
enum err NODISCARD tx_file_write(const char *path, const Seam__Transaction *tx, bool replace,
                                 struct arena *arena, struct err_detail *detail);

/* tx_body decodes the body; ERR_PARSE and so on. */
enum err NODISCARD tx_body(const Seam__Body **out, const Seam__Transaction *tx, struct arena *arena,
                           struct err_detail *detail);

/* tx_sign adds a signature in its place. ERR_CONFLICT when this key signed already, ERR_TOO_LARGE,
 * ERR_MEMORY. */
struct sign_key;
enum err NODISCARD tx_sign(Seam__Transaction *tx, const struct hash *chain_id,
                           const struct sign_key *key, struct arena *arena,
                           struct err_detail *detail);

#endif
