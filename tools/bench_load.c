/* SPDX-License-Identifier: Apache-2.0 */
/* Answers are not parsed but searched for the few words that count: a quotation mark inside a text
 * of JSON is never bare, so "state":"FINAL" can only be what it says. */

#include "tools/bench_load.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench.h"
#include "tools/bench_http.h"

#define OPERATION "SubmitBatch"
/* Before a client of the closed loop tries its next: any sooner and it is not read (api/retry.h).
 */
#define BUSY_PAUSE_NS UINT64_C(250000000)
#define LATE_NS UINT64_C(10000000)
#define SECOND_NS UINT64_C(1000000000)
#define PATIENCE_NS UINT64_C(90000000000) /* for the last answers: a node gives up after 60 s */
#define LONGEST_SLEEP_NS UINT64_C(100000000)
#define SOURCE_SHARE 32 /* connections of one address to one node, which takes 64 */
#define EVENTS 64
#define NONE UINT32_MAX

/* A connection and what it carries. */
struct slot {
    struct bench_http http;
    uint32_t target;
    uint32_t ordinal; /* among those of its target */
    uint32_t next; /* in the list of free ones of its target */
    bool taken;
    bool tried; /* sent before on a connection that the node had closed */
    uint64_t request;
    uint64_t due_ns;
    uint64_t ready_ns; /* closed loop: not before */
};

struct run {
    const struct bench_load_plan *plan;
    struct bench_load out;
    struct slot *slots;
    uint32_t slot_count;
    uint32_t used; /* slots that were ever opened */
    uint32_t *free; /* of each target: first free slot or NONE */
    uint32_t *open; /* of each target: how many slots it has */
    int epoll;
    uint64_t start_ns;
    uint64_t end_ns; /* of sending */
    uint64_t last_ns; /* of the last answer */
    uint64_t next; /* request */
    uint64_t flying;
    enum err err;
};

/* --- answers --------------------------------------------------------------------------------- */

static uint64_t count_text(const char *in, const char *what)
{
    uint64_t count = 0;
    for (const char *at = strstr(in, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

/* The first code that is neither good nor busy. */
static void keep_why(struct bench_load *out, const char *body)
{
    static const char *const known[] = {"000000", "100004", "302004"};
    for (const char *at = strstr(body, "\"code\":\""); at != NULL && out->why[0] == '\0';
         at = strstr(at + 1, "\"code\":\"")) {
        bool expected = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            expected = expected || strncmp(at + 8, known[i], 6) == 0;
        }
        if (!expected) {
            (void)snprintf(out->why, sizeof out->why, "%s", at);
        }
    }
}

/* Counts what became of each transaction of an answered batch; gives how many are final. */
static uint64_t count_answer(struct run *run, const char *body)
{
    const uint64_t batch = run->plan->batch;
    uint64_t busy =
        count_text(body, "\"code\":\"100004\"") + count_text(body, "\"code\":\"302004\"");
    uint64_t final = count_text(body, "\"state\":\"FINAL\"");
    if (strstr(body, "\"results\":[") == NULL) { /* the call itself was refused */
        final = 0;
        busy = busy > 0 ? batch : 0;
    }
    if (final + busy > batch) {
        final = 0;
        busy = 0;
    }
    run->out.final += final;
    run->out.busy += busy;
    run->out.refused += batch - final - busy;
    if (final + busy < batch) {
        keep_why(&run->out, body);
    }
    return final;
}

static void release(struct run *run, struct slot *slot)
{
    slot->taken = false;
    run->flying--;
    slot->next = run->free[slot->target];
    run->free[slot->target] = (uint32_t)(slot - run->slots);
}

static void answered(struct run *run, struct slot *slot)
{
    const uint64_t now = bench_wall_ns();
    const uint64_t final = count_answer(run, bench_http_body(&slot->http));
    run->last_ns = now;
    if (final > 0) {
        run->out.latency_us[run->out.latencies++] = (now - slot->due_ns) / 1000;
        if (now < run->end_ns && run->plan->seconds > 0) {
            run->out.final_in[(now - run->start_ns) / SECOND_NS] += final;
        }
    }
    slot->ready_ns = final < run->plan->batch ? now + BUSY_PAUSE_NS : now;
    bench_http_next(&slot->http);
    if (slot->http.last) {
        bench_http_close(&slot->http);
    }
    release(run, slot);
}

/* --- sending --------------------------------------------------------------------------------- */

static enum err connect_slot(struct run *run, struct slot *slot)
{
    const uint32_t number = (uint32_t)(slot - run->slots);
    const enum err err = bench_http_open(&slot->http, run->plan->targets[slot->target].port,
                                         slot->ordinal / SOURCE_SHARE);
    if (err != OK) {
        return err;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.u32 = number};
    return epoll_ctl(run->epoll, EPOLL_CTL_ADD, slot->http.fd, &event) == 0 ? OK : ERR_STORAGE;
}

static void broken(struct run *run, struct slot *slot);

static void step(struct run *run, struct slot *slot)
{
    const enum bench_http_state state = bench_http_step(&slot->http);
    if (state == BENCH_HTTP_DONE) {
        answered(run, slot);
    } else if (state == BENCH_HTTP_BROKEN) {
        broken(run, slot);
    }
}

static void ask(struct run *run, struct slot *slot)
{
    enum err err = slot->http.fd < 0 ? connect_slot(run, slot) : OK;
    if (err != OK) {
        run->err = err;
        run->out.lost += run->plan->batch;
        release(run, slot);
        return;
    }
    bench_http_ask(&slot->http, OPERATION, run->plan->targets[slot->target].token,
                   run->plan->requests[slot->request]);
    step(run, slot);
}

/* A node may close a connection that was idle just when something is sent on it: the same again on
 * a new one, once. */
static void broken(struct run *run, struct slot *slot)
{
    const bool again = slot->taken && !slot->tried && slot->http.again && slot->http.size == 0;
    bench_http_close(&slot->http);
    if (!slot->taken) {
        return;
    }
    if (again) {
        slot->tried = true;
        ask(run, slot);
        return;
    }
    run->out.lost += run->plan->batch;
    run->last_ns = bench_wall_ns();
    release(run, slot);
}

/* A free slot of this target, or a new one; NULL: it has all it may have. */
static struct slot *slot_of(struct run *run, uint32_t target)
{
    const uint32_t first = run->free[target];
    if (first != NONE) {
        run->free[target] = run->slots[first].next;
        return &run->slots[first];
    }
    if (run->open[target] == BENCH_TARGET_CONNECTIONS || run->used == run->slot_count) {
        return NULL;
    }
    struct slot *slot = &run->slots[run->used++];
    slot->target = target;
    slot->http.fd = -1;
    slot->ordinal = run->open[target]++;
    return slot;
}

static void send_next(struct run *run, struct slot *slot, uint64_t due)
{
    const uint64_t now = bench_wall_ns();
    slot->taken = true;
    slot->tried = false;
    slot->due_ns = due;
    slot->request = run->next++;
    run->out.sent += run->plan->batch;
    if (now - due > LATE_NS) {
        run->out.late++;
    }
    if (now - due > run->out.late_max_us * 1000) {
        run->out.late_max_us = (now - due) / 1000;
    }
    run->flying++;
    run->out.flying_max = run->flying > run->out.flying_max ? run->flying : run->out.flying_max;
    ask(run, slot);
}

static uint64_t due_of(const struct run *run, uint64_t request)
{
    return run->start_ns + (uint64_t)((unsigned __int128)request * run->plan->batch * 1000000000u /
                                      run->plan->rate);
}

/* Sends every batch that is due and gives the time of the next; 0: there is none. */
static uint64_t send_due(struct run *run)
{
    const struct bench_load_plan *plan = run->plan;
    while (run->next < plan->request_count && run->err == OK) {
        const uint64_t due = due_of(run, run->next);
        if (due >= run->end_ns) {
            return 0;
        }
        if (due > bench_wall_ns()) {
            return due;
        }
        struct slot *slot = NULL;
        for (uint32_t i = 0; i < plan->target_count && slot == NULL; i++) {
            slot = slot_of(run, (uint32_t)((run->next + i) % plan->target_count));
        }
        if (slot == NULL) {
            return UINT64_MAX; /* as soon as an answer comes */
        }
        send_next(run, slot, due);
    }
    return 0;
}

/* Sends the next batch of every client whose last one is answered. */
static uint64_t send_ready(struct run *run)
{
    uint64_t wake = 0;
    for (uint32_t i = 0; i < run->slot_count && run->err == OK; i++) {
        struct slot *slot = &run->slots[i];
        const uint64_t now = bench_wall_ns();
        if (now >= run->end_ns) {
            return 0;
        }
        if (run->next == run->plan->request_count) {
            run->out.exhausted = true;
            return 0;
        }
        if (!slot->taken && slot->ready_ns <= now) {
            send_next(run, slot, now);
        }
        const uint64_t then = slot->taken ? UINT64_MAX : slot->ready_ns;
        wake = wake == 0 || then < wake ? then : wake;
    }
    return wake;
}

static void wait_events(struct run *run, uint64_t wake)
{
    struct epoll_event events[EVENTS];
    const uint64_t now = bench_wall_ns();
    uint64_t sleep = wake > now ? wake - now : 0;
    sleep = wake == 0 || sleep > LONGEST_SLEEP_NS ? LONGEST_SLEEP_NS : sleep;
    const struct timespec timeout = {.tv_sec = 0, .tv_nsec = (long)sleep};
    const int count = epoll_pwait2(run->epoll, events, EVENTS, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        struct slot *slot = &run->slots[events[i].data.u32];
        if (slot->http.fd >= 0) {
            step(run, slot);
        }
    }
}

/* --- all ------------------------------------------------------------------------------------- */

static void loop(struct run *run)
{
    const bool open = run->plan->rate > 0;
    for (;;) {
        const uint64_t wake = open ? send_due(run) : send_ready(run);
        if (wake == 0 && run->flying == 0) {
            return;
        }
        if (run->err != OK || bench_wall_ns() > run->end_ns + PATIENCE_NS) {
            run->out.lost += run->flying * run->plan->batch;
            return;
        }
        wait_events(run, wake);
    }
}

static enum err prepare(struct run *run)
{
    const struct bench_load_plan *plan = run->plan;
    run->slot_count =
        plan->rate == 0 ? plan->clients : plan->target_count * BENCH_TARGET_CONNECTIONS;
    run->slots = calloc(run->slot_count, sizeof *run->slots);
    run->free = calloc(plan->target_count, sizeof *run->free);
    run->open = calloc(plan->target_count, sizeof *run->open);
    run->out.latency_us = calloc(plan->request_count + 1, sizeof *run->out.latency_us);
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    run->out.final_in = calloc((size_t)plan->seconds + 1, sizeof *run->out.final_in);
    if (run->out.final_in == NULL || run->slots == NULL || run->free == NULL || run->open == NULL ||
        run->out.latency_us == NULL || run->epoll < 0) {
        return ERR_MEMORY;
    }
    for (uint32_t i = 0; i < run->slot_count; i++) {
        run->slots[i].http.fd = -1;
        run->slots[i].target = i % plan->target_count;
        run->slots[i].ordinal = i / plan->target_count;
    }
    memset(run->free, 0xff, plan->target_count * sizeof *run->free); /* NONE */
    return OK;
}

static int ascending(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

enum err bench_load_run(struct bench_load *out, const struct bench_load_plan *plan)
{
    struct run run = {.plan = plan};
    assert(plan->rate > 0 || plan->clients <= BENCH_CLIENTS_MAX);
    run.err = prepare(&run);
    const uint64_t cpu = bench_thread_ns();
    run.start_ns = bench_wall_ns();
    run.last_ns = run.start_ns;
    run.end_ns =
        plan->seconds == 0 ? UINT64_MAX - PATIENCE_NS : run.start_ns + plan->seconds * SECOND_NS;
    if (run.err == OK) {
        loop(&run);
    }
    run.out.cpu_ns = bench_thread_ns() - cpu;
    run.out.wall_ns = run.last_ns - run.start_ns;
    run.out.offered_ns =
        run.out.exhausted || plan->seconds == 0 ? run.out.wall_ns : plan->seconds * SECOND_NS;
    run.out.seconds = plan->seconds;
    for (uint32_t i = 0; run.slots != NULL && i < run.slot_count; i++) {
        bench_http_close(&run.slots[i].http);
    }
    if (run.epoll >= 0) {
        close(run.epoll);
    }
    free(run.slots);
    free(run.free);
    free(run.open);
    if (run.err != OK) {
        bench_load_free(&run.out);
        return run.err;
    }
    qsort(run.out.latency_us, run.out.latencies, sizeof *run.out.latency_us, ascending);
    *out = run.out;
    return OK;
}

void bench_load_free(struct bench_load *load)
{
    free(load->latency_us);
    free(load->final_in);
    load->latency_us = NULL;
    load->final_in = NULL;
}

uint64_t bench_load_goodput(const struct bench_load *load)
{
    const uint32_t from = load->seconds / 3;
    uint64_t final = 0;
    for (uint32_t i = from; i < load->seconds; i++) {
        final += load->final_in[i];
    }
    return load->seconds == 0 ? 0 : final / (load->seconds - from);
}

uint64_t bench_load_percentile(const struct bench_load *load, uint32_t permille)
{
    if (load->latencies == 0) {
        return 0;
    }
    const uint64_t at = load->latencies * permille / 1000;
    return load->latency_us[at < load->latencies ? at : load->latencies - 1];
}
