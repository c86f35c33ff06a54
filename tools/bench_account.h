/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_ACCOUNT_H
#define TOOLS_BENCH_ACCOUNT_H

/* The load a ledger of mines really has: the account of a month, calculated from its lines, signed
 * by who prepared it and who answers for it, with the lines beside it. Each is the first month of a
 * facility of its own, which is registered before; so no account waits for another one. */

#include "tools/bench_sign.h"

#define BENCH_LINES_MIN 10
#define BENCH_LINES_MAX 500 /* sources of a boundary */

struct bench_accounts;

/* bench_accounts_open makes accounts of so many lines for the last month that is over at time_ms.
 * Gives *out. ERR_MEMORY, ERR_SET. */
enum err NODISCARD bench_accounts_open(struct bench_accounts **out, uint32_t lines,
                                       uint64_t time_ms, struct err_detail *detail);
void bench_accounts_close(struct bench_accounts *accounts); /* NULL is fine */

/* bench_accounts_register gives the signed registration of facility `number`;
 * bench_accounts_make its account, by the same sender. Both live in arena. */
enum err NODISCARD bench_accounts_register(struct bytes *out, const struct bench_accounts *accounts,
                                           const struct bench_sender *sender, uint64_t number,
                                           struct arena *arena);
enum err NODISCARD bench_accounts_make(struct bytes *out, const struct bench_accounts *accounts,
                                       const struct bench_sender *sender, uint64_t number,
                                       struct arena *arena, struct err_detail *detail);

/* bench_accounts_text writes the calculation file of an account, as a mine would send it. */
enum err NODISCARD bench_accounts_text(struct bytes *out, const struct bench_accounts *accounts,
                                       uint64_t number, struct arena *arena);

/* The period, "2026-09", and the facility's id. */
#define BENCH_FACILITY_TEXT 32
const char *bench_accounts_period(const struct bench_accounts *accounts);
void bench_accounts_facility(char out[BENCH_FACILITY_TEXT], uint64_t number);

#endif
