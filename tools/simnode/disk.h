/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIMNODE_DISK_H
#define TOOLS_SIMNODE_DISK_H

/* A disk in memory that forgets: what was written and not synced is kept or lost sector by sector
 * when the power fails; renames and unlinks that no dir_sync followed are undone from some point
 * on. It can be told to die at a given operation, to lie about a write, to be full, to fail a sync.
 */

#include "node/core/env.h"
#include "tools/sim/rng.h"

#define VDISK_FILES 64
#define VDISK_SECTOR 512u

struct vdisk_content {
    struct vdisk_content *next; /* the disk's list: a crash may bring an unlinked one back */
    uint64_t size;
    uint64_t extent; /* nothing was ever written at or above */
    uint8_t *data; /* what a reader sees */
    uint8_t *synced; /* what survives for certain */
    uint64_t dirty_from, dirty_to; /* differs from synced at most here */
    uint64_t lost_from, lost_to; /* a sync says it wrote this, and did not */
    uint64_t clean_from, clean_to; /* a sync of this failed: no later one tries it again */
};

struct vdisk_name {
    enum env_dir dir;
    char name[ENV_FILE_NAME];
    struct vdisk_content *content; /* NULL: free entry */
};

/* When the power fails at an operation: how much of it happened. KILLED: it happened, and then the
 * process ended and not the power, so nothing is lost and nothing more is synced. */
enum vdisk_moment { VDISK_BEFORE, VDISK_TORN, VDISK_AFTER, VDISK_KILLED, VDISK_MOMENTS };

/* What happens to the next write of a file in this directory, without anybody noticing. */
enum vdisk_lie {
    VDISK_HONEST,
    VDISK_LOST,
    VDISK_MISDIRECTED, /* it lands a few sectors off */
    VDISK_ASTRAY /* it lands in another file, of any directory, where there is one with room */
};

/* A copy of one directory, as a careless operator keeps it. */
struct vdisk_copy {
    struct vdisk_name names[VDISK_FILES];
    bool taken;
};

struct vdisk {
    struct vdisk_name names[VDISK_FILES];
    struct vdisk_name (*before)[VDISK_FILES]; /* the directory before each unsynced change */
    size_t changes, changes_capacity;
    struct vdisk_content *contents;
    struct rng rng;
    uint64_t writes, syncs; /* so far */
    uint64_t operations; /* all that change something, batches of the database included */
    uint64_t die_at; /* 0: never; at this operation the power fails */
    enum vdisk_moment die_how;
    bool dead; /* the power has failed: nothing more happens until vdisk_crash */
    /* 0: never; this sync and all after it fail, until vdisk_crash. As with a kernel that takes
     * what it could not write for clean: a reader still sees it, and no later sync writes it,
     * unless it is written into the file again. */
    uint64_t fail_at_sync;
    bool full; /* nothing new can be created, no batch written */
    enum vdisk_lie lie;
    enum env_dir lie_dir;
    uint64_t lies; /* told so far */
    uint64_t astray; /* of them writes into another file */
};

void vdisk_init(struct vdisk *disk, uint64_t seed);
void vdisk_free(struct vdisk *disk);

/* vdisk_fill sets the file functions of env, whose context must begin with a struct vdisk. */
void vdisk_fill(struct env *env);

/* vdisk_crash: the power failed and is back. Open files are gone with the process. */
void vdisk_crash(struct vdisk *disk);
/* vdisk_batch is asked before a batch of the database: one operation of this disk. */
enum err NODISCARD vdisk_batch(struct vdisk *disk);

/* vdisk_find gives NULL for a file that is not there. */
struct vdisk_content *vdisk_find(struct vdisk *disk, enum env_dir dir, const char *name);
/* vdisk_put creates a file that is durable at once: a key file, as `seam key new` makes it. */
void vdisk_put(struct vdisk *disk, enum env_dir dir, const char *name, struct bytes data);
/* vdisk_wipe removes every file of a directory for good. */
void vdisk_wipe(struct vdisk *disk, enum env_dir dir);
/* vdisk_flip turns one bit of what is written in a directory; false where nothing is. */
bool vdisk_flip(struct vdisk *disk, enum env_dir dir);
/* vdisk_holds: do these bytes stand in the synced part of some file of dir? */
bool vdisk_holds(const struct vdisk *disk, enum env_dir dir, struct bytes wanted);

/* vdisk_copy_take keeps what a directory holds now, vdisk_copy_restore puts it back. The contents
 * are the disk's and go with it. */
void vdisk_copy_take(struct vdisk_copy *copy, struct vdisk *disk, enum env_dir dir);
void vdisk_copy_restore(struct vdisk_copy *copy, struct vdisk *disk, enum env_dir dir);

/* A disk and an env over it with no clock, network or jobs: for tests of log, slot and signer. */
struct vdisk_bench {
    struct vdisk disk;
    struct env env;
};

void vdisk_bench_init(struct vdisk_bench *bench, uint64_t seed);

#endif
