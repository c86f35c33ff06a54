/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded array; what does not fit is only counted as "more". */

#include "ledger/codec/errors.h"

#include "ledger/base/limits.h"

#include <assert.h>

void errors_init(struct errors *errors, struct err_detail *items, size_t room)
{
    assert(items != NULL || room == 0);
    *errors = (struct errors){.items = items, .room = room};
}

enum err errors_new(struct errors *errors, struct arena *arena)
{
    struct err_detail *items = arena_alloc(arena, LIMIT_ERRORS * sizeof *items);
    if (items == NULL) {
        return ERR_MEMORY;
    }
    errors_init(errors, items, LIMIT_ERRORS);
    return OK;
}

struct err_detail *errors_add(struct errors *errors, enum err err, const char *field,
                              const char *clause, const char *limit, const char *hint)
{
    assert(err != OK);
    assert(errors->count <= errors->room);
    if (errors->count == errors->room) {
        errors->more = true;
        return NULL;
    }
    struct err_detail *detail = &errors->items[errors->count++];
    err_set(detail, err, field, clause, limit, hint);
    return detail;
}

enum err errors_first(const struct errors *errors)
{
    if (errors->count > 0) {
        return errors->items[0].err;
    }
    return errors->more ? ERR_INTERNAL : OK;
}
