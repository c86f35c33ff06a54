/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/base/err.h"
#include "tools/bench.h"
#include "tools/http_client.h"

#define BUSY_PAUSE_NS 20000000 /* before a client of the closed loop tries its next batch */

struct shared {
    const struct bench_load_plan *plan;
    uint64_t start_ns;
    atomic_uint_fast64_t next; /* request */
    atomic_uint_fast64_t sent;
    atomic_uint_fast64_t final;
    atomic_uint_fast64_t busy;
    atomic_uint_fast64_t refused;
    atomic_uint_fast64_t lost;
    atomic_uint_fast64_t last_ns; /* of the last answer */
    atomic_uint_fast64_t latencies;
    atomic_bool exhausted;
    uint64_t *latency_us;
};

struct client {
    struct shared *shared;
    uint32_t number;
    pthread_t thread;
};

static void sleep_until(uint64_t ns)
{
    const struct timespec at = {.tv_sec = (time_t)(ns / 1000000000u),
                                .tv_nsec = (long)(ns % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0) {
    }
}

static bool is_busy(const char *code)
{
    return strcmp(code, err_code(ERR_BUSY)) == 0 || strcmp(code, err_code(ERR_RATE_LIMIT)) == 0;
}

/* Counts what became of each transaction of an answered batch; true when all are final. */
static bool count_results(struct shared *shared, const struct http_reply *reply)
{
    const struct json_node *list = json_node_get(reply->data, "results");
    const uint32_t batch = shared->plan->batch;
    if (json_node_count(list) != batch) {
        atomic_fetch_add(is_busy(reply->code) ? &shared->busy : &shared->refused, batch);
        return false;
    }
    uint64_t final = 0;
    for (uint32_t i = 0; i < batch; i++) {
        const struct json_node *one = json_node_at(list, i);
        const char *state = json_node_text(json_node_get(one, "state"));
        const char *code = json_node_text(json_node_get(one, "code"));
        if (state != NULL && strcmp(state, "FINAL") == 0) {
            final++;
        } else {
            atomic_fetch_add(code != NULL && is_busy(code) ? &shared->busy : &shared->refused, 1);
        }
    }
    atomic_fetch_add(&shared->final, final);
    return final == batch;
}

static void note_answer(struct shared *shared, uint64_t due_ns, uint64_t now_ns)
{
    const uint64_t at = atomic_fetch_add(&shared->latencies, 1);
    shared->latency_us[at] = (now_ns - due_ns) / 1000;
}

static void send_one(struct shared *shared, const struct bench_target *target, uint64_t request,
                     uint64_t due_ns)
{
    const struct bench_load_plan *plan = shared->plan;
    struct http_reply reply;
    struct err_detail detail = {0};
    atomic_fetch_add(&shared->sent, plan->batch);
    const enum err err = http_call(&reply, target->node, target->token, "SubmitBatch",
                                   plan->requests[request], &detail);
    const uint64_t now = bench_wall_ns();
    uint64_t last = atomic_load(&shared->last_ns);
    while (last < now && !atomic_compare_exchange_weak(&shared->last_ns, &last, now)) {
    }
    if (err != OK) {
        atomic_fetch_add(&shared->lost, plan->batch);
        return;
    }
    if (count_results(shared, &reply)) {
        note_answer(shared, due_ns, now);
    } else if (plan->rate == 0) {
        sleep_until(now + BUSY_PAUSE_NS);
    }
    http_reply_free(&reply);
}

static void *client_run(void *argument)
{
    const struct client *client = argument;
    struct shared *shared = client->shared;
    const struct bench_load_plan *plan = shared->plan;
    const struct bench_target *target = &plan->targets[client->number % plan->target_count];
    const uint64_t end = shared->start_ns + plan->duration_ms * 1000000;
    for (;;) {
        const uint64_t request = atomic_fetch_add(&shared->next, 1);
        if (request >= plan->request_count) {
            atomic_store(&shared->exhausted, true);
            return NULL;
        }
        uint64_t due = bench_wall_ns();
        if (plan->rate > 0) {
            due = shared->start_ns +
                  (uint64_t)((unsigned __int128)request * plan->batch * 1000000000u / plan->rate);
        }
        if (due >= end) {
            return NULL;
        }
        sleep_until(due);
        send_one(shared, target, request, due);
    }
}

static int ascending(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

bool bench_load_run(struct bench_load *out, const struct bench_load_plan *plan)
{
    struct client *clients = calloc(plan->clients, sizeof *clients);
    struct shared *shared = calloc(1, sizeof *shared);
    uint64_t *latency = calloc(plan->request_count + 1, sizeof *latency);
    if (clients == NULL || shared == NULL || latency == NULL) {
        free(clients);
        free(shared);
        free(latency);
        return false;
    }
    shared->plan = plan;
    shared->latency_us = latency;
    shared->start_ns = bench_wall_ns();
    uint32_t running = 0;
    while (running < plan->clients) {
        clients[running].shared = shared;
        clients[running].number = running;
        if (pthread_create(&clients[running].thread, NULL, client_run, &clients[running]) != 0) {
            break;
        }
        running++;
    }
    for (uint32_t i = 0; i < running; i++) {
        (void)pthread_join(clients[i].thread, NULL);
    }
    const uint64_t last = shared->last_ns;
    *out = (struct bench_load){.sent = shared->sent,
                               .final = shared->final,
                               .busy = shared->busy,
                               .refused = shared->refused,
                               .lost = shared->lost,
                               .wall_ns = last > shared->start_ns ? last - shared->start_ns : 0,
                               .latency_us = latency,
                               .latencies = shared->latencies,
                               .exhausted = shared->exhausted};
    qsort(latency, out->latencies, sizeof *latency, ascending);
    free(clients);
    free(shared);
    return running == plan->clients;
}

uint64_t bench_load_percentile(const struct bench_load *load, uint32_t permille)
{
    if (load->latencies == 0) {
        return 0;
    }
    const uint64_t at = load->latencies * permille / 1000;
    return load->latency_us[at < load->latencies ? at : load->latencies - 1];
}
