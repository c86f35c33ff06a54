/* SPDX-License-Identifier: Apache-2.0 */
/* Reachability is a fixed point over bit sets: at most count rounds. */

#include "ledger/base/sm.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum err sm_move(const struct sm_table *table, uint8_t *state, uint8_t next,
                 struct err_detail *detail)
{
    assert(table->count <= SM_STATES_MAX);
    assert(next < table->count);
    if (*state >= table->count) {
        return err_set(detail, ERR_CORRUPT, table->name, NULL, NULL, "unknown state");
    }
    if ((table->rows[*state].next & SM_TO(next)) == 0) {
        char hint[160];
        (void)snprintf(hint, sizeof hint, "%s is %s, which cannot become %s", table->name,
                       table->rows[*state].name, table->rows[next].name);
        return err_set(detail, ERR_STATE_MACHINE, table->name, NULL, NULL, hint);
    }
    *state = next;
    return OK;
}

const char *sm_name(const struct sm_table *table, uint8_t state)
{
    return state < table->count ? table->rows[state].name : "?";
}

static bool names_distinct(const struct sm_table *table)
{
    for (uint8_t i = 0; i < table->count; i++) {
        if (table->rows[i].name == NULL) {
            return false;
        }
        for (uint8_t j = 0; j < i; j++) {
            if (strcmp(table->rows[i].name, table->rows[j].name) == 0) {
                return false;
            }
        }
    }
    return true;
}

bool sm_valid(const struct sm_table *table)
{
    if (table->count == 0 || table->count > SM_STATES_MAX || !names_distinct(table)) {
        return false;
    }
    const uint32_t all = UINT32_MAX >> (SM_STATES_MAX - table->count);
    uint32_t reached = SM_TO(0);
    for (uint8_t round = 0; round < table->count; round++) {
        for (uint8_t i = 0; i < table->count; i++) {
            if ((table->rows[i].next & ~all) != 0) {
                return false;
            }
            if ((reached & SM_TO(i)) != 0) {
                reached |= table->rows[i].next;
            }
        }
    }
    return reached == all;
}
