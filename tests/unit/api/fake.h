/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_API_FAKE_H
#define TESTS_UNIT_API_FAKE_H

/* A node for tests of the interface: the consortium of governance/world.h on a chain in memory. A
 * worker thread judges each submitted transaction and, when it passes, makes a block of it, so that
 * final answers come from another thread, as from the real node. Time stands until a test moves it.
 */

#include "api/access.h"
#include "api/api.h"
#include "ledger/query/query.h"
#include "ledger/store/storage_plan.h"
#include "tests/unit/api/client.h"
#include "tests/unit/exec/chain.h"

#include <pthread.h>
#include <stdatomic.h>

#define FAKE_QUEUE 64
#define FAKE_PLATFORMS 8

struct fake_job {
    uint8_t *raw;
    size_t size;
    bool wait;
    api_answer_fn callback;
    void *arg;
};

struct fake {
    struct chain *chain;
    struct api_node node;
    struct api *api;
    struct api_config config;
    struct kv *local;
    char access[8192];
    struct access_entry entries[FAKE_PLATFORMS];
    char secrets[FAKE_PLATFORMS][ACCESS_SECRET_SIZE + 1];
    char tokens[FAKE_PLATFORMS][33];
    size_t platforms;
    pthread_t worker;
    pthread_mutex_t mutex; /* the queue and what tests set */
    pthread_cond_t wake;
    struct fake_job jobs[FAKE_QUEUE];
    size_t job_count;
    bool stopping;
    bool full; /* submit answers ERR_BUSY */
    size_t places; /* of the queue */
    bool full_later; /* the worker does, as the node's own thread */
    bool stalled; /* the worker takes nothing: no quorum */
    bool not_ready;
    atomic_ullong now_ms;
    char audit[64][256]; /* the newest lines of the request log */
    unsigned audit_count;
};

static uint64_t fake_now(void *context)
{
    struct fake *fake = context;
    return atomic_load(&fake->now_ms);
}

static enum err fake_submit(void *context, struct bytes raw, bool wait, api_answer_fn callback,
                            void *arg)
{
    struct fake *fake = context;
    enum err err = ERR_BUSY;
    pthread_mutex_lock(&fake->mutex);
    if (!fake->full && !fake->stopping && fake->job_count < fake->places) {
        struct fake_job *job = &fake->jobs[fake->job_count++];
        *job = (struct fake_job){malloc(raw.size + 1), raw.size, wait, callback, arg};
        memcpy(job->raw, raw.data, raw.size);
        pthread_cond_broadcast(&fake->wake);
        err = OK;
    }
    pthread_mutex_unlock(&fake->mutex);
    return err;
}

static bool fake_pending(void *context, const struct hash *tx_id, char why[API_WHY_SIZE])
{
    (void)context;
    (void)tx_id;
    (void)why;
    return false;
}

static enum err fake_query(void *context, struct query **out, uint64_t height)
{
    struct fake *fake = context;
    return query_open(out, fake->chain->db, height);
}

static enum err fake_query_time(void *context, struct query **out, uint64_t time_ms)
{
    struct fake *fake = context;
    return query_open_time(out, fake->chain->db, time_ms);
}

static void fake_status(void *context, struct json_out *out)
{
    (void)context;
    json_out_field_uint(out, "height", 1);
}

static bool fake_ready(void *context, char why[API_WHY_SIZE])
{
    struct fake *fake = context;
    pthread_mutex_lock(&fake->mutex);
    const bool ready = !fake->not_ready;
    pthread_mutex_unlock(&fake->mutex);
    snprintf(why, API_WHY_SIZE, "%s", ready ? "" : "synchronising");
    return ready;
}

static enum err fake_metrics(void *context, struct arena *arena, struct bytes *text)
{
    (void)context;
    return arena_copy(arena, bytes_text("seam_height 1\n"), text) ? OK : ERR_MEMORY;
}

static enum err fake_sign(void *context, const struct hash *key_id, struct bytes message,
                          uint8_t signature[64])
{
    (void)context;
    static const char *const names[] = {"mine.a",     "mine.b",      "group.a",
                                        "verifier.a", "regulator.a", "regulator.b"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct hash id = world_key_id(names[i]);
        if (hash_equal(&id, key_id)) {
            const struct sign_key key = world_key(names[i]);
            sign_message(signature, &key, message);
            return OK;
        }
    }
    return ERR_KEY;
}

static void fake_audit(void *context, const struct api_call *call)
{
    struct fake *fake = context;
    pthread_mutex_lock(&fake->mutex);
    snprintf(fake->audit[fake->audit_count++ % 64], 256, "%s %s %s %s %s %d", call->address,
             call->platkey, call->organisation, call->interface, call->code, call->status);
    pthread_mutex_unlock(&fake->mutex);
}

static void fake_log(void *context, const char *sentence)
{
    (void)context;
    (void)sentence;
}

/* Judges, makes a block, answers. */
static void fake_work(struct fake *fake, const struct fake_job *job)
{
    struct chain *chain = fake->chain;
    const struct bytes raw = {job->raw, job->size};
    struct api_answer answer = {.outcome = API_REFUSED};
    struct exec_tx tx;
    const enum err err =
        exec_decode(&tx, &chain->env.chain_id, raw, &chain->world->arena, &chain->world->detail);
    if (err == OK) {
        answer.tx_id = tx.tx_id;
        struct query *query = NULL;
        struct query_tx found;
        assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
        if (query_tx(&found, query, &tx.tx_id, &chain->world->arena) == OK) {
            answer.outcome = API_FINAL;
            answer.duplicate = true;
            answer.height = found.height;
        } else if (chain_judge(chain, raw) == JUDGE_OK) {
            chain_commit(chain, &raw, 1);
            answer.outcome = job->wait ? API_FINAL : API_ACCEPTED;
            answer.height = chain->header.height;
            answer.time_ms = chain->header.time_ms;
        }
        query_close(query);
    }
    if (answer.outcome == API_REFUSED) {
        answer.detail = chain->world->detail;
    }
    job->callback(job->arg, &answer);
}

static void *fake_main(void *context)
{
    struct fake *fake = context;
    pthread_mutex_lock(&fake->mutex);
    for (;;) {
        while (!fake->stopping && (fake->job_count == 0 || fake->stalled)) {
            pthread_cond_wait(&fake->wake, &fake->mutex);
        }
        if (fake->stopping && fake->job_count == 0) {
            break;
        }
        struct fake_job job = fake->jobs[0];
        const bool stopping = fake->stopping;
        const bool full = fake->full_later;
        memmove(fake->jobs, fake->jobs + 1, --fake->job_count * sizeof job);
        pthread_mutex_unlock(&fake->mutex);
        if (stopping || full) {
            struct api_answer answer = {.outcome = API_DROPPED, .detail = {.err = ERR_BUSY}};
            job.callback(job.arg, &answer);
        } else {
            fake_work(fake, &job);
        }
        free(job.raw);
        pthread_mutex_lock(&fake->mutex);
    }
    pthread_mutex_unlock(&fake->mutex);
    return NULL;
}

/* Argon2id of 100 letters s at the smallest cost there is, so that a test of a draft does not wait
 * for seven full ones; t_token.c pays the full price. */
#define FAKE_SECRET_HASH                                                                           \
    "$argon2id$v=19$m=8,t=1,p=1$PtETk1+eFDN6tlABW1KCBg$1fnVARJfjBVHPLScEXms3L326yIg1ZxmbH3/"       \
    "ikstnRs"

static void fake_platform(struct fake *fake, const char *organisation, const char *person)
{
    const size_t at = fake->platforms++;
    struct access_entry *entry = &fake->entries[at];
    char key_id[65] = "";
    memset(fake->secrets[at], 's', ACCESS_SECRET_SIZE);
    memset(entry->platkey, 'A' + (int)at, ACCESS_PLATKEY_SIZE);
    if (person[0] != '\0') {
        const struct hash id = world_key_id(person);
        hex_encode(key_id, hash_bytes(&id));
    }
    const size_t used = strlen(fake->access);
    snprintf(fake->access + used, sizeof fake->access - used,
             "%s{\"platkey\":\"%s\",\"secret_hash\":\"%s\",\"organisation\":\"%s\","
             "\"person\":\"%s\",\"key_id\":\"%s\"}",
             at > 0 ? "," : "{\"format\":\"seam-access-1\",\"platforms\":[", entry->platkey,
             FAKE_SECRET_HASH, organisation, person, key_id);
}

/* What a test does to the node while it runs. */
__attribute__((unused)) static void fake_set(struct fake *fake, bool *what, bool value)
{
    pthread_mutex_lock(&fake->mutex);
    *what = value;
    pthread_cond_broadcast(&fake->wake);
    pthread_mutex_unlock(&fake->mutex);
}

/* Who may call: the index is that of fake->tokens. */
enum { MINE_A, MINE_B, GROUP_A, VERIFIER_A, REGULATOR_A, REGULATOR_B, MINE_READER };

__attribute__((unused)) static struct reply fake_call(struct fake *fake, int who, const char *name,
                                                      const char *json)
{
    char path[128];
    snprintf(path, sizeof path, "/api/v1/%s", name);
    return client_post(api_port(fake->api), path, who >= 0 ? fake->tokens[who] : NULL, "", json);
}

static void fake_get_tokens(struct fake *fake)
{
    for (size_t i = 0; i < fake->platforms; i++) {
        char json[300];
        snprintf(json, sizeof json,
                 "{\"platkey\":\"%s\",\"platkeysecret\":\"%s\",\"optype\":\"0\"}",
                 fake->entries[i].platkey, fake->secrets[i]);
        const struct reply reply = fake_call(fake, -1, "GetResourcePlatToken", json);
        assert_int_equal(reply.status, 200);
        const char *token = strstr(reply.body, "\"access_token\":\"");
        assert_non_null(token);
        memcpy(fake->tokens[i], token + 16, 32);
    }
}

static void fake_start_api(struct fake *fake)
{
    struct err_detail detail = {0};
    const enum err err = api_start(&fake->api, &fake->config, &fake->node, &detail);
    if (err != OK) {
        print_error("api: %s %s %s\n", err_name(err), detail.field, detail.hint);
    }
    assert_int_equal(err, OK);
}

__attribute__((unused)) static int fake_setup(void **state)
{
    void *chain = NULL;
    assert_int_equal(chain_setup(&chain), 0);
    struct fake *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->chain = chain;
    fake->places = FAKE_QUEUE;
    atomic_store(&fake->now_ms, WORLD_TIME + 60000);
    assert_int_equal(kv_open_mem(&fake->local, storage_local_plan(), NULL), OK);
    pthread_mutex_init(&fake->mutex, NULL);
    pthread_cond_init(&fake->wake, NULL);
    fake->node = (struct api_node){
        .context = fake,
        .chain_id = fake->chain->env.chain_id,
        .genesis = fake->chain->world->genesis,
        .local = fake->local,
        .now_ms = fake_now,
        .submit = fake_submit,
        .pending = fake_pending,
        .query = fake_query,
        .query_time = fake_query_time,
        .status = fake_status,
        .ready = fake_ready,
        .metrics = fake_metrics,
        .sign = fake_sign,
        .audit = fake_audit,
        .log = fake_log,
    };
    fake->config = (struct api_config){
        .host = "127.0.0.1", .calls_per_second = 1000, .first_request_ms = CLIENT_PATIENCE_MS};
    fake_platform(fake, "mine", "mine.a");
    fake_platform(fake, "mine", "mine.b");
    fake_platform(fake, "group", "group.a");
    fake_platform(fake, "verifier", "verifier.a");
    fake_platform(fake, "regulator", "regulator.a");
    fake_platform(fake, "regulator", "regulator.b");
    fake_platform(fake, "mine", "");
    strcat(fake->access, "]}");
    fake->config.access = bytes_text(fake->access);
    assert_int_equal(pthread_create(&fake->worker, NULL, fake_main, fake), 0);
    fake_start_api(fake);
    fake_get_tokens(fake);
    *state = fake;
    return 0;
}

__attribute__((unused)) static int fake_teardown(void **state)
{
    struct fake *fake = *state;
    void *chain = fake->chain;
    api_stop(fake->api);
    pthread_mutex_lock(&fake->mutex);
    fake->stopping = true;
    pthread_cond_broadcast(&fake->wake);
    pthread_mutex_unlock(&fake->mutex);
    pthread_join(fake->worker, NULL);
    pthread_cond_destroy(&fake->wake);
    pthread_mutex_destroy(&fake->mutex);
    kv_close(fake->local);
    free(fake);
    return chain_teardown(&chain);
}

/* The text between "key":" and the next quotation mark, copied. */
__attribute__((unused)) static void fake_field(char *out, size_t size, const char *body,
                                               const char *key)
{
    char pattern[80];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", key);
    const char *at = strstr(body, pattern);
    if (at == NULL) {
        print_error("no %s in %s\n", key, body);
    }
    assert_non_null(at);
    at += strlen(pattern);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

#define assert_reply(reply_, status_, code_)                                                       \
    do {                                                                                           \
        const struct reply got_ = (reply_);                                                        \
        if (got_.status != (status_) ||                                                            \
            strncmp(got_.body, "{\"code\":\"" code_ "\",\"message\":\"", 28) != 0) {               \
            print_error("%d %s\n", got_.status, got_.body != NULL ? got_.body : "nothing");        \
        }                                                                                          \
        assert_int_equal(got_.status, (status_));                                                  \
        assert_int_equal(strncmp(got_.body, "{\"code\":\"" code_ "\",\"message\":\"", 28), 0);     \
        assert_non_null(strstr(got_.body, ",\"data\":"));                                          \
    } while (0)

#define assert_has(reply_, text_)                                                                  \
    do {                                                                                           \
        if (strstr((reply_).body, (text_)) == NULL) {                                              \
            print_error("no %s in %s\n", (text_), (reply_).body);                                  \
        }                                                                                          \
        assert_non_null(strstr((reply_).body, (text_)));                                           \
    } while (0)

#endif
