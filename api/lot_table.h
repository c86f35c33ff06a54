/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LOT_TABLE_H
#define API_LOT_TABLE_H

/* A table of lot events: one event a row, the first row names the columns. A column is a field of
 * the event's operation: `type`, fields of its head (event_time, place, documents, devices, note,
 * corrects, parameter_set_hash), its own fields, those of its quality without the word. In a cell
 * of a list entries are separated by |, the values of an entry by blanks, in the order of the
 * schema:
 *
 *     inputs   06901234567892.RAW-1 1000.5 | 06901234567892.RAW-2 50
 *     outputs  06901234567908.C1 620 0.11 0.095 25.1 | 06901234567915.M1 300 0.12 0.35 15.2
 *
 * A value - is none. Lots may be written as Digital Links or URNs. What comes out is the JSON of
 * the operation, so the one validator judges tables, too. */

#include "ledger/codec/csv.h"
#include "ledger/governance/rule.h"

/* lot_table_rule gives the rule of an event type as people name it: MINE or MineLot; NULL for
 * others. */
const struct rule_row *lot_table_rule(const char *type);

/* lot_table_type gives the rule of a row by its column `type`. Adds to errors ERR_MISSING,
 * ERR_ENUM. */
enum err NODISCARD lot_table_type(const struct rule_row **out, const struct csv_row *head,
                                  const struct csv_row *row, struct errors *errors);

/* lot_table_row gives a row as the JSON request of its rule's operation, in arena. Adds to errors
 * with the number of the row: ERR_UNKNOWN_FIELD (a cell in a column that the event has not),
 * ERR_TWICE (a column named twice), ERR_LENGTH (too many values of an entry). ERR_MEMORY. */
enum err NODISCARD lot_table_row(struct bytes *json, const struct rule_row *rule,
                                 const struct csv_row *head, const struct csv_row *row,
                                 struct arena *arena, struct errors *errors);

#endif
