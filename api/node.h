/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_NODE_H
#define API_NODE_H

/* The node as the interface sees it: one table of functions, filled by node/shell/api_glue.c and by
 * a fake in tests. Every function may be called from several HTTP threads at once and none may
 * block longer than a database read takes; what takes time answers by callback. */

#include "ledger/codec/json_out.h"
#include "ledger/query/query.h"
#include "ledger/store/kv.h"

/* What became of a submitted transaction (decision D16). */
enum api_outcome {
    API_REFUSED, /* detail says why; nothing is kept */
    API_ACCEPTED, /* in the pool of this node: not an acknowledgement */
    API_FINAL, /* irreversible */
    API_DROPPED /* was accepted, then became NEVER, expired, or the node stops; detail says why */
};

struct api_answer {
    enum api_outcome outcome;
    bool duplicate; /* the same transaction was there before */
    struct hash tx_id;
    uint64_t height; /* FINAL: block, index in it, time of its header */
    uint32_t index;
    struct hash block_id;
    uint64_t time_ms;
    struct bytes receipt; /* FINAL: canonical Receipt, borrowed during the call; may be empty for a
                             transaction that was final before */
    struct err_detail detail;
};

/* Called exactly once for each submit that returned OK, from any thread, also when the node stops
 * (API_DROPPED with ERR_BUSY), also after api_stop began; never from inside submit. */
typedef void (*api_answer_fn)(void *arg, const struct api_answer *answer);

/* One line of the request log [KSSJ 9.2.2e]: every call, also refused ones. Texts are masked where
 * they must be [KSSJ 9.2.2f] and borrowed during the call. */
struct api_call {
    uint64_t time_ms;
    uint64_t request; /* number since start */
    const char *address; /* of the client, without port */
    const char *platkey; /* first four characters and ****, or "" */
    const char *organisation; /* "" before a token was accepted */
    const char *interface; /* "v1/SubmitAccount", "healthz" */
    const char *code; /* "000000" */
    const char *error; /* "E_RANGE"; "OK" */
    int status; /* HTTP */
    uint32_t duration_ms;
    uint64_t bytes_in;
    uint64_t bytes_out;
};

#define API_WHY_SIZE 160

struct api_node {
    void *context; /* first argument of all functions */

    /* Constant while the interface runs; borrowed. */
    struct hash chain_id;
    struct bytes genesis; /* canonical Genesis */
    struct kv *local; /* storage_local_plan; drafts, tokens and audit are written here */

    uint64_t (*now_ms)(void *context); /* wall clock */

    /* submit copies raw, judges it as a block would and gossips it. With wait: one callback with
     * REFUSED, FINAL or DROPPED; without: with REFUSED, ACCEPTED, or FINAL (a duplicate).
     * ERR_BUSY: the queue is full, nothing was taken, callback will not come. */
    enum err (*submit)(void *context, struct bytes raw, bool wait, api_answer_fn callback,
                       void *arg);
    /* pending says whether a transaction waits in the pool and in words why. */
    bool (*pending)(void *context, const struct hash *tx_id, char why[API_WHY_SIZE]);

    /* query opens the final state at a height (QUERY_NEWEST: the head); query_close releases it. */
    enum err (*query)(void *context, struct query **out, uint64_t height);
    /* query_time opens the state after the last block whose time is not after time_ms. */
    enum err (*query_time)(void *context, struct query **out, uint64_t time_ms);

    /* status writes the fields of GetStatus into an open object: height, view, peers, explain. */
    void (*status)(void *context, struct json_out *out);
    /* ready: does the node follow the chain and answer from it? Otherwise why, in words. */
    bool (*ready)(void *context, char why[API_WHY_SIZE]);
    /* metrics gives the text form Prometheus reads. */
    enum err (*metrics)(void *context, struct arena *arena, struct bytes *text);

    /* sign with a key of the node's keystore. ERR_KEY: it does not hold that key. */
    enum err (*sign)(void *context, const struct hash *key_id, struct bytes message,
                     uint8_t signature[64]);

    /* audit writes the request log; log writes one sentence about the interface itself. */
    void (*audit)(void *context, const struct api_call *call);
    void (*log)(void *context, const char *sentence);
};

#endif
