/* SPDX-License-Identifier: Apache-2.0 */
/* Lists are dense: their length first, then entry by entry. */

#include "ledger/query/lot_list.h"

#include <string.h>

static bool known(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

enum err lot_list_products(const char ***out, size_t *count, struct overlay *state,
                           const char *organisation, struct arena *arena)
{
    uint32_t length = 0;
    size_t found = 0;
    const char **words = arena_alloc(arena, LOT_PRODUCTS_MAX * sizeof *words);
    enum err err =
        words == NULL ? ERR_MEMORY
                      : view_lot_list_count(&length, state, LOT_LIST_PRODUCTS, organisation, arena);
    for (uint32_t i = 0; err == OK && i < length; i++) {
        const Seam__LotListEntry *entry = NULL;
        const Seam__ProductRecord *product = NULL;
        err = view_lot_list(&entry, state, LOT_LIST_PRODUCTS, organisation, i, arena);
        if (err == OK) {
            err = view_product(&product, state, entry->lot, arena);
        }
        if (err != OK || known(words, found, product->product)) {
            continue;
        }
        if (found == LOT_PRODUCTS_MAX) {
            return ERR_TOO_LARGE;
        }
        words[found++] = product->product;
    }
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    *out = words;
    *count = found;
    return OK;
}

enum err lot_list_produced_count(uint32_t *out, struct overlay *state, const char *facility,
                                 const char *month, const char *product, struct arena *arena)
{
    char owner[PRODUCED_OWNER_SIZE];
    view_produced_owner(owner, facility, month, product);
    return view_lot_list_count(out, state, LOT_LIST_PRODUCED, owner, arena);
}

enum err lot_list_produced(const char **out, size_t room, size_t *count, struct overlay *state,
                           const char *facility, const char *month, const char *product,
                           struct arena *arena)
{
    char owner[PRODUCED_OWNER_SIZE];
    uint32_t length = 0;
    view_produced_owner(owner, facility, month, product);
    enum err err = view_lot_list_count(&length, state, LOT_LIST_PRODUCED, owner, arena);
    if (err == OK && length > room - *count) {
        return ERR_TOO_LARGE;
    }
    for (uint32_t i = 0; err == OK && i < length; i++) {
        const Seam__LotListEntry *entry = NULL;
        err = view_lot_list(&entry, state, LOT_LIST_PRODUCED, owner, i, arena);
        if (err == OK) {
            out[(*count)++] = entry->lot;
        }
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}
