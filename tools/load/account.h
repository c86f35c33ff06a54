/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOAD_ACCOUNT_H
#define TOOLS_LOAD_ACCOUNT_H

/* The load that a ledger of mines really has, for the benchmarks and the simulator: the account of
 * a month, calculated from its lines, signed by who prepared it and who answers for it, with the
 * lines beside it. Each is the first month of a facility of its own, which is registered before; so
 * no account waits for another one. */

#include "ledger/accounting/set.h"
#include "tools/load/sign.h"

#define LOAD_SCHEME "cn-coal"
#define LOAD_LINES_MIN 10
#define LOAD_LINES_MAX 500 /* sources of a boundary */

struct load_accounts;

/* load_accounts_open makes accounts of so many lines for the last month that is over at time_ms.
 * Gives *out. ERR_MEMORY, ERR_SET. */
enum err NODISCARD load_accounts_open(struct load_accounts **out, uint32_t lines, uint64_t time_ms,
                                      struct err_detail *detail);
void load_accounts_close(struct load_accounts *accounts); /* NULL is fine */

/* Numbers that agree in their last three digits have the same lines.
 * load_accounts_register gives the signed registration of facility `number`;
 * load_accounts_make its account, by the same sender. Both live in arena. */
enum err NODISCARD load_accounts_register(struct bytes *out, const struct load_accounts *accounts,
                                          const struct load_sender *sender, uint64_t number,
                                          struct arena *arena);
enum err NODISCARD load_accounts_make(struct bytes *out, const struct load_accounts *accounts,
                                      const struct load_sender *sender, uint64_t number,
                                      struct arena *arena, struct err_detail *detail);

/* load_accounts_wrong is that account with its total off by a gram, and signed all the same: every
 * validator must refuse it. */
enum err NODISCARD load_accounts_wrong(struct bytes *out, const struct load_accounts *accounts,
                                       const struct load_sender *sender, uint64_t number,
                                       struct arena *arena, struct err_detail *detail);

/* load_accounts_set is the parameter set that the accounts name: canonical bytes, borrowed. */
const struct set *load_accounts_set(const struct load_accounts *accounts);

/* load_accounts_text writes the calculation file of an account, as a mine would send it. */
enum err NODISCARD load_accounts_text(struct bytes *out, const struct load_accounts *accounts,
                                      uint64_t number, struct arena *arena);

/* The period, "2026-09", and the facility's id. */
#define LOAD_FACILITY_TEXT 32
const char *load_accounts_period(const struct load_accounts *accounts);
void load_accounts_facility(char out[LOAD_FACILITY_TEXT], uint64_t number);

#endif
