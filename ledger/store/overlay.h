/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_OVERLAY_H
#define LEDGER_STORE_OVERLAY_H

/* The state as a block sees it: what the block wrote, above what its parent wrote, above a database
 * snapshot pinned at the base height (decision D10). Overlays are reference-counted; a child holds
 * its parent, the lowest holds the base. Reading never looks at "latest". Not thread-safe while it
 * is being written; a sealed overlay may be read from any thread. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

/* What lies below the lowest overlay: the committed state at one height. */
struct state_base {
    void *context;
    uint64_t height;
    /* ERR_ABSENT when there is no value; ERR_STORAGE and ERR_CORRUPT are the world's trouble. The
     * value is copied into arena. */
    enum err (*get)(void *context, struct bytes key, struct arena *arena, struct bytes *out);
    void (*release)(void *context); /* when the last overlay above it is dropped */
};

struct overlay;

/* overlay_new makes an empty overlay above parent (kept) or, where parent is NULL, above base
 * (taken). Gives one reference. NULL when memory ends. */
struct overlay *overlay_new(struct overlay *parent, const struct state_base *base);
struct overlay *overlay_keep(struct overlay *overlay);
void overlay_drop(struct overlay *overlay);

/* overlay_get reads through. The value lives as long as the overlay. ERR_ABSENT, ERR_STORAGE,
 * ERR_CORRUPT, ERR_MEMORY: all but ERR_ABSENT make the verdict UNABLE. */
enum err NODISCARD overlay_get(struct overlay *overlay, struct bytes key, struct bytes *out);
enum err NODISCARD overlay_put(struct overlay *overlay, struct bytes key, struct bytes value);
enum err NODISCARD overlay_delete(struct overlay *overlay, struct bytes key);

/* A mark and a return to it: a transaction that fails leaves nothing behind. */
size_t overlay_mark(const struct overlay *overlay);
void overlay_rollback(struct overlay *overlay, size_t mark);

/* overlay_seal sorts what was written; no put after it. */
void overlay_seal(struct overlay *overlay);
/* After sealing: the writes of this overlay alone, ascending by key. value.data NULL = deleted. */
size_t overlay_count(const struct overlay *overlay);
void overlay_entry(const struct overlay *overlay, size_t index, struct bytes *key,
                   struct bytes *value);

#endif
