/* SPDX-License-Identifier: Apache-2.0 */
/* A list of chunks, newest first; allocation bumps a position in the newest. A request that does
 * not fit starts a chunk of its own size or of CHUNK_SIZE, whichever is larger. The budget counts
 * what was handed out, so the memory held is at most the budget plus one chunk's slack for each
 * chunk that was left early. */

#include "ledger/base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 4096
#define ALIGNMENT 16

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    size_t used;
    _Alignas(ALIGNMENT) uint8_t data[];
};

void arena_init(struct arena *arena, size_t budget)
{
    assert(arena != NULL);
    *arena = (struct arena){.budget = budget};
}

static struct arena_chunk *chunk_new(size_t need)
{
    const size_t size = need > CHUNK_SIZE ? need : CHUNK_SIZE;
    struct arena_chunk *chunk = calloc(1, sizeof *chunk + size);
    if (chunk != NULL) {
        chunk->size = size;
    }
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    assert(arena->used <= arena->budget);
    if (size > PTRDIFF_MAX - CHUNK_SIZE) {
        return NULL; /* no object is that large, and the sums below stay in range */
    }
    const size_t need = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (need > arena->budget - arena->used) {
        return NULL;
    }
    struct arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || need > chunk->size - chunk->used) {
        chunk = chunk_new(need);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    void *memory = chunk->data + chunk->used;
    chunk->used += need;
    arena->used += need;
    return memory;
}

bool arena_copy(struct arena *arena, struct bytes in, struct bytes *out)
{
    uint8_t *memory = arena_alloc(arena, in.size);
    if (memory == NULL) {
        return false;
    }
    if (in.size > 0) {
        memcpy(memory, in.data, in.size);
    }
    *out = bytes_of(memory, in.size);
    return true;
}

char *arena_text(struct arena *arena, const char *text, size_t size)
{
    if (size == SIZE_MAX) {
        return NULL;
    }
    char *memory = arena_alloc(arena, size + 1);
    if (memory != NULL && size > 0) {
        memcpy(memory, text, size);
    }
    return memory;
}

void arena_free(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    arena_init(arena, arena->budget);
}
