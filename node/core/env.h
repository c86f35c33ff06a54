/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_ENV_H
#define NODE_CORE_ENV_H

/* Everything the node asks of the world, and nothing else: clocks, timers, frames to peers, files
 * of the consensus log and of the signer, jobs on named threads, random bytes, log lines, metrics.
 * node/shell implements it over libuv; the tests implement it with virtual time and a disk that
 * forgets what was not synced. (docs/adr: core and shell)
 *
 * Threads. All of node/core runs on the loop thread, except the run function of a job, which runs
 * on the thread of its executor and touches only what the job owns. Functions marked (any) may be
 * called from any thread, the others from the loop thread only. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define ENV_PEERS 128 /* peer numbers are below this */
#define ENV_TIMERS 32 /* timer numbers are below this */
#define ENV_FILE_NAME 64 /* bytes of a file name with its end */
#define ENV_LOG_TEXT 512 /* bytes of a log line with its end */

/* --- jobs ---------------------------------------------------------------------------------------
 */

/* One thread each, except ENV_VERIFY, which is a pool of cores - 1. Jobs of one executor start in
 * the order they were given; on ENV_VERIFY urgent ones (votes) go first. */
enum env_executor {
    ENV_SIGNER, /* consensus log and signer's slots, nothing else */
    ENV_EXECUTOR, /* builds and validates blocks, one at a time */
    ENV_COMMITTER, /* writes final blocks to the database */
    ENV_VERIFY, /* signatures, the door's judgement, certificates */
    ENV_EXECUTORS
};

/* A piece of work with its own input and output. Embedded as the first member of the job's struct.
 */
struct env_job {
    void (*run)(struct env_job *job); /* on the executor's thread */
    void (*done)(struct env_job *job); /* called by node_on_job_done; frees the job */
    void (*drop)(struct env_job *job); /* the node stops: frees the job, no other effect */
    struct env_job *next; /* the env's, while it holds the job */
    bool urgent;
};

/* --- files --------------------------------------------------------------------------------------
 */

enum env_dir {
    ENV_DIR_LOG, /* consensus log segments, inside the data directory */
    ENV_DIR_KEY /* signer.state, in the key directory */
};

enum env_open {
    ENV_OPEN_EXISTING, /* ERR_ABSENT when it is not there */
    ENV_OPEN_CREATE /* must not exist; filled with zeros to its size, then file and directory synced
                     */
};

struct env_file; /* the env's */

struct env_names {
    size_t count;
    char names[256][ENV_FILE_NAME];
};

/* --- peers --------------------------------------------------------------------------------------
 */

/* Two connections to each peer, so that votes never queue behind bodies (consensus.md 2.12). */
enum env_channel { ENV_CONTROL, ENV_BULK, ENV_CHANNELS };

enum env_level { ENV_DEBUG, ENV_INFO, ENV_WARNING, ENV_ERROR };

/* --- the vtable ---------------------------------------------------------------------------------
 */

struct env {
    void *context;

    /* (any) Milliseconds of a clock that never goes back, and of the wall since 1970 UTC. */
    uint64_t (*now_ms)(void *context);
    uint64_t (*wall_ms)(void *context);

    /* timer_set arms timer number `timer` once, replacing an earlier setting: node_on_timer comes
     * after delay_ms. timer_cancel disarms; a tick already on its way must not arrive. */
    void (*timer_set)(void *context, uint32_t timer, uint64_t delay_ms);
    void (*timer_cancel)(void *context, uint32_t timer);

    /* send copies the frame into the bounded queue of the peer's channel. False: the queue is full
     * or the peer is gone; nothing was queued and the caller need not care (votes are re-sent,
     * bodies fetched again). A peer whose control queue is full should be dropped by the shell. */
    bool (*send)(void *context, uint32_t peer, enum env_channel channel, struct bytes frame);
    /* send_room is how many bytes the channel would take now; 0 for a peer that is gone. */
    size_t (*send_room)(void *context, uint32_t peer, enum env_channel channel);
    /* peer_close drops the peer and refuses its node key for ban_ms (0: may come back at once).
     * node_on_peer_down follows later, never from inside this call. */
    void (*peer_close)(void *context, uint32_t peer, uint64_t ban_ms, const char *why);

    /* (any) Files. They block; the core calls them on ENV_SIGNER, and at start before anything
     * else. Any ERR_STORAGE from write or sync is final: the node stops voting and never retries.
     * file_read gives fewer bytes only at the end of the file. file_write never grows the file
     * beyond the size it was created with. names of file_list are sorted. */
    enum err (*file_open)(void *context, struct env_file **out, enum env_dir dir, const char *name,
                          enum env_open how, uint64_t size);
    enum err (*file_size)(void *context, struct env_file *file, uint64_t *out);
    enum err (*file_read)(void *context, struct env_file *file, uint64_t offset, void *out,
                          size_t size, size_t *got);
    enum err (*file_write)(void *context, struct env_file *file, uint64_t offset,
                           struct bytes data);
    enum err (*file_sync)(void *context, struct env_file *file);
    void (*file_close)(void *context, struct env_file *file);
    enum err (*file_rename)(void *context, enum env_dir dir, const char *from, const char *to);
    enum err (*file_unlink)(void *context, enum env_dir dir, const char *name);
    enum err (*file_list)(void *context, enum env_dir dir, struct env_names *out);
    /* dir_sync makes renames and unlinks of dir durable. */
    enum err (*dir_sync)(void *context, enum env_dir dir);

    /* job_start takes the job: job->run on the executor, then node_on_job_done on the loop. False:
     * the executor's queue is full, nothing was taken. The queues of ENV_SIGNER, ENV_EXECUTOR and
     * ENV_COMMITTER never refuse: the core holds at most a few jobs in them. */
    bool (*job_start)(void *context, enum env_executor executor, struct env_job *job);

    /* (any) */
    void (*random)(void *context, void *out, size_t size);

    /* (any) One line a decision, not a message. text has no newline. module is a constant word. */
    void (*log)(void *context, enum env_level level, const char *module, const char *text);

    /* metric_set and metric_add: name is a constant "seam_ledger_blocks_total"; label a constant
     * text or NULL. */
    void (*metric_set)(void *context, const char *name, const char *label, int64_t value);
    void (*metric_add)(void *context, const char *name, const char *label, int64_t value);
};

/* env_logf formats one line. */
__attribute__((format(printf, 4, 5))) void env_logf(const struct env *env, enum env_level level,
                                                    const char *module, const char *format, ...);

#endif
