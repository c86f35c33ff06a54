/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CALL_H
#define API_CALL_H

/* One call of one interface: what came in, who asks, what goes out. Internal to api/. */

#include "api/api.h"
#include "api/draft.h"
#include "api/http.h"
#include "api/rate.h"
#include "api/retry.h"
#include "api/token.h"
#include "ledger/codec/json_in.h"
#include "ledger/exec/exec.h"

#include <pthread.h>

#define CALL_ARENA (64 * 1024 * 1024)
#define CALL_ANSWER (32 * 1024 * 1024) /* bytes of an answer */

struct wait;
struct checker;
struct submit_asked;

struct api {
    struct api_config config;
    const struct api_node *node;
    struct http *http;
    struct token_book *tokens;
    struct rate *rate;
    struct retry retry;
    struct draft_box *drafts;
    struct checker *checker;
    struct field_table fields; /* of all rule folders, joined */
    struct operation *operations; /* ours, then those the rules declare */
    size_t operation_count;
    struct bytes openapi; /* made at start */
    pthread_mutex_t mutex; /* waits, stopping, counters */
    pthread_mutex_t evidence; /* held over one part's writing; taken alone */
    pthread_cond_t wake;
    struct wait *waits;
    uint64_t requests;
    uint32_t in_work; /* calls taken and not yet answered */
    bool stopping;
    pthread_t keeper; /* ends waits in time, looks after drafts */
    bool keeper_runs;
    struct submit_asked *asked; /* the keeper's: drafts submitted again */
};

struct operation;

struct call {
    struct api *api;
    struct http_call *http;
    const struct http_request *request;
    const struct operation *operation; /* NULL where the path names none */
    const struct access_entry *caller; /* NULL before the token was accepted */
    char platkey[ACCESS_PLATKEY_SIZE + 1]; /* of GetResourcePlatToken, for the log */
    uint64_t number;
    uint64_t started_ms;
    struct json_doc *doc;
    const struct json_node *root; /* the object that was sent */
    struct arena arena;
    struct err_detail detail;
    struct errors errors; /* of a file; empty: detail says it */
    struct json_out data; /* the value of "data" */
    bool come_back; /* the node had no room for all of it: Retry-After is said */
    /* Set when the operation answers by call_finish. Not in the call: it may be gone by the time
     * the operation returns. */
    bool *later;
};

/* What runs an operation: writes one value into call->data and returns OK; or an error, with
 * call->detail or call->errors filled; or sets *call->later, returns OK and leads to call_finish.
 */
typedef enum err (*operation_run)(struct call *call, const struct rule_row *row);

struct operation {
    const char *name; /* GetStatus */
    operation_run run;
    const struct rule_row *row; /* of the operations that rules declare; else NULL */
    bool open; /* needs no token */
    const char *help_en;
    const char *fields; /* "height! bytes?": names of the fields it takes, ! = required */
};

/* operation_find gives the operation of a name or NULL. */
const struct operation *operation_find(const struct api *api, const char *name);
/* operations_join fills the list at start. ERR_MEMORY. */
enum err NODISCARD operations_join(struct api *api);

/* call_fail fills the detail and gives err back. */
enum err call_fail(struct call *call, enum err err, const char *field, const char *limit,
                   const char *hint);
/* call_finish answers and ends a call. Any thread; for those with later set. */
void call_finish(struct call *call, enum err err);

/* Fields of the request. NULL or false: absent; a field of another type fails and says so. */
enum err NODISCARD call_text(struct call *call, const char *key, bool required, const char **out);
enum err NODISCARD call_number(struct call *call, const char *key, bool required, int64_t *out);
enum err NODISCARD call_hash(struct call *call, const char *key, bool required, struct hash *out,
                             bool *given);
/* call_only refuses every key that is not in the NULL-terminated list. */
enum err NODISCARD call_only(struct call *call, const char *const *keys);

/* call_query opens the state at "at" of the request (a height, a time, or the newest). */
enum err NODISCARD call_query(struct call *call, struct query **out);

/* call_roles gives the caller's organisation; ERR_ROLE where it is not (any more) registered. */
enum err NODISCARD call_organisation(struct call *call, struct query *query,
                                     const Seam__OrganisationRecord **out);

#endif
