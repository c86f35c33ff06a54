/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_WAIT_H
#define API_WAIT_H

/* A call that waits for what becomes of its transactions. */

#include "api/call.h"

struct wait_plan {
    bool batch; /* answer with a list of results */
    /* Called with the answer of a single transaction, before the call is finished. */
    void (*settle)(struct call *call, struct bytes draft, const struct api_answer *answer);
    struct bytes draft; /* for settle; lives in the call's arena */
    const char *note_key; /* one more field of the answer, or NULL */
    struct bytes note; /* a finished JSON value in the call's arena */
    /* Of a batch: a number for each transaction that its result repeats as "row", or NULL. Lives in
     * the call's arena. */
    const uint32_t *rows;
};

/* wait_start hands the transactions to the node and sets *call->later. With final the call ends
 * when all are final or refused, else when all are accepted or refused. */
enum err NODISCARD wait_start(struct call *call, const struct wait_plan *plan,
                              const struct bytes *raws, size_t count, bool final);

/* wait_write writes the fields of one answer into an open object. */
void wait_write(struct json_out *out, const struct api_answer *answer);

/* wait_expire ends the calls that have waited too long (100003), or all of them (100004). */
void wait_expire(struct api *api, uint64_t now_ms, bool all);

#endif
