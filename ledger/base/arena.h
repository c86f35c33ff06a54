/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_ARENA_H
#define LEDGER_BASE_ARENA_H

/* A bump allocator with a budget: everything taken from it is released at once. What a peer or a
 * client makes us allocate comes from an arena whose budget was fixed before the first byte was
 * read. */

#include <stddef.h>

#include "ledger/base/bytes.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t used; /* bytes handed out */
    size_t budget; /* never exceeded */
};

/* arena_init prepares an empty arena; nothing is allocated yet. */
void arena_init(struct arena *arena, size_t budget);

/* arena_alloc returns zeroed memory aligned to 16 bytes, or NULL when the budget or memory ends. */
void *NODISCARD arena_alloc(struct arena *arena, size_t size);

/* arena_copy copies bytes into the arena. False when there is no room; out is then untouched. */
bool NODISCARD arena_copy(struct arena *arena, struct bytes in, struct bytes *out);

/* arena_text copies a text of size bytes and terminates it; NULL when there is no room. */
char *NODISCARD arena_text(struct arena *arena, const char *text, size_t size);

/* arena_free releases all chunks; the arena can be used again with the same budget. */
void arena_free(struct arena *arena);

#endif
