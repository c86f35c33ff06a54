/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/query/dependents_lot.h"

#include "ledger/query/lot_list.h"

enum err dependent_lots(const char ***out, size_t *count, struct overlay *state,
                        const Seam__FacilityRecord *facility, const char *month, size_t room,
                        struct arena *arena)
{
    const char **products = NULL;
    const char **lots = arena_alloc(arena, room * sizeof *lots);
    size_t product_count = 0;
    size_t made = 0;
    enum err err = lots == NULL ? ERR_MEMORY
                                : lot_list_products(&products, &product_count, state,
                                                    facility->organisation, arena);
    for (size_t i = 0; err == OK && i < product_count; i++) {
        err = lot_list_produced(lots, room, &made, state, facility->facility, month, products[i],
                                arena);
    }
    if (err == OK) {
        *out = lots;
        *count = made;
    }
    return err;
}
