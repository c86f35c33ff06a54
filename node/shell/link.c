/* SPDX-License-Identifier: Apache-2.0 */
/* Input moves in a pump: ciphertext into TLS, plain bytes into a small window, the window through
 * the frame reader. The pump stops where the owner pauses it and goes on from the same byte, so
 * back-pressure reaches the other side's socket. A link that brings more frames than any honest
 * peer is read more slowly in the same way: small frames are cheap to send and dear to hear, and
 * one sender must not take the loop from the others. Output gathers during one turn of the loop and
 * leaves as few records: small frames sent one by one cost ten times as much. */
#include "node/shell/link.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_SIZE (64 * 1024)
#define PLAIN_SIZE (16 * 1024)
#define KEEPALIVE_S 10
#define THROTTLE_MS 20

enum link_state { LINK_CONNECTING, LINK_HANDSHAKE, LINK_HELLO, LINK_UP, LINK_CLOSING };

struct link {
    const struct link_common *common;
    uv_tcp_t tcp;
    uv_timer_t deadline; /* of the hello; then the end of a pause for too many frames */
    uv_timer_t silence;
    uint64_t heard_ms; /* when bytes came last */
    uv_connect_t connect;
    enum link_state state;
    enum tls_side side;
    enum env_channel channel;
    uint32_t tag;
    struct tls *tls;
    struct frame_reader frames;
    bool paused;
    bool throttled;
    uint64_t allowance; /* thousandths of a frame */
    uint64_t refilled_ms;
    bool pumping;
    bool reading;
    unsigned handles; /* not yet closed */
    enum err why;
    void *mark;
    size_t plain_start;
    size_t plain_end;
    uint8_t *out; /* frames that wait for link_flush */
    size_t out_size;
    size_t out_capacity;
    uint8_t plain[PLAIN_SIZE];
    char read_buffer[READ_SIZE];
};

struct write_request {
    uv_write_t request;
    uint8_t data[];
};

static void pump(struct link *link);

static void on_handle_closed(uv_handle_t *handle)
{
    struct link *link = handle->data;
    assert(link->handles > 0);
    link->handles--;
    if (link->handles > 0) {
        return;
    }
    link->common->owner.down(link->common->owner.context, link, link->why);
    tls_free(link->tls);
    frame_reader_deinit(&link->frames);
    free(link->out);
    free(link);
}

static void finish(struct link *link, enum err why)
{
    if (link->state == LINK_CLOSING) {
        return;
    }
    link->state = LINK_CLOSING;
    link->why = why;
    uv_close((uv_handle_t *)&link->tcp, on_handle_closed);
    uv_close((uv_handle_t *)&link->deadline, on_handle_closed);
    uv_close((uv_handle_t *)&link->silence, on_handle_closed);
}

void link_close(struct link *link)
{
    if (link->state == LINK_UP) {
        link_flush(link);
    }
    if (link->state != LINK_CLOSING && link->tls != NULL) {
        tls_close(link->tls);
    }
    finish(link, OK);
}

static void on_written(uv_write_t *request, int status)
{
    struct write_request *write = (struct write_request *)request;
    struct link *link = request->handle->data;
    free(write);
    if (status < 0) {
        finish(link, ERR_CLOSED);
    }
}

/* The session's way to the wire: what the socket takes at once goes without a copy. */
static enum err send_cipher(void *context, struct bytes cipher)
{
    struct link *link = context;
    if (link->state == LINK_CLOSING) {
        return ERR_CLOSED;
    }
    metrics_add(link->common->metrics, "seam_peer_sent_bytes_total", NULL, (int64_t)cipher.size);
    size_t done = 0;
    if (uv_stream_get_write_queue_size((uv_stream_t *)&link->tcp) == 0) {
        uv_buf_t now = uv_buf_init((char *)(uintptr_t)cipher.data, (unsigned)cipher.size);
        const int sent = uv_try_write((uv_stream_t *)&link->tcp, &now, 1);
        if (sent < 0 && sent != UV_EAGAIN) {
            return ERR_CLOSED;
        }
        done = sent > 0 ? (size_t)sent : 0;
    }
    const size_t left = cipher.size - done;
    if (left == 0) {
        return OK;
    }
    struct write_request *write = malloc(sizeof(*write) + left);
    if (write == NULL) {
        return ERR_MEMORY;
    }
    memcpy(write->data, cipher.data + done, left);
    const uv_buf_t later = uv_buf_init((char *)write->data, (unsigned)left);
    if (uv_write(&write->request, (uv_stream_t *)&link->tcp, &later, 1, on_written) != 0) {
        free(write);
        return ERR_CLOSED;
    }
    return OK;
}

static bool allow_key(void *context, const uint8_t node_key[32])
{
    struct link *link = context;
    return link->common->owner.allow(link->common->owner.context, link, node_key);
}

static enum err queue_frame(struct link *link, struct bytes frame)
{
    const size_t size = FRAME_HEAD_SIZE + frame.size;
    if (link->out_capacity - link->out_size < size) {
        size_t capacity = link->out_capacity == 0 ? 4096 : link->out_capacity;
        while (capacity - link->out_size < size) {
            capacity *= 2;
        }
        uint8_t *out = realloc(link->out, capacity);
        if (out == NULL) {
            return ERR_MEMORY;
        }
        link->out = out;
        link->out_capacity = capacity;
    }
    frame_head(link->out + link->out_size, frame.size);
    memcpy(link->out + link->out_size + FRAME_HEAD_SIZE, frame.data, frame.size);
    link->out_size += size;
    return OK;
}

static enum err send_hello(struct link *link)
{
    uint8_t hello[FRAME_HELLO_SIZE];
    const struct frame_hello values = {.channel = (uint8_t)link->channel,
                                       .chain_id = link->common->chain_id};
    frame_hello_write(hello, &values);
    const enum err err = queue_frame(link, bytes_of(hello, sizeof(hello)));
    if (err == OK) {
        link_flush(link);
    }
    return err;
}

/* The first frame of the other side. */
static void on_silence(uv_timer_t *timer);

static enum err on_hello(struct link *link, struct bytes frame)
{
    struct frame_hello hello;
    const enum err err = frame_hello_read(&hello, frame);
    if (err != OK) {
        return err;
    }
    if (!hash_equal(&hello.chain_id, &link->common->chain_id)) {
        return ERR_CHAIN;
    }
    if (link->side == TLS_DIALER) {
        if (hello.channel != (uint8_t)link->channel) {
            return ERR_FRAME;
        }
    } else {
        if (hello.channel >= ENV_CHANNELS) {
            return ERR_FRAME;
        }
        link->channel = (enum env_channel)hello.channel;
    }
    uv_timer_stop(&link->deadline);
    link->state = LINK_UP;
    if (link->channel == ENV_CONTROL) { /* bulk may rest for days */
        link->heard_ms = uv_now(link->common->loop);
        uv_timer_start(&link->silence, on_silence, link->common->silent_ms, 0);
    }
    if (!link->common->owner.up(link->common->owner.context, link)) {
        return ERR_CONFLICT;
    }
    if (link->state == LINK_UP && link->side == TLS_LISTENER) {
        return send_hello(link);
    }
    return OK;
}

/* TCP is content while the other machine's kernel answers, or a relay in between; an honest peer
 * says something every few seconds. While this side does not listen nothing is held against it. */
static void on_silence(uv_timer_t *timer)
{
    struct link *link = timer->data;
    const uint64_t now = uv_now(link->common->loop);
    link->heard_ms = link->reading ? link->heard_ms : now;
    const uint64_t silent = now - link->heard_ms;
    if (silent >= link->common->silent_ms) {
        finish(link, ERR_BUSY);
        return;
    }
    uv_timer_start(timer, on_silence, link->common->silent_ms - silent, 0);
}

static void refill(struct link *link)
{
    const uint64_t now = uv_now(link->common->loop);
    const uint64_t passed = now - link->refilled_ms;
    link->refilled_ms = now;
    const uint64_t most = UINT64_C(1000) * LINK_FRAMES_PER_SECOND;
    if (passed >= 1000 || link->allowance + passed * LINK_FRAMES_PER_SECOND > most) {
        link->allowance = most;
    } else {
        link->allowance += passed * LINK_FRAMES_PER_SECOND;
    }
}

static void on_refill(uv_timer_t *timer)
{
    struct link *link = timer->data;
    link->throttled = false;
    refill(link);
    pump(link);
}

/* One frame more: a second's worth may come at once, then so many a second. */
static void count_frame(struct link *link)
{
    if (link->allowance < 1000) {
        refill(link);
    }
    link->allowance -= link->allowance < 1000 ? link->allowance : 1000;
    if (link->allowance < 1000) {
        link->throttled = true;
        uv_timer_start(&link->deadline, on_refill, THROTTLE_MS, 0);
    }
}

static enum err on_frame(struct link *link, struct bytes frame)
{
    if (link->state == LINK_HELLO) {
        return on_hello(link, frame);
    }
    assert(link->state == LINK_UP);
    count_frame(link);
    link->common->owner.frame(link->common->owner.context, link, frame);
    return OK;
}

static bool is_held(const struct link *link)
{
    return link->paused || link->throttled || link->state == LINK_CLOSING;
}

/* Passes plain bytes to the frame reader until they end, the link is held, or closes. */
static enum err drain_plain(struct link *link)
{
    while (link->plain_start < link->plain_end && !is_held(link)) {
        struct bytes in =
            bytes_of(link->plain + link->plain_start, link->plain_end - link->plain_start);
        struct bytes frame;
        bool whole = false;
        enum err err = frame_read(&link->frames, &in, &frame, &whole);
        link->plain_start = link->plain_end - in.size;
        if (err == OK && whole) {
            err = on_frame(link, frame);
        }
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static enum err handshake(struct link *link)
{
    const enum err err = tls_step(link->tls);
    if (err != OK || !tls_ready(link->tls)) {
        return err;
    }
    link->state = LINK_HELLO;
    return link->side == TLS_DIALER ? send_hello(link) : OK;
}

static enum err pump_once(struct link *link, bool *more)
{
    *more = false;
    if (link->state == LINK_HANDSHAKE) {
        const enum err err = handshake(link);
        if (err != OK || link->state != LINK_HELLO) {
            return err;
        }
    }
    enum err err = drain_plain(link);
    if (err != OK || is_held(link)) {
        return err;
    }
    size_t got = 0;
    err = tls_read(link->tls, link->plain, sizeof(link->plain), &got);
    if (err == OK) {
        link->plain_start = 0;
        link->plain_end = got;
        *more = got > 0;
    }
    return err;
}

static void set_reading(struct link *link);

static void pump(struct link *link)
{
    /* The owner may resume the link from inside one of its own callbacks. */
    if (link->pumping || link->state == LINK_CONNECTING || link->state == LINK_CLOSING) {
        return;
    }
    link->pumping = true;
    bool more = true;
    enum err err = OK;
    /* Bounded by the ciphertext at hand: each turn consumes some of it. */
    while (err == OK && more && link->state != LINK_CLOSING) {
        err = pump_once(link, &more);
    }
    link->pumping = false;
    if (err != OK) {
        finish(link, err);
        return;
    }
    if (link->state != LINK_CLOSING) {
        set_reading(link);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct link *link = handle->data;
    *buffer = uv_buf_init(link->read_buffer, sizeof(link->read_buffer));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct link *link = stream->data;
    if (got == 0) {
        return;
    }
    if (got < 0) {
        finish(link, ERR_CLOSED);
        return;
    }
    link->heard_ms = uv_now(link->common->loop);
    metrics_add(link->common->metrics, "seam_peer_received_bytes_total", NULL, (int64_t)got);
    const enum err err = tls_feed(link->tls, bytes_of(buffer->base, (size_t)got));
    if (err != OK) {
        finish(link, err);
        return;
    }
    pump(link);
}

static void set_reading(struct link *link)
{
    const bool wanted = !link->paused && !link->throttled;
    if (wanted == link->reading) {
        return;
    }
    link->reading = wanted;
    if (wanted) {
        if (uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read) != 0) {
            finish(link, ERR_CLOSED);
        }
    } else {
        uv_read_stop((uv_stream_t *)&link->tcp);
    }
}

static void on_deadline(uv_timer_t *timer)
{
    finish(timer->data, ERR_BUSY);
}

static void set_options(struct link *link)
{
    uv_tcp_nodelay(&link->tcp, 1);
    uv_tcp_keepalive(&link->tcp, 1, KEEPALIVE_S);
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)&link->tcp, &fd) == 0) {
        const unsigned int silent = (unsigned int)link->common->silent_ms;
        /* Best effort: without it a dead peer is noticed later, by keep-alive. */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof(silent));
    }
}

static enum err link_new(struct link **out, const struct link_common *common, enum tls_side side)
{
    struct link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return ERR_MEMORY;
    }
    assert(common->handshake_ms > 0 && common->silent_ms > 0);
    link->common = common;
    link->side = side;
    frame_reader_init(&link->frames, LIMIT_PEER_FRAME);
    const struct tls_handler handler = {.context = link, .allow = allow_key, .send = send_cipher};
    const enum err err = tls_new(&link->tls, common->identity, side, &handler);
    if (err != OK) {
        free(link);
        return err;
    }
    /* Neither can fail: no socket is made yet. */
    uv_tcp_init(common->loop, &link->tcp);
    uv_timer_init(common->loop, &link->deadline);
    uv_timer_init(common->loop, &link->silence);
    link->handles = 3;
    link->tcp.data = link;
    link->deadline.data = link;
    link->silence.data = link;
    uv_timer_start(&link->deadline, on_deadline, common->handshake_ms, 0);
    *out = link;
    return OK;
}

static void begin(struct link *link)
{
    set_options(link);
    link->state = LINK_HANDSHAKE;
    pump(link);
}

enum err link_accept(struct link **out, const struct link_common *common, uv_stream_t *server)
{
    struct link *link = NULL;
    const enum err err = link_new(&link, common, TLS_LISTENER);
    if (err != OK) {
        return err;
    }
    *out = link;
    if (uv_accept(server, (uv_stream_t *)&link->tcp) != 0) {
        finish(link, ERR_CLOSED);
        return OK; /* down follows */
    }
    begin(link);
    return OK;
}

static void on_connect(uv_connect_t *request, int status)
{
    struct link *link = request->handle->data;
    if (link->state == LINK_CLOSING) {
        return;
    }
    if (status < 0) {
        finish(link, ERR_CLOSED);
        return;
    }
    begin(link);
}

enum err link_dial(struct link **out, const struct link_common *common,
                   const struct sockaddr *address, enum env_channel channel, uint32_t tag)
{
    struct link *link = NULL;
    const enum err err = link_new(&link, common, TLS_DIALER);
    if (err != OK) {
        return err;
    }
    link->channel = channel;
    link->tag = tag;
    link->state = LINK_CONNECTING;
    if (uv_tcp_connect(&link->connect, &link->tcp, address, on_connect) != 0) {
        finish(link, ERR_CLOSED);
    }
    *out = link;
    return OK;
}

size_t link_room(const struct link *link)
{
    if (link->state != LINK_UP) {
        return 0;
    }
    const size_t max = link->common->queue_max[link->channel];
    const size_t used = link->out_size + FRAME_HEAD_SIZE +
                        uv_stream_get_write_queue_size((const uv_stream_t *)&link->tcp);
    return used < max ? max - used : 0;
}

bool link_send(struct link *link, struct bytes frame)
{
    assert(frame.size > 0);
    assert(frame.size <= LIMIT_PEER_FRAME);
    if (link_room(link) < frame.size) {
        return false;
    }
    return queue_frame(link, frame) == OK;
}

void link_flush(struct link *link)
{
    if (link->out_size == 0 || (link->state != LINK_UP && link->state != LINK_HELLO)) {
        return;
    }
    const enum err err = tls_write(link->tls, bytes_of(link->out, link->out_size));
    link->out_size = 0;
    if (link->out_capacity > READ_SIZE) {
        free(link->out);
        link->out = NULL;
        link->out_capacity = 0;
    }
    if (err != OK) {
        finish(link, err);
    }
}

void link_pause(struct link *link, bool pause)
{
    if (link->paused == pause || link->state == LINK_CLOSING) {
        return;
    }
    link->paused = pause;
    if (!pause) {
        pump(link);
    } else if (!link->pumping) {
        set_reading(link);
    }
}

bool link_is_up(const struct link *link)
{
    return link->state == LINK_UP;
}

bool link_is_dialer(const struct link *link)
{
    return link->side == TLS_DIALER;
}

enum env_channel link_channel(const struct link *link)
{
    return link->channel;
}

uint32_t link_tag(const struct link *link)
{
    return link->tag;
}

const uint8_t *link_key(const struct link *link)
{
    return tls_ready(link->tls) ? tls_peer(link->tls) : NULL;
}

void link_set_mark(struct link *link, void *mark)
{
    link->mark = mark;
}

void *link_mark(const struct link *link)
{
    return link->mark;
}
