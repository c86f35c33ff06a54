/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of epoll threads runs the library. A handler that does not answer at once has its
 * connection suspended; http_answer resumes it. One sweeper thread shuts down connections whose
 * peer takes too long for headers or body, which the library's idle timeout never notices when a
 * byte arrives now and then. The library accepts a request that carries both Content-Length and
 * Transfer-Encoding, two lengths, blanks before a colon or folded lines; such a request is refused
 * here and its connection closed, so that nobody in front of us can disagree about where it ends.
 */

#include "api/http.h"

#include "api/http_framing.h"
#include "api/http_listener.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#define SWEEP_MS 250
#define UNREAD_MS 15000 /* behind a deadline, for what lies unread */
#define HEADER_MEMORY (32 * 1024)
#define OVERRUN 4 /* times the body limit read and thrown away before the connection is cut */

/* One connection, from accept to close. */
struct peer {
    struct peer *next;
    struct peer **link;
    int fd;
    uint64_t deadline_ms; /* 0: none */
};

struct http {
    struct http_options options;
    struct MHD_Daemon *daemon;
    struct http_listener listener; /* its socket is the daemon's, once it runs */
    atomic_bool quiesced;
    pthread_mutex_t mutex; /* peers and stopping */
    pthread_cond_t wake;
    struct peer *peers;
    bool stopping;
    pthread_t sweeper;
};

struct http_call {
    struct http *http;
    struct MHD_Connection *connection;
    struct http_request request;
    char *path;
    uint8_t *body;
    size_t size;
    size_t room;
    uint64_t seen; /* bytes of body, kept or not */
    bool cut;
    pthread_mutex_t mutex; /* answered, suspended, response */
    bool handled;
    bool answered;
    bool suspended;
    int status;
    struct MHD_Response *response;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- connections ------------------------------------------------------------------------------ */

static struct peer *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void peer_deadline(struct http *http, struct MHD_Connection *connection, uint32_t within_ms)
{
    struct peer *peer = peer_of(connection);
    if (peer == NULL) {
        return;
    }
    pthread_mutex_lock(&http->mutex);
    peer->deadline_ms = within_ms > 0 ? now_ms() + within_ms : 0;
    pthread_mutex_unlock(&http->mutex);
}

static void peer_started(struct http *http, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL || info == NULL) {
        free(peer);
        return;
    }
    peer->fd = info->connect_fd;
    peer->deadline_ms = now_ms() + http->options.first_request_ms;
    pthread_mutex_lock(&http->mutex);
    peer->next = http->peers;
    peer->link = &http->peers;
    if (peer->next != NULL) {
        peer->next->link = &peer->next;
    }
    http->peers = peer;
    pthread_mutex_unlock(&http->mutex);
    *context = peer;
}

/* Called before the descriptor is closed, so the sweeper never shuts down a stranger's. */
static void peer_closed(struct http *http, struct peer *peer)
{
    if (peer == NULL) {
        return;
    }
    pthread_mutex_lock(&http->mutex);
    *peer->link = peer->next;
    if (peer->next != NULL) {
        peer->next->link = peer->link;
    }
    pthread_mutex_unlock(&http->mutex);
    free(peer);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        peer_started(context, connection, socket_context);
    } else {
        peer_closed(context, *socket_context);
        *socket_context = NULL;
    }
}

/* What came in time and is not read yet is our delay, not the client's, within limits: who always
 * has something under way would never be late. */
static bool lies_unread(int fd)
{
    int size = 0;
    return ioctl(fd, FIONREAD, &size) == 0 && size > 0;
}

static void sweep(struct http *http)
{
    const uint64_t now = now_ms();
    for (struct peer *peer = http->peers; peer != NULL; peer = peer->next) {
        if (peer->deadline_ms != 0 && now > peer->deadline_ms &&
            (!lies_unread(peer->fd) || now > peer->deadline_ms + UNREAD_MS)) {
            shutdown(peer->fd, SHUT_RDWR);
            peer->deadline_ms = 0;
        }
    }
}

static void *sweeper_main(void *context)
{
    struct http *http = context;
    pthread_mutex_lock(&http->mutex);
    while (!http->stopping) {
        sweep(http);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += SWEEP_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&http->wake, &http->mutex, &until);
    }
    pthread_mutex_unlock(&http->mutex);
    return NULL;
}

/* --- requests --------------------------------------------------------------------------------- */

/* The proxy on this machine writes the address it sees behind what the client claims. False: it is
 * no address, so nobody may decide by it. */
static bool read_forwarded(struct http_request *request, const char *list)
{
    struct in_addr v4;
    struct in6_addr v6;
    char text[HTTP_ADDRESS_TEXT];
    const char *comma = strrchr(list, ',');
    const char *last = comma != NULL ? comma + 1 : list;
    last += strspn(last, " \t");
    const size_t size = strcspn(last, " \t");
    if (size == 0 || size >= sizeof text || last[size + strspn(last + size, " \t")] != '\0') {
        return false;
    }
    memcpy(text, last, size);
    text[size] = '\0';
    memset(request->address, 0, sizeof request->address);
    if (inet_pton(AF_INET, text, &v4) == 1) {
        memset(request->address + 10, 0xff, 2);
        memcpy(request->address + 12, &v4, 4);
    } else if (inet_pton(AF_INET6, text, &v6) == 1) {
        memcpy(request->address, &v6, 16);
    } else {
        return false;
    }
    memcpy(request->address_text, text, size + 1);
    return true;
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *key,
                                 size_t key_size, const char *value, size_t value_size)
{
    (void)kind;
    http_framing_add(context, key, key_size, value, value_size);
    return MHD_YES;
}

static enum err check_framing(struct http_call *call)
{
    struct http_framing framing = {0};
    MHD_get_connection_values_n(call->connection, MHD_HEADER_KIND, on_header, &framing);
    if (framing.bad_header || framing.authorizations > 1) {
        return ERR_PARSE;
    }
    if (call->http->options.proxy && framing.forwarded != NULL &&
        !read_forwarded(&call->request, framing.forwarded)) {
        return ERR_PARSE;
    }
    if (framing.lengths > 1 || framing.encodings > 1 || framing.not_chunked || framing.bad_length ||
        (framing.lengths > 0 && framing.encodings > 0)) {
        return ERR_PARSE;
    }
    return framing.length > call->http->options.body_limit ? ERR_TOO_LARGE : OK;
}

static const char *header_of(struct http_call *call, const char *name)
{
    const char *value = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
    return value != NULL ? value : "";
}

static void read_address(struct http_call *call)
{
    struct http_request *request = &call->request;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(call->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    snprintf(request->address_text, sizeof request->address_text, "?");
    if (info == NULL || info->client_addr == NULL) {
        return;
    }
    if (info->client_addr->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)info->client_addr;
        memset(request->address + 10, 0xff, 2);
        memcpy(request->address + 12, &in->sin_addr, 4);
        inet_ntop(AF_INET, &in->sin_addr, request->address_text, HTTP_ADDRESS_TEXT);
    } else if (info->client_addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const void *)info->client_addr;
        memcpy(request->address, &in->sin6_addr, 16);
        inet_ntop(AF_INET6, &in->sin6_addr, request->address_text, HTTP_ADDRESS_TEXT);
    }
}

static void call_free(struct http_call *call)
{
    if (call->response != NULL) {
        MHD_destroy_response(call->response);
    }
    pthread_mutex_destroy(&call->mutex);
    free(call->path);
    free(call->body);
    free(call);
}

static struct http_call *call_new(struct http *http, struct MHD_Connection *connection,
                                  const char *path, const char *method)
{
    struct http_call *call = calloc(1, sizeof *call);
    char *copy = strdup(path);
    if (call == NULL || copy == NULL || pthread_mutex_init(&call->mutex, NULL) != 0) {
        free(call);
        free(copy);
        return NULL;
    }
    call->http = http;
    call->connection = connection;
    call->path = copy;
    call->request.method = method;
    call->request.path = copy;
    call->request.content_type = header_of(call, "Content-Type");
    call->request.authorization = header_of(call, "Authorization");
    call->request.language = header_of(call, "Accept-Language");
    read_address(call);
    call->request.refused = check_framing(call);
    return call;
}

/* Keeps a piece of the body, or only counts it once the request is refused. */
static enum MHD_Result take_piece(struct http_call *call, const char *data, size_t size)
{
    const size_t limit = call->http->options.body_limit;
    call->seen += size;
    if (call->request.refused == OK && size > limit - call->size) {
        call->request.refused = ERR_TOO_LARGE;
    }
    if (call->request.refused != OK) {
        return call->seen > OVERRUN * (uint64_t)limit ? MHD_NO : MHD_YES;
    }
    if (call->room - call->size < size) {
        size_t room = call->room > 0 ? call->room : 4096;
        while (room < call->size + size) {
            room *= 2;
        }
        uint8_t *body = realloc(call->body, room);
        if (body == NULL) {
            call->request.refused = ERR_MEMORY;
            return MHD_YES;
        }
        call->body = body;
        call->room = room;
    }
    memcpy(call->body + call->size, data, size);
    call->size += size;
    return MHD_YES;
}

static enum MHD_Result queue(struct http_call *call)
{
    const enum MHD_Result result =
        MHD_queue_response(call->connection, (unsigned)call->status, call->response);
    MHD_destroy_response(call->response);
    call->response = NULL;
    return result;
}

/* Hands the whole request over; suspends the connection unless the answer is there already. */
static enum MHD_Result handle(struct http_call *call)
{
    call->handled = true;
    call->request.body = (struct bytes){call->body, call->request.refused == OK ? call->size : 0};
    peer_deadline(call->http, call->connection, 0);
    call->http->options.handler(call->http->options.context, call, &call->request);
    pthread_mutex_lock(&call->mutex);
    const bool answered = call->answered;
    if (!answered) {
        MHD_suspend_connection(call->connection);
        call->suspended = true;
    }
    pthread_mutex_unlock(&call->mutex);
    return answered ? queue(call) : MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *data, size_t *size, void **state)
{
    (void)version;
    struct http *http = context;
    struct http_call *call = *state;
    if (call == NULL) {
        call = call_new(http, connection, path, method);
        *state = call;
        if (call == NULL) {
            return MHD_NO;
        }
        peer_deadline(http, connection, http->options.body_ms);
        /* An answer before the body is read makes the library close the connection after it. */
        return call->request.refused != OK ? handle(call) : MHD_YES;
    }
    if (*size > 0) {
        const enum MHD_Result result = take_piece(call, data, *size);
        *size = 0;
        return result;
    }
    pthread_mutex_lock(&call->mutex);
    const bool ready = call->answered;
    pthread_mutex_unlock(&call->mutex);
    if (call->handled) {
        return ready ? queue(call) : MHD_YES;
    }
    return handle(call);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct http *http = context;
    struct http_call *call = *state;
    *state = NULL;
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
        peer_deadline(http, connection, http->options.idle_ms + http->options.first_request_ms);
    }
    if (call != NULL) {
        assert(call->answered || !call->handled);
        call_free(call);
    }
}

/* Escapes stay: a route is compared as it was sent, so %00 or %2f never become something else. */
static size_t on_unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* --- the server ------------------------------------------------------------------------------- */

static enum MHD_Result on_accept(void *arg, const struct sockaddr *address, socklen_t size)
{
    struct http *http = arg;
    (void)address;
    (void)size;
    return atomic_load(&http->quiesced) ? MHD_NO : MHD_YES;
}

static struct MHD_Daemon *start_daemon(struct http *http)
{
    const struct http_options *options = &http->options;
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, on_accept, http,
        on_request, http, MHD_OPTION_LISTEN_SOCKET, http->listener.fd, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)options->threads, MHD_OPTION_CONNECTION_LIMIT, (unsigned)options->connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        options->proxy ? 0u : (unsigned)options->connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((options->idle_ms + 999) / 1000),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, http, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_END);
}

/* The sweeper sleeps by the monotonic clock: whoever sets the other one back does not stop it. */
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

enum err http_start(struct http **out, const struct http_options *options)
{
    assert(options->handler != NULL);
    assert(options->threads > 1); /* the library's pool has at least two */
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return ERR_MEMORY;
    }
    http->options = *options;
    enum err err = http_listener_open(&http->listener, options->host, options->port);
    if (err != OK) {
        goto free_http;
    }
    err = ERR_MEMORY;
    if (pthread_mutex_init(&http->mutex, NULL) != 0) {
        goto close_socket;
    }
    if (wake_init(&http->wake) != 0) {
        goto destroy_mutex;
    }
    if (pthread_create(&http->sweeper, NULL, sweeper_main, http) != 0) {
        goto destroy_cond;
    }
    http->daemon = start_daemon(http);
    if (http->daemon != NULL) {
        *out = http;
        return OK;
    }
    pthread_mutex_lock(&http->mutex);
    http->stopping = true;
    pthread_cond_signal(&http->wake);
    pthread_mutex_unlock(&http->mutex);
    pthread_join(http->sweeper, NULL);
destroy_cond:
    pthread_cond_destroy(&http->wake);
destroy_mutex:
    pthread_mutex_destroy(&http->mutex);
close_socket:
    close(http->listener.fd);
free_http:
    free(http);
    return err;
}

uint16_t http_port(const struct http *http)
{
    return http->listener.port;
}

void http_quiesce(struct http *http)
{
    /* Not MHD_quiesce_daemon: in the library's epoll mode the caller and a thread that happens to
     * be awake both take the listener out of the thread's set, and the second aborts the process.
     */
    atomic_store(&http->quiesced, true);
}

void http_stop(struct http *http)
{
    http_quiesce(http);
    MHD_stop_daemon(http->daemon); /* closes the listener, too */
    pthread_mutex_lock(&http->mutex);
    http->stopping = true;
    pthread_cond_signal(&http->wake);
    pthread_mutex_unlock(&http->mutex);
    pthread_join(http->sweeper, NULL);
    assert(http->peers == NULL);
    pthread_cond_destroy(&http->wake);
    pthread_mutex_destroy(&http->mutex);
    free(http);
}

static struct MHD_Response *response_of(const struct http_response *response)
{
    /* The library copies; it takes a mutable pointer all the same. */
    union {
        const uint8_t *constant;
        void *writable;
    } body = {.constant = response->body.data};
    struct MHD_Response *made = MHD_create_response_from_buffer(
        response->body.size, response->body.size > 0 ? body.writable : NULL, MHD_RESPMEM_MUST_COPY);
    if (made == NULL) {
        return NULL;
    }
    MHD_add_response_header(made, "Content-Type", response->type);
    MHD_add_response_header(made, "Cache-Control", "no-store");
    MHD_add_response_header(made, "X-Content-Type-Options", "nosniff");
    if (response->allow != NULL) {
        MHD_add_response_header(made, "Allow", response->allow);
    }
    if (response->retry_after > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", response->retry_after);
        MHD_add_response_header(made, "Retry-After", seconds);
    }
    if (response->close) {
        MHD_add_response_header(made, "Connection", "close");
    }
    return made;
}

void http_answer(struct http_call *call, const struct http_response *response)
{
    struct MHD_Response *made = response_of(response);
    struct http_response empty = {.status = 500, .type = "application/json", .close = true};
    for (unsigned tries = 0; made == NULL && tries < 3; tries++) {
        made = response_of(&empty);
    }
    if (made == NULL) {
        abort(); /* not even an empty answer fits into memory */
    }
    pthread_mutex_lock(&call->mutex);
    assert(!call->answered);
    call->response = made;
    call->status = response->status;
    call->answered = true;
    const bool suspended = call->suspended;
    struct MHD_Connection *connection = call->connection;
    /* Resumed before the lock is released: afterwards the call may be freed by the server. */
    if (suspended) {
        MHD_resume_connection(connection);
    }
    pthread_mutex_unlock(&call->mutex);
}
