/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CHECKER_H
#define API_CHECKER_H

/* One thread for calls that are slow on purpose: the first check of a secret costs an Argon2id, and
 * whoever sends wrong ones must not hold up those who wait for nothing but a read. */

#include "api/call.h"

struct checker;

#define CHECKER_QUEUE 16

/* checker_new starts the thread; run finishes each call it is given. NULL when memory ends. */
struct checker *checker_new(void (*run)(struct call *call));

/* checker_take queues a call and sets *call->later; false: the queue is full, or stopping. */
bool NODISCARD checker_take(struct checker *checker, struct call *call);

/* checker_stop answers busy whoever still waits, and ends the thread. checker_free after it. */
void checker_stop(struct checker *checker);
void checker_free(struct checker *checker);

#endif
