/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_OVERLAY_H
#define LEDGER_STORE_OVERLAY_H

/* The state as a block sees it: what the block wrote, above what its parent wrote, above a database
 * snapshot pinned at the base height (decision D10). Overlays are reference-counted; a child holds
 * its parent, the lowest holds the base. Reading never looks at "latest". Not thread-safe while it
 * is being written; a sealed overlay may be read from any thread.
 *
 * The recent set (decision D5) is consensus data, but not part of the state tree. Its entries are
 * ordinary writes under the reserved table byte OVERLAY_RECENT: key = 0xF0, BE64(valid_until_ms),
 * 32-byte id (a transaction id, or H(organisation, idempotency key)); overlay_recent_key makes it.
 * The tree skips these entries, the database keeps them in its family `recent` (without the table
 * byte), without old versions, and drops them once valid_until_ms lies before the head's time. So a
 * key may be asked for only while valid_until_ms >= time of the block: what replay asks. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

#define OVERLAY_RECENT 0xF0
#define OVERLAY_RECENT_KEY_SIZE 41

void overlay_recent_key(uint8_t key[OVERLAY_RECENT_KEY_SIZE], uint64_t valid_until_ms,
                        const struct hash *id);

/* What a reader of many keys is handed: value is borrowed until it returns; it must not read. */
typedef enum err (*overlay_found)(void *context, size_t index, struct bytes value);

/* What lies below the lowest overlay: the committed state at one height. */
struct state_base {
    void *context;
    uint64_t height;
    /* ERR_ABSENT when there is no value; ERR_STORAGE and ERR_CORRUPT are the world's trouble. The
     * value is copied into arena. */
    enum err (*get)(void *context, struct bytes key, struct arena *arena, struct bytes *out);
    void (*release)(void *context); /* when the last overlay above it is dropped; may be NULL */
    /* get of many keys: found for each that there is, stopping at its first error. May be NULL. */
    enum err (*get_many)(void *context, const struct bytes *keys, size_t count, overlay_found found,
                         void *found_context);
};

struct overlay;

/* overlay_new makes an empty overlay above parent (kept; must be sealed) or, where parent is NULL,
 * above base (taken). Gives one reference. NULL when memory ends; base is then released. */
struct overlay *overlay_new(struct overlay *parent, const struct state_base *base);
struct overlay *overlay_keep(struct overlay *overlay);
void overlay_drop(struct overlay *overlay);

/* overlay_get reads through. The value lives as long as the overlay. ERR_ABSENT, ERR_STORAGE,
 * ERR_CORRUPT, ERR_MEMORY: all but ERR_ABSENT make the verdict UNABLE. What lies below is read once
 * and remembered for as long as the overlay lives; whoever reads much through an overlay that lives
 * long uses overlay_read, or a throw-away overlay above it. Small records of the base are kept with
 * the lowest sealed overlay, up to a fixed number, for all that stand above it. */
enum err NODISCARD overlay_get(struct overlay *overlay, struct bytes key, struct bytes *out);
/* overlay_read is overlay_get of a sealed overlay with the value copied into the caller's arena:
 * for readers on other threads. */
enum err NODISCARD overlay_read(const struct overlay *overlay, struct bytes key,
                                struct arena *arena, struct bytes *out);
/* overlay_read_many calls found for each of these keys that has a value, in no certain order. Of a
 * sealed overlay nothing is remembered, and where it says nothing itself its base is asked for all
 * of them at once. Errors as overlay_get but ERR_ABSENT, and the first of found. */
enum err NODISCARD overlay_read_many(struct overlay *overlay, const struct bytes *keys,
                                     size_t count, overlay_found found, void *context);
/* overlay_put and overlay_delete copy. ERR_MEMORY; ERR_LENGTH for an empty key or one above
 * LIMIT_STATE_KEY, ERR_TOO_LARGE for a value above LIMIT_STATE_VALUE. An empty value is a value. */
enum err NODISCARD overlay_put(struct overlay *overlay, struct bytes key, struct bytes value);
enum err NODISCARD overlay_delete(struct overlay *overlay, struct bytes key);

/* A mark and a return to it: a transaction that fails leaves nothing behind. */
size_t overlay_mark(const struct overlay *overlay);
void overlay_rollback(struct overlay *overlay, size_t mark);

/* overlay_seal fixes what was written; no put after it. Sealing twice is harmless. */
void overlay_seal(struct overlay *overlay);
bool overlay_sealed(const struct overlay *overlay);
/* overlay_settle tells a sealed overlay that the database now holds everything up to and including
 * its writes, as base (taken): it lets go of its parent. Readers are never disturbed; the chain of
 * overlays stays as short as what is not yet final. */
enum err NODISCARD overlay_settle(struct overlay *overlay, const struct state_base *base);
/* After sealing: the writes of this overlay alone, ascending by key. value.data NULL = deleted. */
size_t overlay_count(const struct overlay *overlay);
void overlay_entry(const struct overlay *overlay, size_t index, struct bytes *key,
                   struct bytes *value);

#endif
