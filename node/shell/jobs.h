/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_JOBS_H
#define NODE_SHELL_JOBS_H

/* The threads of decision D17 that serve the core: signer, executor, committer, and the pool that
 * verifies. Each has a queue; a job runs on its thread and comes back to the loop. One wake-up may
 * bring many finished jobs: the wake-up carries nothing, the queue does. */

#include <uv.h>

#include "node/core/env.h"

#define JOBS_VERIFY_MAX 4096 /* waiting on ENV_VERIFY before job_start says no */
#define JOBS_URGENT_MANY 16 /* urgent ones that may wait for their one thread */

struct jobs;

/* done is called on the loop thread for each finished job, in the order of their finishing. */
typedef void (*jobs_done_fn)(void *context, struct env_job *job);

/* jobs_new starts the threads: one for each executor, for ENV_VERIFY one that takes urgent jobs
 * only and verify_threads (1..64) that take urgent ones when that one is busy
 * and they are not, or many wait.
 * *realtime (may be NULL) says whether the signer's thread got a real-time place, which keeps the
 * wait after a sync short on a busy machine. Gives *out. ERR_MEMORY, ERR_INTERNAL. */
enum err NODISCARD jobs_new(struct jobs **out, uv_loop_t *loop, uint32_t verify_threads,
                            jobs_done_fn done, void *context, bool *realtime);

/* jobs_start takes job. From the loop thread. */
bool jobs_start(struct jobs *jobs, enum env_executor executor, struct env_job *job);

/* jobs_stop lets each running job end, drops those that wait (job->drop), joins the threads, drops
 * what had finished but was not delivered, and closes the wake-up handle. jobs_free when the loop
 * has run the close callback. */
void jobs_stop(struct jobs *jobs);
void jobs_free(struct jobs *jobs);

#endif
