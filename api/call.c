/* SPDX-License-Identifier: Apache-2.0 */
/* From a whole HTTP request to an operation, and from its result to the answer and the request log:
 * the one place through which every call comes in and goes out [KSSJ 9.2.2e]. The order of checks
 * is cheap ones first, and nothing is read from the body before the token was accepted. */

#include "api/call.h"

#include "api/envelope.h"
#include "api/operations.h"
#include "api/serve.h"
#include "ledger/codec/json_out_errors.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREFIX "/api/"
#define VERSION "v1/"

/* --- what comes in ---------------------------------------------------------------------------- */

enum err call_fail(struct call *call, enum err err, const char *field, const char *limit,
                   const char *hint)
{
    return err_set(&call->detail, err, field, NULL, limit, hint);
}

enum err call_text(struct call *call, const char *key, bool required, const char **out)
{
    const struct json_node *node = json_node_get(call->root, key);
    const enum json_kind kind = json_node_kind(node);
    *out = NULL;
    if (kind == JSON_KIND_NULL) {
        return required ? call_fail(call, ERR_MISSING, key, NULL, NULL) : OK;
    }
    if (kind != JSON_KIND_TEXT) {
        return call_fail(call, ERR_TYPE, key, "a text", NULL);
    }
    *out = json_node_text(node);
    if (required && **out == '\0') {
        return call_fail(call, ERR_MISSING, key, NULL, NULL);
    }
    return OK;
}

enum err call_number(struct call *call, const char *key, bool required, int64_t *out)
{
    const struct json_node *node = json_node_get(call->root, key);
    if (json_node_kind(node) == JSON_KIND_NULL) {
        return required ? call_fail(call, ERR_MISSING, key, NULL, NULL) : OK;
    }
    int64_t value = 0;
    if (!json_node_integer(node, &value)) {
        return call_fail(call, ERR_TYPE, key, "a whole number", NULL);
    }
    if (value < 0) {
        return call_fail(call, ERR_RANGE, key, "0 or more", NULL);
    }
    *out = value;
    return OK;
}

enum err call_hash(struct call *call, const char *key, bool required, struct hash *out, bool *given)
{
    const char *text = NULL;
    const enum err err = call_text(call, key, required, &text);
    *given = false;
    if (err != OK || text == NULL) {
        return err;
    }
    if (!hex_decode(out->bytes, HASH_SIZE, bytes_text(text))) {
        return call_fail(call, ERR_LENGTH, key, "64 hexadecimal digits", NULL);
    }
    *given = true;
    return OK;
}

enum err call_only(struct call *call, const char *const *keys)
{
    struct errors errors;
    errors_init(&errors, &call->detail, 1);
    return json_node_only(call->root, keys, &errors) ? OK : ERR_UNKNOWN_FIELD;
}

/* "at": a height, an instant, or absent for the newest. */
static enum err open_at(struct call *call, struct query **out)
{
    const struct api_node *node = call->api->node;
    const char *text = json_node_text(json_node_get(call->root, "at"));
    uint64_t time_ms = 0;
    int64_t at = -1;
    if (text != NULL) {
        if (!spell_time_read(&time_ms, text)) {
            return call_fail(call, ERR_PARSE, "at", "a height or 2026-10-01T00:00:00Z", NULL);
        }
        return node->query_time(node->context, out, time_ms);
    }
    const enum err err = call_number(call, "at", false, &at);
    if (err != OK) {
        return err;
    }
    return node->query(node->context, out, at < 0 ? QUERY_NEWEST : (uint64_t)at);
}

enum err call_query(struct call *call, struct query **out)
{
    const enum err err = open_at(call, out);
    if (err == ERR_ABSENT) {
        return call_fail(call, ERR_ABSENT, "at", NULL, "no final block there");
    }
    if (err != OK && call->detail.err != err) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    return err;
}

enum err call_organisation(struct call *call, struct query *query,
                           const Seam__OrganisationRecord **out)
{
    const enum err err =
        view_organisation(out, query_state(query), call->caller->organisation, &call->arena);
    if (err == ERR_ABSENT) {
        return call_fail(call, ERR_ROLE, NULL, NULL,
                         "the organisation of this token is not registered");
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* --- what goes out ---------------------------------------------------------------------------- */

/* First four characters only [KSSJ 9.2.2f]. */
static void mask(char out[16], const char *platkey)
{
    snprintf(out, 16, "%.4s%s", platkey, platkey[0] != '\0' ? "****" : "");
}

static void write_log(const struct call *call, enum err err, int status, size_t size)
{
    const struct api_node *node = call->api->node;
    char platkey[16];
    char interface[96];
    mask(platkey, call->caller != NULL ? call->caller->platkey : call->platkey);
    if (call->operation != NULL) {
        snprintf(interface, sizeof interface, "v1/%s", call->operation->name);
    } else {
        snprintf(interface, sizeof interface, "%.80s", call->request->path);
    }
    const uint64_t now = node->now_ms(node->context);
    const struct api_call line = {
        .time_ms = call->started_ms,
        .request = call->number,
        .address = call->request->address_text,
        .platkey = platkey,
        .organisation = call->caller != NULL ? call->caller->organisation : "",
        .interface = interface,
        .code = err_code(err),
        .error = err_name(err),
        .status = status,
        .duration_ms = (uint32_t)(now > call->started_ms ? now - call->started_ms : 0),
        .bytes_in = call->request->body.size,
        .bytes_out = size,
    };
    node->audit(node->context, &line);
}

static void call_free(struct call *call)
{
    struct api *api = call->api;
    json_doc_free(call->doc);
    json_out_free(&call->data);
    arena_free(&call->arena);
    free(call);
    pthread_mutex_lock(&api->mutex);
    assert(api->in_work > 0);
    api->in_work--;
    pthread_cond_broadcast(&api->wake);
    pthread_mutex_unlock(&api->mutex);
}

/* Ends a call with a finished text. */
static void send(struct call *call, enum err err, int status, const char *type, struct bytes body)
{
    const bool busy =
        call->come_back || err == ERR_BUSY || err == ERR_RATE_LIMIT || err == ERR_NO_QUORUM;
    const struct http_response response = {
        .status = status,
        .type = type,
        .body = body,
        .allow = err == ERR_METHOD ? "POST" : NULL,
        .retry_after = busy ? RETRY_SECONDS : 0,
        .close = call->request->refused != OK,
    };
    write_log(call, err, status, body.size);
    http_answer(call->http, &response);
    call_free(call);
}

/* The value of "data" on error: of a file all that was found, else the one thing, or nothing. */
static void write_error(struct call *call, enum err err)
{
    json_out_free(&call->data);
    json_out_init(&call->data, JSON_OUT_COMPACT, CALL_ANSWER);
    if (call->errors.count > 0) {
        json_out_errors(&call->data, &call->errors);
        return;
    }
    call->detail.err = err;
    json_out_detail(&call->data, &call->detail);
}

void call_finish(struct call *call, enum err err)
{
    struct json_out envelope;
    struct bytes data = {NULL, 0};
    struct bytes text;
    /* A result that cannot be said is an error of ours; an error always can. */
    enum err result = err;
    if (result == OK && json_out_finish(&call->data, &data) != OK) {
        result = ERR_INTERNAL;
    }
    if (result != OK) {
        write_error(call, result);
        if (json_out_finish(&call->data, &data) != OK) {
            data = (struct bytes){NULL, 0};
        }
    }
    envelope_write(&envelope, result, call->request->language, data);
    if (json_out_finish(&envelope, &text) != OK) {
        text = bytes_text("{\"code\":\"100001\",\"message\":\"internal error\",\"data\":null}");
        result = ERR_INTERNAL;
    }
    send(call, result, err_http(result), "application/json; charset=utf-8", text);
    json_out_free(&envelope);
}

/* --- checks before an operation --------------------------------------------------------------- */

static bool address_allowed(const struct api_config *config, const uint8_t address[16])
{
    for (size_t i = 0; i < config->allow_count; i++) {
        const struct api_network *network = &config->allow[i];
        const size_t whole = network->prefix / 8;
        const uint8_t rest = (uint8_t)(0xff00u >> network->prefix % 8);
        if (memcmp(address, network->address, whole) == 0 &&
            (network->prefix % 8 == 0 ||
             ((address[whole] ^ network->address[whole]) & rest) == 0)) {
            return true;
        }
    }
    return config->allow_count == 0;
}

static bool is_loopback(const uint8_t address[16])
{
    static const uint8_t four[13] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
    static const uint8_t six[16] = {[15] = 1};
    return memcmp(address, four, sizeof four) == 0 || memcmp(address, six, sizeof six) == 0;
}

/* "application/json", in any case, alone or with charset=utf-8 [KSSJ 9.2.4a]. */
static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    if (strncasecmp(type, json, sizeof json - 1) != 0) {
        return false;
    }
    const char *rest = type + sizeof json - 1;
    rest += strspn(rest, " \t");
    if (*rest == '\0') {
        return true;
    }
    rest += strspn(rest, "; \t");
    return strcasecmp(rest, "charset=utf-8") == 0 || strcasecmp(rest, "charset=\"utf-8\"") == 0;
}

static enum err check_token(struct call *call)
{
    static const char scheme[] = "Bearer ";
    const char *header = call->request->authorization;
    if (strncasecmp(header, scheme, sizeof scheme - 1) != 0) {
        return ERR_TOKEN;
    }
    return token_check(&call->caller, call->api->tokens, header + sizeof scheme - 1,
                       call->started_ms);
}

/* Which operation a path names. Other versions will live beside v1 [KSSJ 9.2.3a]. */
static enum err find_operation(struct call *call)
{
    const char *path = call->request->path;
    if (strncmp(path, PREFIX, sizeof PREFIX - 1) != 0) {
        return ERR_OPERATION;
    }
    path += sizeof PREFIX - 1;
    if (strncmp(path, VERSION, sizeof VERSION - 1) != 0) {
        return ERR_VERSION;
    }
    call->operation = operation_find(call->api, path + sizeof VERSION - 1);
    return call->operation != NULL ? OK : ERR_OPERATION;
}

/* Signed elsewhere, perhaps much at once: what a flood is made of. */
static bool is_bulk(const struct operation *operation)
{
    return operation->run == op_submit_transaction || operation->run == op_submit_batch;
}

static bool comes_early(const struct call *call)
{
    const struct api *api = call->api;
    return is_bulk(call->operation) &&
           retry_early(&api->retry, token_number(api->tokens, call->caller), call->started_ms);
}

static enum err check_call(struct call *call)
{
    const struct http_request *request = call->request;
    enum err err = find_operation(call);
    /* The method is judged even where nothing stands, so that no path answers a GET. */
    if (strcmp(request->method, "POST") != 0) {
        return ERR_METHOD;
    }
    if (!address_allowed(&call->api->config, request->address)) {
        return ERR_ADDRESS;
    }
    const char *interface = call->operation != NULL ? call->operation->name : "?";
    if (!rate_take(call->api->rate, request->address, interface, call->started_ms)) {
        return ERR_RATE_LIMIT;
    }
    if (err != OK) {
        return err;
    }
    if (request->refused != OK) {
        return request->refused;
    }
    if (!call->operation->open) {
        err = check_token(call);
        if (err != OK) {
            return err;
        }
    }
    if (!is_json(request->content_type)) {
        return ERR_NOT_JSON;
    }
    return comes_early(call)
               ? call_fail(call, ERR_BUSY, NULL, NULL, "not read; come back after Retry-After")
               : OK;
}

static enum err read_body(struct call *call)
{
    const enum err err =
        json_doc_read(&call->doc, call->request->body, LIMIT_HTTP_BODY, &call->detail);
    if (err != OK) {
        return err;
    }
    call->root = json_doc_root(call->doc);
    if (json_node_kind(call->root) != JSON_KIND_OBJECT) {
        return call_fail(call, ERR_TYPE, NULL, "an object", NULL);
    }
    return OK;
}

static void run_operation(struct call *call)
{
    enum err err = check_call(call);
    if (err == OK) {
        err = read_body(call);
    }
    if (err == OK) {
        bool later = false;
        call->later = &later;
        err = call->operation->run(call, call->operation->row);
        if (later) {
            assert(err == OK);
            return; /* call is not ours any more, or gone */
        }
    }
    call_finish(call, err);
}

/* --- read-only infrastructure ----------------------------------------------------------------- */

static void send_text(struct call *call, int status, const char *type, const char *text)
{
    send(call, status == 200 ? OK : ERR_BUSY, status, type, bytes_text(text));
}

static void serve_ready(struct call *call)
{
    const struct api_node *node = call->api->node;
    char why[API_WHY_SIZE] = "";
    const bool ready = node->ready(node->context, why);
    char text[API_WHY_SIZE + 8];
    snprintf(text, sizeof text, "%s\n", ready ? "ready" : why);
    send_text(call, ready ? 200 : 503, "text/plain; charset=utf-8", text);
}

static void serve_metrics(struct call *call)
{
    const struct api_node *node = call->api->node;
    struct bytes text = {NULL, 0};
    if (!call->api->config.metrics_public && !is_loopback(call->request->address)) {
        call_finish(call, ERR_ADDRESS);
        return;
    }
    const enum err err = node->metrics(node->context, &call->arena, &text);
    if (err != OK) {
        call_finish(call, err);
        return;
    }
    send(call, OK, 200, "text/plain; version=0.0.4; charset=utf-8", text);
}

/* True when the request was for one of these and has been answered. */
static bool serve_infrastructure(struct call *call)
{
    const char *path = call->request->path;
    const bool health = strcmp(path, "/healthz") == 0;
    const bool ready = strcmp(path, "/readyz") == 0;
    const bool metrics = strcmp(path, "/metrics") == 0;
    const bool openapi = strcmp(path, "/openapi.json") == 0;
    if ((!health && !ready && !metrics && !openapi) || strcmp(call->request->method, "GET") != 0 ||
        call->request->refused != OK) {
        return false;
    }
    if (health) {
        send_text(call, 200, "text/plain; charset=utf-8", "ok\n");
    } else if (ready) {
        serve_ready(call);
    } else if (metrics) {
        serve_metrics(call);
    } else {
        send(call, OK, 200, "application/json; charset=utf-8", call->api->openapi);
    }
    return true;
}

/* --- entry ------------------------------------------------------------------------------------ */

/* A call that found no memory or a stopping node is answered without a call. */
static void turn_away(struct http_call *http)
{
    static const char text[] = "{\"code\":\"100004\",\"message\":\"busy\",\"data\":null}";
    const struct http_response response = {.status = 503,
                                           .type = "application/json; charset=utf-8",
                                           .body = bytes_of(text, sizeof text - 1),
                                           .retry_after = RETRY_SECONDS,
                                           .close = true};
    http_answer(http, &response);
}

void serve(void *context, struct http_call *http, const struct http_request *request)
{
    struct api *api = context;
    struct call *call = calloc(1, sizeof *call);
    pthread_mutex_lock(&api->mutex);
    const bool take = call != NULL && !api->stopping;
    if (take) {
        call->number = ++api->requests;
        api->in_work++;
    }
    pthread_mutex_unlock(&api->mutex);
    if (!take) {
        free(call);
        turn_away(http);
        return;
    }
    call->api = api;
    call->http = http;
    call->request = request;
    call->started_ms = api->node->now_ms(api->node->context);
    arena_init(&call->arena, CALL_ARENA);
    json_out_init(&call->data, JSON_OUT_COMPACT, CALL_ANSWER);
    if (!serve_infrastructure(call)) {
        run_operation(call);
    }
}
