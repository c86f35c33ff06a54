/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OP_UNITS_H
#define API_OP_UNITS_H

/* The operations of allowances and credits, and what they share. Internal to api/op_units*.c.
 *
 * Who sees what of an account: its holder, the organisations above it, a registrar, and a regulator
 * of the scheme's jurisdiction see everything. Everybody with a token sees that the account exists,
 * whose it is and in which state, what it owes and has surrendered (public in every registry of
 * this kind), what was cancelled, schemes, assets and the counters of each series. */

#include "api/op_lot.h"

#include "ledger/registry/view.h"

/* units_sight: may the caller see everything of this account? */
enum err NODISCARD units_sight(struct call *call, struct query *query,
                               const Seam__HoldingRecord *holding, bool *allowed);
/* units_sight_of is the same of an account by name, false where there is none ("" too);
 * units_sight_need refuses where the answer is no (ERR_ROLE), record is in the call's arena. */
enum err NODISCARD units_sight_of(struct call *call, struct query *query, const char *holding,
                                  bool *allowed);
enum err NODISCARD units_sight_need(struct call *call, struct query *query, const char *holding,
                                    const Seam__HoldingRecord **record);
/* units_keeper refuses whoever is neither a registrar nor a regulator (ERR_ROLE). */
enum err NODISCARD units_keeper(struct call *call, struct query *query);
/* units_default gives the caller's only OPERATOR account where *holding is NULL; ERR_MISSING where
 * there is none or more than one. */
enum err NODISCARD units_default(struct call *call, struct query *query, const char **holding);

/* units_time reads an instant (RFC 3339) or a day of the place; a day that ends a span counts as
 * the instant after it. *out keeps its value where the field is absent. */
enum err NODISCARD units_time(struct call *call, const char *key,
                              const Seam__JurisdictionRecord *place, bool ends, uint64_t *out);

/* units_year reads "year", a number as in transactions or a text as in accounts. */
enum err NODISCARD units_year(struct call *call, uint32_t *out);

/* Writing: units as they stand in a record; an instant that is absent when 0. */
void units_show(struct json_out *out, const char *key, Seam__Units *const *units, size_t count);
void units_show_time(struct json_out *out, const char *key, uint64_t time_ms);
void units_show_head(struct json_out *out, struct query *query); /* at, as_of */
/* units_show_holding writes what everybody may know of an account into an open object. */
void units_show_holding(struct json_out *out, const Seam__HoldingRecord *holding);

/* op_units_holding.c */
enum err op_get_holdings(struct call *call, const struct rule_row *row);
enum err op_list_holding_accounts(struct call *call, const struct rule_row *row);
/* op_units_scheme.c */
enum err op_get_scheme(struct call *call, const struct rule_row *row);
enum err op_list_schemes(struct call *call, const struct rule_row *row);
enum err op_list_series(struct call *call, const struct rule_row *row);
enum err op_check_units(struct call *call, const struct rule_row *row);
/* op_units_move.c */
enum err op_get_transfer(struct call *call, const struct rule_row *row);
enum err op_list_transfers(struct call *call, const struct rule_row *row);
enum err op_list_trusted_accounts(struct call *call, const struct rule_row *row);
enum err op_get_surrender(struct call *call, const struct rule_row *row);
enum err op_list_surrenders(struct call *call, const struct rule_row *row);
/* op_units_trade.c */
enum err op_get_trade(struct call *call, const struct rule_row *row);
enum err op_list_trades(struct call *call, const struct rule_row *row);
/* op_units_year.c */
enum err op_get_compliance(struct call *call, const struct rule_row *row);
enum err op_plan_compliance(struct call *call, const struct rule_row *row);
/* op_units_statement.c */
enum err op_get_statement(struct call *call, const struct rule_row *row);
enum err op_find_serial(struct call *call, const struct rule_row *row);
enum err op_public_report(struct call *call, const struct rule_row *row);
enum err op_reconcile_registry(struct call *call, const struct rule_row *row);

#endif
