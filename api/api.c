/* SPDX-License-Identifier: Apache-2.0 */
/* Start and stop. One keeper thread ends waits in time and looks after drafts; the
 * checker has the secrets. */

#include "api/api.h"

#include "api/call.h"
#include "api/checker.h"
#include "api/fields.h"
#include "api/openapi.h"
#include "api/operations.h"
#include "api/serve.h"
#include "api/submit.h"
#include "api/wait.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#define KEEPER_MS 200
#define DRAFT_ROUND_MS 5000
#define BODY_MS 30000
#define IDLE_MS 30000

static void set_defaults(struct api_config *config)
{
    config->threads = config->threads > 1 ? config->threads : 2;
    config->connections = config->connections > 0 ? config->connections : 1000;
    config->connections_per_address =
        config->connections_per_address > 0 ? config->connections_per_address : 64;
    config->calls_per_second = config->calls_per_second > 0 ? config->calls_per_second : 10;
    config->first_request_ms = config->first_request_ms > 0 ? config->first_request_ms : 6000;
    config->wait_ms = config->wait_ms > 0 ? config->wait_ms : 60000;
    config->token_ms = config->token_ms > 0 ? config->token_ms : 7200000;
}

static void *keeper_main(void *context)
{
    struct api *api = context;
    const struct api_node *node = api->node;
    uint64_t next_round_ms = 0;
    pthread_mutex_lock(&api->mutex);
    while (!api->stopping) {
        pthread_mutex_unlock(&api->mutex);
        const uint64_t now_ms = node->now_ms(node->context);
        wait_expire(api, now_ms, false);
        if (now_ms >= next_round_ms || next_round_ms - now_ms > DRAFT_ROUND_MS) { /* set back */
            submit_drafts(api, now_ms);
            next_round_ms = now_ms + DRAFT_ROUND_MS;
        }
        pthread_mutex_lock(&api->mutex);
        if (!api->stopping) {
            struct timespec until;
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += KEEPER_MS * 1000000L;
            until.tv_sec += until.tv_nsec / 1000000000L;
            until.tv_nsec %= 1000000000L;
            pthread_cond_timedwait(&api->wake, &api->mutex, &until);
        }
    }
    pthread_mutex_unlock(&api->mutex);
    return NULL;
}

static void api_free(struct api *api)
{
    submit_forget(api);
    openapi_free(api->openapi);
    free(api->operations);
    fields_free(&api->fields);
    checker_free(api->checker);
    draft_box_free(api->drafts);
    rate_free(api->rate);
    token_book_free(api->tokens);
    pthread_cond_destroy(&api->wake);
    pthread_mutex_destroy(&api->evidence);
    pthread_mutex_destroy(&api->mutex);
    free(api);
}

static enum err make_parts(struct api *api, struct err_detail *detail)
{
    const struct token_options tokens = {.access = api->config.access,
                                         .lifetime_ms = api->config.token_ms,
                                         .local = api->node->local};
    struct token_options with_key = tokens;
    for (size_t i = 0; i < sizeof with_key.key; i++) {
        with_key.key[i] = api->config.token_key[i];
    }
    enum err err = token_book_new(&api->tokens, &with_key, detail);
    if (err != OK) {
        return err;
    }
    api->rate = rate_new(api->config.calls_per_second);
    api->drafts = draft_box_new(api->node->local);
    api->checker = checker_new(op_finish_token);
    if (api->rate == NULL || api->drafts == NULL || api->checker == NULL) {
        return ERR_MEMORY;
    }
    err = fields_join(&api->fields);
    if (err == OK) {
        err = operations_join(api);
    }
    return err == OK ? openapi_make(&api->openapi, api) : err;
}

static enum err listen_and_keep(struct api *api)
{
    const struct http_options options = {
        .host = api->config.host,
        .port = api->config.port,
        .threads = api->config.threads,
        .connections = api->config.connections,
        .connections_per_address = api->config.connections_per_address,
        .first_request_ms = api->config.first_request_ms,
        .body_ms = BODY_MS,
        .idle_ms = IDLE_MS,
        .body_limit = LIMIT_HTTP_BODY,
        .proxy = api->config.proxy,
        .handler = serve,
        .context = api,
    };
    if (pthread_create(&api->keeper, NULL, keeper_main, api) != 0) {
        return ERR_MEMORY;
    }
    api->keeper_runs = true;
    return http_start(&api->http, &options);
}

static void stop_threads(struct api *api)
{
    pthread_mutex_lock(&api->mutex);
    api->stopping = true;
    pthread_cond_broadcast(&api->wake);
    pthread_mutex_unlock(&api->mutex);
    if (api->keeper_runs) {
        pthread_join(api->keeper, NULL);
    }
    if (api->checker != NULL) {
        checker_stop(api->checker);
    }
}

/* Times of waking are monotonic: a clock that is set back must not put the keeper to sleep. */
static int wake_init(pthread_cond_t *wake)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return -1;
    }
    int failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (failed == 0) {
        failed = pthread_cond_init(wake, &attributes);
    }
    pthread_condattr_destroy(&attributes);
    return failed;
}

static bool locks_init(struct api *api)
{
    if (pthread_mutex_init(&api->mutex, NULL) != 0) {
        return false;
    }
    if (pthread_mutex_init(&api->evidence, NULL) != 0) {
        pthread_mutex_destroy(&api->mutex);
        return false;
    }
    if (wake_init(&api->wake) != 0) {
        pthread_mutex_destroy(&api->evidence);
        pthread_mutex_destroy(&api->mutex);
        return false;
    }
    return true;
}

enum err api_start(struct api **out, const struct api_config *config, const struct api_node *node,
                   struct err_detail *detail)
{
    assert(node->local != NULL);
    assert(node->submit != NULL);
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL || !locks_init(api)) {
        free(api);
        return ERR_MEMORY;
    }
    api->config = *config;
    api->node = node;
    set_defaults(&api->config);
    enum err err = make_parts(api, detail);
    if (err == OK) {
        err = listen_and_keep(api);
    }
    if (err != OK) {
        stop_threads(api);
        api_free(api);
        return err_set(detail, err,
                       detail != NULL && detail->field[0] != '\0' ? detail->field : "http", NULL,
                       NULL, NULL);
    }
    *out = api;
    return OK;
}

void api_stop(struct api *api)
{
    http_quiesce(api->http);
    stop_threads(api);
    wait_expire(api, 0, true);
    /* Handlers that took a call before stopping was set may still start waits. */
    pthread_mutex_lock(&api->mutex);
    while (api->in_work > 0) {
        pthread_mutex_unlock(&api->mutex);
        wait_expire(api, 0, true);
        pthread_mutex_lock(&api->mutex);
        if (api->in_work > 0) {
            struct timespec until;
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_sec += 1;
            pthread_cond_timedwait(&api->wake, &api->mutex, &until);
        }
    }
    pthread_mutex_unlock(&api->mutex);
    http_stop(api->http);
    api_free(api);
}

uint16_t api_port(const struct api *api)
{
    return http_port(api->http);
}
