/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_ACCOUNT_H
#define LEDGER_ACCOUNTING_ACCOUNT_H

/* From a calculation file to the account that two people sign and the lines that only validators
 * see (decisions D3, D4); and back, which is how every validator recomputes it. */

#include "ledger/accounting/calc.h"

#define ACCOUNT_SALT_SIZE 16
#define ACCOUNT_SECRET_SIZE 32

/* account_hash is H(TAG_ACCOUNT, canonical Account). */
void account_hash(struct hash *out, struct bytes payload);

/* account_secret derives the secret of one facility's salts from a seed that its owner keeps, so
 * that the owner can find every salt again. */
void account_secret(uint8_t secret[ACCOUNT_SECRET_SIZE], const uint8_t seed[ACCOUNT_SECRET_SIZE],
                    const char *facility);

/* account_salt is the salt of one line or document: kind 'L' or 'E', key its identity. A later
 * version with the same line has another salt. */
void account_salt(uint8_t salt[ACCOUNT_SALT_SIZE], const uint8_t secret[ACCOUNT_SECRET_SIZE],
                  const char *period, uint32_t version, char kind, struct bytes key);

/* Roots over the detached part: RFC 6962, leaves H(0x00, tag, salt, bytes). ERR_LENGTH (a salt is
 * not 16 bytes), ERR_MEMORY. */
enum err NODISCARD account_lines_root(struct hash *out, const Seam__AccountLines *detached,
                                      struct arena *arena);
enum err NODISCARD account_evidence_root(struct hash *out, const Seam__AccountLines *detached,
                                         struct arena *arena);

struct account_draft {
    const Seam__Account *account;
    const Seam__CalculationResult *result;
    struct bytes payload; /* canonical Account */
    struct bytes detached; /* canonical AccountLines, empty for NIL and SUSPENDED */
    struct hash hash;
};

/* account_build makes what is to be signed from a file: runs the calculation as for a submission,
 * sorts, salts, hashes. version 1 begins a period; previous is the account hash before (NULL at a
 * facility's first period). Everything lives in arena. Errors as calc_run; ERR_MISSING without
 * boundary, or without reason where one is due. */
enum err NODISCARD account_build(struct account_draft *out, const Seam__CalculationFile *file,
                                 const struct set *set, uint32_t version,
                                 const struct hash *previous,
                                 const uint8_t secret[ACCOUNT_SECRET_SIZE], struct arena *arena,
                                 struct errors *errors);

/* account_file turns an account and its detached lines into the calculation file they state.
 * ERR_NOT_CANONICAL (lines out of order, a line's bytes), ERR_LENGTH, ERR_MEMORY. */
enum err NODISCARD account_file(const Seam__CalculationFile **out, const Seam__Account *account,
                                const Seam__AccountLines *detached, const struct set *set,
                                struct arena *arena, struct err_detail *detail);

/* account_recompute evaluates the lines again and compares every total, count and root with what
 * the account states: ERR_TOTAL names the first that differs and what it should be. Any other error
 * is that of the lines. This is what each validator does before it votes. */
enum err NODISCARD account_recompute(const Seam__CalculationFile **file,
                                     const Seam__Account *account,
                                     const Seam__AccountLines *detached, const struct set *set,
                                     struct arena *arena, struct err_detail *detail);

#endif
