/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_ERRORS_H
#define LEDGER_CODEC_ERRORS_H

/* Everything wrong with one input, in the order it was found: a person corrects a file once, not
 * once an error. The first one decides the return code (decision D31). */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

struct errors {
    struct err_detail *items; /* borrowed */
    size_t room;
    size_t count; /* kept, at most room */
    bool more; /* further ones were dropped */
};

/* errors_init collects into room details of the caller; detail may be NULL when room is 0. */
void errors_init(struct errors *errors, struct err_detail *items, size_t room);

/* errors_new collects up to LIMIT_ERRORS in arena. ERR_MEMORY. */
enum err NODISCARD errors_new(struct errors *errors, struct arena *arena);

/* errors_add keeps one more (texts as err_set; any may be NULL) and gives the kept detail, whose
 * line and rule may still be filled in, or NULL when there is no room. */
struct err_detail *errors_add(struct errors *errors, enum err err, const char *field,
                              const char *clause, const char *limit, const char *hint);

/* errors_first is OK when nothing was found. */
enum err errors_first(const struct errors *errors);

#endif
