/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_SM_H
#define LEDGER_BASE_SM_H

/* State machines as tables. A state is the index of its row; the row names the states that may
 * follow. The same table drives the rule, the documentation and the test that compares the two.
 *
 *     enum lot_state { LOT_OPEN, LOT_CLOSED };
 *     static const struct sm_row lot_rows[] = {
 *         [LOT_OPEN] = {"OPEN", SM_TO(LOT_CLOSED)},
 *         [LOT_CLOSED] = {"CLOSED", SM_END},
 *     };
 *     const struct sm_table lot_machine = SM_TABLE("lot", lot_rows);
 */

#include "ledger/base/err.h"

#define SM_STATES_MAX 32
#define SM_END 0u
#define SM_TO(state) (1u << (state))

struct sm_row {
    const char *name; /* OPEN */
    uint32_t next; /* SM_TO(...) | SM_TO(...), or SM_END */
};

struct sm_table {
    const char *name;
    const struct sm_row *rows;
    uint8_t count;
};

#define SM_TABLE(table_name, table_rows)                                                           \
    {                                                                                              \
        .name = (table_name), .rows = (table_rows),                                                \
        .count = (uint8_t)(sizeof(table_rows) / sizeof(table_rows)[0])                             \
    }

/* sm_move changes *state to next when the table allows it; otherwise ERR_STATE_MACHINE, and detail
 * names both states. *state comes from storage, so a state outside the table is ERR_CORRUPT. */
enum err NODISCARD sm_move(const struct sm_table *table, uint8_t *state, uint8_t next,
                           struct err_detail *detail);

/* sm_name gives the name of a state, or "?" for one outside the table. */
const char *sm_name(const struct sm_table *table, uint8_t state);

/* sm_valid is the invariant of the table itself: names present and distinct, moves inside the
 * table, every state but the first reachable from it. For tests and start-up. */
bool NODISCARD sm_valid(const struct sm_table *table);

#endif
