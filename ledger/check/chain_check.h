/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHECK_CHAIN_CHECK_H
#define LEDGER_CHECK_CHAIN_CHECK_H

/* The invariants of the chains of accounts, and what all invariants use. Inside this folder only.
 */

#include "ledger/check/check.h"

enum err check_broken(struct err_detail *detail, enum err err, const char *where, const char *what);

/* check_each calls each for every entry of a list (owner: an organisation's text id, or NULL) and
 * demands that it is dense and ends at count. */
typedef enum err (*check_entry)(void *context, struct overlay *state, const Seam__ListEntry *entry,
                                struct arena *arena, struct err_detail *detail);
enum err check_each(struct overlay *state, enum key_table table, const char *owner, uint32_t count,
                    check_entry each, void *context, struct err_detail *detail);

enum err chain_check_months(struct overlay *state, struct arena *arena, struct err_detail *detail);
enum err chain_check_versions(struct overlay *state, struct arena *arena,
                              struct err_detail *detail);

#endif
