/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_KV_H
#define LEDGER_STORE_KV_H

/* An ordered key-value store with column families, atomic batches and snapshots. kv_rocks.c (the
 * only file that knows RocksDB) and kv_mem.c pass the same tests. Values pass through the cipher
 * hook (decision D22). After ERR_STORAGE from kv_write the store refuses everything: the node
 * stops. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

#define KV_FAMILIES_MAX 24
#define KV_PREFIX_MAX 256

struct kv;
struct kv_snapshot;
struct kv_batch;
struct kv_iter;

/* The families of one instance, by index; the names are on disk and never change. Values of the
 * families whose bit is set in `clear` never pass through the cipher: hashes, which are public.
 * Those in `derived` can be made again from the others: what is damaged in them spoils them and
 * nothing else (kv_spoiled). */
struct kv_plan {
    const char *const *families;
    size_t count;
    uint32_t clear;
    uint32_t derived;
};

/* Turns a value into what is stored and back; NULL functions store it as it is. The associated
 * data is (family index, key), so values cannot be swapped. */
struct kv_cipher {
    void *context;
    enum err (*seal)(void *context, uint32_t family, struct bytes key, struct bytes value,
                     struct arena *arena, struct bytes *out);
    enum err (*open)(void *context, uint32_t family, struct bytes key, struct bytes value,
                     struct arena *arena, struct bytes *out);
};

/* kv_open_rocks opens or creates path in WAL recovery mode 0, or mode 2 when repair is true (D23).
 * Gives *out to the caller. ERR_STORAGE, ERR_CORRUPT (mode 0 refused the log). */
enum err NODISCARD kv_open_rocks(struct kv **out, const char *path, const struct kv_plan *plan,
                                 const struct kv_cipher *cipher, bool repair,
                                 struct err_detail *detail);
/* kv_open_rocks_reading opens what is in path now, beside a writer or without one: writes nothing,
 * keeps no block in memory, reads every file from the disk. Beside a writer a file can be gone or
 * half written in the very moment: an error counts when it comes again. ERR_STORAGE, ERR_CORRUPT.
 */
enum err NODISCARD kv_open_rocks_reading(struct kv **out, const char *path,
                                         const struct kv_plan *plan, const struct kv_cipher *cipher,
                                         struct err_detail *detail);
enum err NODISCARD kv_open_mem(struct kv **out, const struct kv_plan *plan,
                               const struct kv_cipher *cipher);

/* The disk below a store in memory, played by a simulation. write is asked before each batch: an
 * error refuses it; *lost, false before, makes a batch that looks written and is gone after the
 * next crash. */
struct kv_mem_disk {
    void *context;
    enum err (*write)(void *context, size_t size, bool sync, bool *lost);
};
/* kv_mem_disk_set puts a disk below; disk is borrowed until kv_close. */
void kv_mem_disk_set(struct kv *kv, const struct kv_mem_disk *disk);
/* kv_mem_crash is what a power failure does: batches after the last synced one are gone, and the
 * store works again if a write had failed; who opens it next has met no damage yet. No reader may
 * be left. */
void kv_mem_crash(struct kv *kv);
/* kv_mem_copy gives *out, another store of the same plan that holds what a power failure would
 * leave of kv now: a backup. No disk is below it. ERR_MEMORY. */
enum err NODISCARD kv_mem_copy(struct kv **out, const struct kv *kv);
/* kv_mem_rot makes the record at this place among those of a family unreadable, and up to `count`
 * with those behind it, as a bad sector below their block does: every read that meets one of them
 * is ERR_CORRUPT and told (kv_damage), until it is written again. Gives how many. Bytes that read
 * well and are others than those written do not exist beneath checksums. */
size_t kv_mem_rot(struct kv *kv, uint32_t family, uint64_t place, size_t count);
/* kv_mem_count gives the records of a family, or those of them that cannot be read. */
uint64_t kv_mem_count(const struct kv *kv, uint32_t family, bool rotten);
/* kv_close takes kv. All snapshots and iterators must be gone. */
void kv_close(struct kv *kv);

/* kv_get copies the value into arena. snapshot may be NULL (latest). ERR_ABSENT, ERR_STORAGE,
 * ERR_CORRUPT, ERR_MEMORY. Safe from several threads. */
enum err NODISCARD kv_get(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                          struct bytes key, struct arena *arena, struct bytes *out);

/* kv_get_many calls found for each of these keys that there is; the value is borrowed until found
 * returns, which must not use the store. Keys next to each other are cheapest. Stops at the first
 * error, also one of found. Safe from several threads. */
typedef enum err (*kv_found)(void *context, size_t index, struct bytes value);
enum err NODISCARD kv_get_many(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                               const struct bytes *keys, size_t count, kv_found found,
                               void *context);

/* kv_snapshot_take pins what is stored now, over all families; NULL when memory ends. */
struct kv_snapshot *kv_snapshot_take(struct kv *kv);
void kv_snapshot_drop(struct kv *kv, struct kv_snapshot *snapshot);

/* A batch copies keys and values. A value that could not be taken (memory, cipher) makes kv_write
 * refuse the whole batch. kv_batch_new is NULL when memory ends. */
struct kv_batch *kv_batch_new(struct kv *kv);
void kv_batch_put(struct kv_batch *batch, uint32_t family, struct bytes key, struct bytes value);
void kv_batch_delete(struct kv_batch *batch, uint32_t family, struct bytes key);
void kv_batch_free(struct kv_batch *batch);
/* kv_write applies the batch atomically; with sync it is on disk before the call returns. One
 * writer at a time. */
enum err NODISCARD kv_write(struct kv *kv, const struct kv_batch *batch, bool sync);
/* kv_failed is true after a write or sync went wrong: everything is refused from then on. */
bool kv_failed(const struct kv *kv);

/* kv_damage tells of the first read or write since the opening that met bytes their checksum does
 * not cover: file and place, in the library's words, with a NUL. False: there was none. Reads of
 * derived families are left to kv_spoiled. From any thread. */
#define KV_DAMAGE_TEXT 200
bool kv_damage(struct kv *kv, char out[KV_DAMAGE_TEXT]);

/* kv_spoiled gives the derived families that were found damaged and not made anew since, a bit
 * each, and of the first of them what kv_damage tells (out may be NULL; unchanged for 0). From any
 * thread. */
uint32_t kv_spoiled(struct kv *kv, char out[KV_DAMAGE_TEXT]);

/* kv_tell_damage has kv_damage or kv_spoiled tell this, unless there was something before: what
 * another reader of the same files met, or records that cannot be true together. From any thread.
 */
#define KV_NO_FAMILY UINT32_MAX /* or it is not known which */
void kv_tell_damage(struct kv *kv, uint32_t family, const char *text);

/* kv_renew empties a derived family, with whatever is damaged in it, at once and for good; it is
 * spoiled no more. From the KV_RENEWALS_MAX-th on, damage in derived families is damage as any
 * other: the machine spoils data. A reader that was in the middle may still meet what was there.
 * Called by the writer; ERR_STORAGE as of kv_write. */
#define KV_RENEWALS_MAX 9
enum err NODISCARD kv_renew(struct kv *kv, uint32_t family);

/* kv_iter_open walks keys of one family from `from` upwards (or from the last key <= `from`
 * downwards when reverse) within prefix. Keys and values are borrowed until the next call. */
struct kv_iter *kv_iter_open(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                             struct bytes prefix, struct bytes from, bool reverse);
/* kv_iter_open may give NULL, which
 * kv_iter_next answers with ERR_MEMORY and kv_iter_close ignores. An empty `from` means the
 * beginning of the prefix (its end when reverse). The snapshot must outlive the iterator. */
/* kv_iter_next gives the next pair; ERR_ABSENT at the end, ERR_STORAGE or ERR_CORRUPT on trouble:
 * an iterator that stops early says so. */
enum err NODISCARD kv_iter_next(struct kv_iter *iter, struct bytes *key, struct bytes *value);
void kv_iter_close(struct kv_iter *iter);

#endif
