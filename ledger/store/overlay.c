/* SPDX-License-Identifier: Apache-2.0 */
/* Entries stand in a balanced tree by key, so that sealing is a walk and no choice of keys makes it
 * slow. Reads from below are remembered in the same tree, marked as not written. Each write leaves
 * the former content of its entry in a journal, which a rollback plays backwards. What lies below
 * hangs on a reference-counted link of its own, so that settling can swap it under readers. */
#include "ledger/store/overlay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/base/limits.h"
#include "ledger/base/map.h"
#include "ledger/store/spin.h"

#define SHARED_MAX 4096 /* records of the base kept with a sealed overlay for those above it */
#define SHARED_VALUE_MAX 2048

enum entry_kind {
    ENTRY_UNKNOWN, /* made by a write that was rolled back */
    ENTRY_BELOW, /* value as it is below */
    ENTRY_WRITTEN,
    ENTRY_DELETED
};

struct entry {
    enum entry_kind kind;
    struct bytes key;
    struct bytes value;
};

struct undo {
    struct entry *entry;
    enum entry_kind kind;
    struct bytes value;
};

/* What an overlay stands on: another overlay, or the base. */
struct link {
    atomic_uint references;
    struct overlay *parent; /* kept; NULL: base */
    struct state_base base;
};

struct overlay {
    atomic_uint references;
    struct spin lock; /* guards `below`; once sealed also `arena` and `later` */
    struct link *below;
    bool sealed;
    struct arena arena;
    struct map entries;
    struct map later; /* values read from below after sealing: key -> struct bytes */
    struct undo *journal;
    size_t journal_count;
    size_t journal_capacity;
    struct entry **written; /* after sealing */
    size_t written_count;
};

void overlay_recent_key(uint8_t key[OVERLAY_RECENT_KEY_SIZE], uint64_t valid_until_ms,
                        const struct hash *id)
{
    struct writer writer = writer_of(key, OVERLAY_RECENT_KEY_SIZE);
    write_u8(&writer, OVERLAY_RECENT);
    write_u64_be(&writer, valid_until_ms);
    write_bytes(&writer, hash_bytes(id));
    assert(!writer.failed);
}

/* --- references ---------------------------------------------------------------------------------
 */

static struct link *link_new(struct overlay *parent, const struct state_base *base)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link) {
        return NULL;
    }
    atomic_init(&link->references, 1);
    if (parent) {
        link->parent = overlay_keep(parent);
    } else {
        link->base = *base;
    }
    return link;
}

static struct link *link_take(const struct overlay *overlay)
{
    /* Counting is not a change of the state; the lock must be takeable through a const handle. */
    struct overlay *owner = (struct overlay *)overlay;
    spin_lock(&owner->lock);
    struct link *link = owner->below;
    atomic_fetch_add(&link->references, 1);
    spin_unlock(&owner->lock);
    return link;
}

/* link_release gives the overlay whose reference fell free with the link, or NULL. */
static struct overlay *link_release(struct link *link)
{
    if (atomic_fetch_sub(&link->references, 1) != 1) {
        return NULL;
    }
    struct overlay *parent = link->parent;
    if (!parent && link->base.release) {
        link->base.release(link->base.context);
    }
    free(link);
    return parent;
}

static void overlay_free(struct overlay *overlay)
{
    map_free(&overlay->entries, NULL);
    map_free(&overlay->later, NULL);
    arena_free(&overlay->arena);
    free(overlay->journal);
    free(overlay->written);
    free(overlay);
}

struct overlay *overlay_new(struct overlay *parent, const struct state_base *base)
{
    assert(!parent != !base);
    assert(!parent || parent->sealed);
    struct overlay *overlay = calloc(1, sizeof *overlay);
    struct link *link = overlay ? link_new(parent, base) : NULL;
    if (!link) {
        free(overlay);
        if (base && base->release) {
            base->release(base->context);
        }
        return NULL;
    }
    atomic_init(&overlay->references, 1);
    overlay->below = link;
    arena_init(&overlay->arena, LIMIT_OVERLAY_BYTES);
    map_init(&overlay->entries, LIMIT_OVERLAY_ENTRIES);
    map_init(&overlay->later, LIMIT_OVERLAY_ENTRIES);
    return overlay;
}

struct overlay *overlay_keep(struct overlay *overlay)
{
    const unsigned before = atomic_fetch_add(&overlay->references, 1);
    assert(before > 0);
    (void)before;
    return overlay;
}

void overlay_drop(struct overlay *overlay)
{
    /* Down the chain in a loop: each overlay that goes may be the last to hold its parent. */
    while (overlay && atomic_fetch_sub(&overlay->references, 1) == 1) {
        struct overlay *parent = link_release(overlay->below);
        overlay_free(overlay);
        overlay = parent;
    }
}

enum err overlay_settle(struct overlay *overlay, const struct state_base *base)
{
    assert(overlay->sealed);
    struct link *link = link_new(NULL, base);
    if (!link) {
        if (base->release) {
            base->release(base->context);
        }
        return ERR_MEMORY;
    }
    spin_lock(&overlay->lock);
    struct link *before = overlay->below;
    overlay->below = link;
    spin_unlock(&overlay->lock);
    overlay_drop(link_release(before));
    return OK;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static struct entry *entry_of(const struct overlay *overlay, struct bytes key)
{
    return map_get(&overlay->entries, key);
}

/* look asks what this overlay alone says: OK, ERR_ABSENT (deleted here), ERR_BUSY (nothing). */
static enum err look(const struct overlay *overlay, struct bytes key, struct bytes *out)
{
    const struct entry *entry = entry_of(overlay, key);
    if (!entry) {
        return ERR_BUSY;
    }
    switch (entry->kind) {
    case ENTRY_UNKNOWN:
        return ERR_BUSY;
    case ENTRY_BELOW:
    case ENTRY_WRITTEN:
        *out = entry->value;
        return OK;
    case ENTRY_DELETED:
        return ERR_ABSENT;
    }
    assert(false);
    return ERR_INTERNAL;
}

/* later_keep gives a value the life of a sealed overlay; several threads may arrive with the same
 * one. Called with the lock held. */
static enum err later_keep(struct overlay *overlay, struct bytes key, struct bytes value,
                           struct bytes *out)
{
    struct bytes *kept = map_get(&overlay->later, key);
    if (!kept) {
        kept = arena_alloc(&overlay->arena, sizeof *kept);
        if (!kept || !arena_copy(&overlay->arena, value, kept) ||
            map_put(&overlay->later, key, kept, NULL)) {
            return ERR_MEMORY;
        }
    }
    *out = *kept;
    return OK;
}

static bool later_find(struct overlay *overlay, struct bytes key, struct bytes *out)
{
    spin_lock(&overlay->lock);
    const struct bytes *known = map_get(&overlay->later, key);
    spin_unlock(&overlay->lock);
    if (known) {
        *out = *known;
    }
    return known != NULL;
}

/* read_base asks the base that holder stands on. Whoever stands above the same sealed overlay asks
 * for the same few records again and again (the chain, organisations, keys): these are kept with
 * it, as long as they are small and not too many. */
static enum err read_base(struct overlay *holder, const struct state_base *base, struct bytes key,
                          struct arena *arena, struct bytes *out)
{
    struct bytes known;
    if (holder->sealed && later_find(holder, key, &known)) {
        return arena_copy(arena, known, out) ? OK : ERR_MEMORY;
    }
    const enum err err = base->get(base->context, key, arena, out);
    if (!err && holder->sealed && out->size <= SHARED_VALUE_MAX) {
        spin_lock(&holder->lock);
        if (holder->later.count < SHARED_MAX) {
            (void)later_keep(holder, key, *out, &known); /* else it is read again next time */
        }
        spin_unlock(&holder->lock);
    }
    return err;
}

/* read_below walks the chain under overlay. Each link is held while what it leads to is read. */
static enum err read_below(const struct overlay *overlay, struct bytes key, struct arena *arena,
                           struct bytes *out)
{
    struct overlay *holder = (struct overlay *)overlay; /* whose link is held: for its lock */
    struct link *above = NULL; /* keeps holder */
    struct link *link = link_take(overlay);
    enum err err = ERR_BUSY;
    while (err == ERR_BUSY && link->parent) {
        struct bytes value;
        err = look(link->parent, key, &value);
        if (!err && !arena_copy(arena, value, out)) {
            err = ERR_MEMORY;
        }
        if (err == ERR_BUSY) {
            holder = link->parent;
            struct link *lower = link_take(holder);
            if (above) {
                overlay_drop(link_release(above));
            }
            above = link;
            link = lower;
        }
    }
    if (err == ERR_BUSY) {
        err = read_base(holder, &link->base, key, arena, out);
    }
    overlay_drop(link_release(link));
    if (above) {
        overlay_drop(link_release(above));
    }
    return err;
}

static struct entry *entry_make(struct overlay *overlay, struct bytes key)
{
    struct entry *entry = entry_of(overlay, key);
    if (entry) {
        return entry;
    }
    entry = arena_alloc(&overlay->arena, sizeof *entry);
    if (!entry || !arena_copy(&overlay->arena, key, &entry->key) ||
        map_put(&overlay->entries, key, entry, NULL)) {
        return NULL;
    }
    entry->kind = ENTRY_UNKNOWN;
    return entry;
}

static enum err get_unsealed(struct overlay *overlay, struct bytes key, struct bytes *out)
{
    struct bytes value;
    const enum err err = read_below(overlay, key, &overlay->arena, &value);
    if (err) {
        return err;
    }
    struct entry *entry = entry_make(overlay, key);
    if (entry) { /* otherwise it is read again next time */
        assert(entry->kind == ENTRY_UNKNOWN);
        entry->kind = ENTRY_BELOW;
        entry->value = value;
    }
    *out = value;
    return OK;
}

static enum err get_sealed(struct overlay *overlay, struct bytes key, struct bytes *out)
{
    if (later_find(overlay, key, out)) {
        return OK;
    }
    struct arena scratch;
    struct bytes value;
    arena_init(&scratch, 4 * LIMIT_STATE_VALUE);
    enum err err = read_below(overlay, key, &scratch, &value);
    if (!err) {
        spin_lock(&overlay->lock);
        err = later_keep(overlay, key, value, out);
        spin_unlock(&overlay->lock);
    }
    arena_free(&scratch);
    return err;
}

enum err overlay_get(struct overlay *overlay, struct bytes key, struct bytes *out)
{
    const enum err err = look(overlay, key, out);
    if (err != ERR_BUSY) {
        return err;
    }
    return overlay->sealed ? get_sealed(overlay, key, out) : get_unsealed(overlay, key, out);
}

enum err overlay_read(const struct overlay *overlay, struct bytes key, struct arena *arena,
                      struct bytes *out)
{
    assert(overlay->sealed);
    struct bytes value;
    const enum err err = look(overlay, key, &value);
    if (err == ERR_BUSY) {
        return read_below(overlay, key, arena, out);
    }
    if (err) {
        return err;
    }
    return arena_copy(arena, value, out) ? OK : ERR_MEMORY;
}

static enum err read_each(struct overlay *overlay, const struct bytes *keys, size_t count,
                          overlay_found found, void *context)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < count; i++) {
        struct arena scratch;
        struct bytes value;
        arena_init(&scratch, 4 * LIMIT_STATE_VALUE);
        err = overlay->sealed ? overlay_read(overlay, keys[i], &scratch, &value)
                              : overlay_get(overlay, keys[i], &value);
        if (!err) {
            err = found(context, i, value);
        } else if (err == ERR_ABSENT) {
            err = OK;
        }
        arena_free(&scratch);
    }
    return err;
}

enum err overlay_read_many(struct overlay *overlay, const struct bytes *keys, size_t count,
                           overlay_found found, void *context)
{
    struct link *link = link_take(overlay);
    const struct state_base *base = &link->base;
    const bool straight =
        overlay->sealed && overlay->entries.count == 0 && !link->parent && base->get_many;
    const enum err err = straight ? base->get_many(base->context, keys, count, found, context)
                                  : read_each(overlay, keys, count, found, context);
    overlay_drop(link_release(link));
    return err;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static bool journal_room(struct overlay *overlay)
{
    if (overlay->journal_count < overlay->journal_capacity) {
        return true;
    }
    const size_t capacity = overlay->journal_capacity ? 2 * overlay->journal_capacity : 64;
    struct undo *journal = realloc(overlay->journal, capacity * sizeof *journal);
    if (!journal) {
        return false;
    }
    overlay->journal = journal;
    overlay->journal_capacity = capacity;
    return true;
}

static enum err change(struct overlay *overlay, struct bytes key, enum entry_kind kind,
                       struct bytes value)
{
    assert(!overlay->sealed);
    if (key.size == 0 || key.size > LIMIT_STATE_KEY) {
        return ERR_LENGTH;
    }
    struct entry *entry = entry_make(overlay, key);
    if (!entry || !journal_room(overlay)) {
        return ERR_MEMORY;
    }
    overlay->journal[overlay->journal_count++] = (struct undo){entry, entry->kind, entry->value};
    entry->kind = kind;
    entry->value = value;
    return OK;
}

enum err overlay_put(struct overlay *overlay, struct bytes key, struct bytes value)
{
    if (value.size > LIMIT_STATE_VALUE) {
        return ERR_TOO_LARGE;
    }
    struct bytes copy;
    if (!arena_copy(&overlay->arena, value, &copy)) {
        return ERR_MEMORY;
    }
    return change(overlay, key, ENTRY_WRITTEN, copy);
}

enum err overlay_delete(struct overlay *overlay, struct bytes key)
{
    return change(overlay, key, ENTRY_DELETED, (struct bytes){NULL, 0});
}

size_t overlay_mark(const struct overlay *overlay)
{
    return overlay->journal_count;
}

void overlay_rollback(struct overlay *overlay, size_t mark)
{
    assert(!overlay->sealed);
    assert(mark <= overlay->journal_count);
    while (overlay->journal_count > mark) {
        const struct undo *undo = &overlay->journal[--overlay->journal_count];
        undo->entry->kind = undo->kind;
        undo->entry->value = undo->value;
    }
}

/* --- sealing ------------------------------------------------------------------------------------
 */

static bool is_write(const struct entry *entry)
{
    return entry->kind == ENTRY_WRITTEN || entry->kind == ENTRY_DELETED;
}

void overlay_seal(struct overlay *overlay)
{
    if (overlay->sealed) {
        return;
    }
    overlay->sealed = true;
    free(overlay->journal);
    overlay->journal = NULL;
    overlay->journal_count = 0;
    if (overlay->entries.count == 0) {
        return;
    }
    overlay->written = calloc(overlay->entries.count, sizeof *overlay->written);
    /* Sealing has no way to fail; without these few bytes the process has none to go on either. */
    if (!overlay->written) {
        abort();
    }
    for (const struct map_node *node = map_first(&overlay->entries); node; node = map_next(node)) {
        struct entry *entry = map_value(node);
        if (is_write(entry)) {
            overlay->written[overlay->written_count++] = entry;
        }
    }
}

bool overlay_sealed(const struct overlay *overlay)
{
    return overlay->sealed;
}

size_t overlay_count(const struct overlay *overlay)
{
    assert(overlay->sealed);
    return overlay->written_count;
}

void overlay_entry(const struct overlay *overlay, size_t index, struct bytes *key,
                   struct bytes *value)
{
    assert(overlay->sealed);
    assert(index < overlay->written_count);
    const struct entry *entry = overlay->written[index];
    *key = entry->key;
    *value = entry->kind == ENTRY_DELETED ? (struct bytes){NULL, 0} : entry->value;
}
