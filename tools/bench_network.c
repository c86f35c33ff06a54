/* SPDX-License-Identifier: Apache-2.0 */
/* A phase is one load on the running network. What is sent is signed before the clock starts, so
 * that the generator takes as little of the machine as it can; it still shares its processors. */

#include "tools/bench_network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/base/num.h"
#include "ledger/codec/json_out.h"
#include "tools/bench.h"
#include "tools/bench_anchor.h"
#include "tools/bench_flood.h"
#include "tools/bench_processes.h"
#include "tools/bench_report.h"
#include "tools/bench_world.h"
#include "tools/bench_yardstick.h"
#include "tools/command.h"
#include "tools/load/account.h"
#include "tools/options.h"

#define NODES 4
#define NODES_FLOODED 5 /* four are called, the fifth floods them */
#define SIZE_FLOODED 300
#define CLIENTS 32
#define BATCH 25
#define SECONDS 10
#define BASE_PORT 19000
#define LINES 50
#define ACCOUNT_SHARE 5 /* a batch holds so many times fewer accounts than anchors */
#define SETTLE_MS 180000
#define REQUEST_MAX ((size_t)16 << 20)
#define ARENA_BYTES ((size_t)8 << 30)
#define TX_BUDGET ((size_t)64 << 20)
#define BOUNDS_ANCHORS 5000
#define BOUNDS_ACCOUNTS 500
#define BOUNDS_BLOCK 250 /* of anchors */
#define BOUNDS_BYTES 500000 /* of a block of accounts, about */

struct bench {
    struct bench_network_settings settings;
    struct bench_world world;
    struct load_accounts *accounts; /* of the present load; NULL: anchors */
    size_t note; /* of the present load */
    uint32_t batch; /* of the present load */
    uint64_t next; /* number of the next anchor, facility of the next account */
    uint64_t registered; /* facilities */
    struct bench_report report;
};

/* --- transactions ---------------------------------------------------------------------------- */

/* One of the present load. */
static enum err make_one(const struct bench *bench, struct bytes *out, uint64_t number,
                         struct arena *arena, struct err_detail *detail)
{
    const size_t sender = number % BENCH_SENDERS;
    return bench->accounts == NULL
               ? bench_anchor_make(out, &bench->world.anchors[sender], number, bench->note, arena)
               : load_accounts_make(out, bench->accounts, &bench->world.mines[sender], number,
                                    arena, detail);
}

static enum err register_one(const struct bench *bench, struct bytes *out, uint64_t number,
                             struct arena *arena, struct err_detail *detail)
{
    (void)detail;
    return load_accounts_register(out, bench->accounts, &bench->world.mines[number % BENCH_SENDERS],
                                  number, arena);
}

typedef enum err (*make_fn)(const struct bench *bench, struct bytes *out, uint64_t number,
                            struct arena *arena, struct err_detail *detail);

/* The transactions of these numbers, each copied into arena. */
static enum err make_list(const struct bench *bench, make_fn make, struct bytes *out,
                          uint64_t first, size_t count, struct arena *arena,
                          struct err_detail *detail)
{
    enum err err = OK;
    for (size_t i = 0; i < count && err == OK; i++) {
        struct arena scratch;
        struct bytes raw;
        arena_init(&scratch, TX_BUDGET);
        err = make(bench, &raw, first + i, &scratch, detail);
        if (err == OK && !arena_copy(arena, raw, &out[i])) {
            err = ERR_MEMORY;
        }
        arena_free(&scratch);
    }
    return err;
}

/* The call that submits a batch from number first on. */
static enum err make_request(const struct bench *bench, make_fn make, struct bytes *out,
                             uint64_t first, struct arena *arena, struct err_detail *detail)
{
    struct json_out text;
    struct bytes done;
    json_out_init(&text, JSON_OUT_COMPACT, REQUEST_MAX);
    json_out_object(&text);
    json_out_field_array(&text, "transactions");
    enum err err = OK;
    for (uint32_t i = 0; i < bench->batch && err == OK; i++) {
        struct arena scratch;
        struct bytes raw;
        arena_init(&scratch, TX_BUDGET);
        err = make(bench, &raw, first + i, &scratch, detail);
        if (err == OK) {
            json_out_base64(&text, raw);
        }
        arena_free(&scratch);
    }
    json_out_end(&text);
    json_out_end(&text);
    if (err == OK) {
        err = json_out_finish(&text, &done);
    }
    if (err == OK && !arena_copy(arena, done, out)) {
        err = ERR_MEMORY;
    }
    json_out_free(&text);
    return err;
}

static enum err make_requests(const struct bench *bench, make_fn make, struct bench_load_plan *plan,
                              uint64_t first, struct arena *arena, struct err_detail *detail)
{
    struct bytes *requests = arena_alloc(arena, (size_t)plan->request_count * sizeof *requests);
    enum err err = requests == NULL ? ERR_MEMORY : OK;
    for (uint64_t i = 0; i < plan->request_count && err == OK; i++) {
        err = make_request(bench, make, &requests[i], first + i * bench->batch, arena, detail);
    }
    plan->requests = requests;
    return err;
}

static struct bench_load_plan plan_of(const struct bench *bench, uint64_t rate)
{
    return (struct bench_load_plan){.targets = bench->world.targets,
                                    .target_count = BENCH_TARGETS,
                                    .clients = bench->settings.clients,
                                    .batch = bench->batch,
                                    .rate = rate};
}

/* Registers facilities until there is one for each account up to number last. */
static enum err register_facilities(struct bench *bench, uint64_t last, struct err_detail *detail)
{
    struct arena arena;
    struct bench_load load;
    struct bench_load_plan plan = plan_of(bench, 0);
    if (bench->accounts == NULL || last <= bench->registered) {
        return OK;
    }
    plan.request_count = (last - bench->registered - 1) / plan.batch + 1;
    output_note("registering %" PRIu64 " facilities", plan.request_count * plan.batch);
    arena_init(&arena, ARENA_BYTES);
    enum err err = make_requests(bench, register_one, &plan, bench->registered, &arena, detail);
    if (err == OK) {
        err = bench_load_run(&load, &plan);
    }
    if (err == OK) {
        bench->registered += load.sent;
        if (load.final != load.sent) {
            err = err_set(detail, ERR_ABSENT, "facility", NULL, NULL, load.why);
        }
        bench_load_free(&load);
    }
    arena_free(&arena);
    return err;
}

/* --- phases ---------------------------------------------------------------------------------- */

/* What neither nodes nor generator used, of the machine's time between two looks at it. */
static uint64_t elsewhere_permille(const struct bench_ticks *before,
                                   const struct bench_ticks *after, uint64_t ours_ms)
{
    const uint64_t all = after->all_ms - before->all_ms;
    const uint64_t busy = after->busy_ms - before->busy_ms;
    return all == 0 || busy <= ours_ms ? 0 : (busy - ours_ms) * 1000 / all;
}

static enum err send_phase(struct bench *bench, struct bench_phase *phase,
                           const struct bench_load_plan *plan, struct err_detail *detail)
{
    struct bench_usage before;
    struct bench_usage after;
    struct bench_ticks then;
    struct bench_ticks now;
    struct bench_yardstick *yardstick = NULL;
    enum err err = bench_usage_of(&before, &bench->world.net, detail);
    bench_ticks_of(&then);
    if (err == OK) {
        err = bench_yardstick_start(&yardstick);
    }
    if (err == OK) {
        err = bench_load_run(&phase->load, plan);
    }
    phase->yardstick_ns = bench_yardstick_stop(yardstick);
    if (err != OK) {
        return err;
    }
    bench->report.phase_count++; /* owns the latencies from now on */
    err = bench_world_settle(&bench->world, SETTLE_MS, detail);
    phase->settled = err == OK;
    if (err == ERR_BUSY) {
        output_error(err, detail); /* and is said in the report */
        *detail = (struct err_detail){0};
    }
    bench_ticks_of(&now);
    if (err == OK || err == ERR_BUSY) {
        err = bench_usage_of(&after, &bench->world.net, detail);
    }
    if (err == OK) {
        phase->cpu_ms = after.cpu_ms - before.cpu_ms;
        phase->elsewhere_permille =
            elsewhere_permille(&then, &now, phase->cpu_ms + phase->load.cpu_ns / 1000000);
        phase->peak_rss_kib = after.peak_rss_kib;
        phase->log_bytes = after.log_bytes;
        phase->disk_bytes =
            after.disk_bytes > before.disk_bytes ? after.disk_bytes - before.disk_bytes : 0;
    }
    return err;
}

/* most: how many a second a closed loop may be able to finish. */
static enum err run_phase(struct bench *bench, const char *name, uint64_t rate, uint64_t most,
                          struct err_detail *detail)
{
    const size_t kind = bench->report.kind_count - 1;
    const char *load = bench->report.kinds[kind].name;
    struct bench_phase *phase = &bench->report.phases[bench->report.phase_count];
    struct bench_load_plan plan = plan_of(bench, rate);
    struct arena arena;
    *phase = (struct bench_phase){.name = name, .kind = kind, .rate = rate};
    plan.seconds = bench->settings.seconds;
    plan.request_count = (rate > 0 ? rate : most) * bench->settings.seconds / plan.batch + 1;
    enum err err =
        register_facilities(bench, bench->next + plan.request_count * plan.batch, detail);
    output_note("%s, %s: signing", load, name);
    arena_init(&arena, ARENA_BYTES);
    if (err == OK) {
        err = make_requests(bench, make_one, &plan, bench->next, &arena, detail);
    }
    if (err == OK) {
        output_note("%s, %s: sending for %u s", load, name, bench->settings.seconds);
        err = send_phase(bench, phase, &plan, detail);
    }
    if (err == OK) {
        bench->next += phase->load.sent; /* sent in their order: the others are still free */
    }
    arena_free(&arena);
    return err;
}

static enum err run_bounds(struct bench *bench, struct bench_kind *kind, struct err_detail *detail)
{
    const bool accounts = bench->accounts != NULL;
    const size_t count = accounts ? BOUNDS_ACCOUNTS : BOUNDS_ANCHORS;
    struct arena arena;
    struct bench_bounds_plan plan = {.genesis = bench->world.genesis,
                                     .senders =
                                         accounts ? bench->world.mines : bench->world.anchors,
                                     .sender_count = BENCH_SENDERS,
                                     .dir = bench->world.dir,
                                     .count = count,
                                     .block = BOUNDS_BLOCK};
    output_note("%s: measuring the bounds of this machine", kind->name);
    arena_init(&arena, ARENA_BYTES);
    struct bytes *raws = arena_alloc(&arena, count * sizeof *raws);
    struct bytes *setup = arena_alloc(&arena, count * sizeof *setup);
    enum err err = raws == NULL || setup == NULL ? ERR_MEMORY : OK;
    if (err == OK) {
        err = make_list(bench, make_one, raws, 0, count, &arena, detail);
    }
    if (err == OK && accounts) {
        err = make_list(bench, register_one, setup, 0, count, &arena, detail);
        plan.setup_count = count;
        plan.block = BOUNDS_BYTES / raws[0].size + 1;
    }
    plan.raws = raws;
    plan.setup = setup;
    struct bench_yardstick *yardstick = NULL;
    if (err == OK) {
        err = bench_yardstick_start(&yardstick);
    }
    if (err == OK) {
        err = bench_bounds_measure(&kind->bounds, &plan, bench->report.cpus, detail);
    }
    kind->yardstick_ns = bench_yardstick_stop(yardstick);
    arena_free(&arena);
    return err;
}

static enum err run_quarter(struct bench *bench, const char *loop, const char *quarter,
                            uint64_t most, struct err_detail *detail)
{
    const enum err err = run_phase(bench, loop, 0, most, detail);
    const uint64_t peak =
        err == OK ? bench_load_goodput(&bench->report.phases[bench->report.phase_count - 1].load)
                  : 0;
    return err == OK && peak > 0 ? run_phase(bench, quarter, peak / 4 + 1, most, detail) : err;
}

/* The last node silent, then its key in the hands of somebody who floods the others. */
static enum err run_flooded(struct bench *bench, uint64_t most, struct err_detail *detail)
{
    struct bench_flood *flood = NULL;
    struct bench_flood_counts counts;
    const uint32_t last = bench->settings.nodes;
    enum err err = localnet_stop(&bench->world.net, last, detail);
    bench->world.net.nodes = last - 1; /* that run */
    err =
        err ? err
            : run_quarter(bench, "closed loop, one silent", "a quarter, one silent", most, detail);
    bench->world.net.nodes = last;
    err = err ? err : bench_flood_start(&flood, &bench->world, last, detail);
    bench->world.net.nodes = last - 1;
    err =
        err ? err
            : run_quarter(bench, "closed loop, one floods", "a quarter, one floods", most, detail);
    bench_flood_stop(flood, &counts);
    output_note("the flood: %" PRIu64 " frames, %" PRIu64 " MB out, %" PRIu64
                " MB back, closed %" PRIu64 " times",
                counts.frames, counts.bytes / 1000000, counts.answered / 1000000, counts.closed);
    return err;
}

/* Closed loop, then a quarter and three times of what it reached, and the closed loop once more: a
 * machine shared with others does not stay the same, nor do databases that grow. */
static enum err run_phases(struct bench *bench, struct err_detail *detail)
{
    const struct bench_bounds *bounds = &bench->report.kinds[bench->report.kind_count - 1].bounds;
    const uint64_t most =
        bench_bounds_network(bounds, bench->settings.nodes, bench->report.cpus) * 3 / 2 + 1;
    if (bench->settings.flood) {
        return run_flooded(bench, most, detail);
    }
    if (bench->settings.rate > 0) {
        return run_phase(bench, "open loop", bench->settings.rate, most, detail);
    }
    enum err err = run_quarter(bench, "closed loop", "a quarter of it", most, detail);
    const struct bench_report *report = &bench->report;
    const uint64_t peak =
        err == OK ? bench_load_goodput(&report->phases[report->phase_count - 2].load) : 0;
    if (err == OK && peak > 0) {
        err = run_phase(bench, "three times as much", peak * 3, most, detail);
    }
    if (err == OK) {
        err = run_phase(bench, "closed loop again", 0, most, detail);
    }
    return err;
}

/* size for anchors, lines for accounts; the other is 0. */
static enum err run_kind(struct bench *bench, uint32_t size, uint32_t lines,
                         struct err_detail *detail)
{
    struct bench_kind *kind = &bench->report.kinds[bench->report.kind_count++];
    struct arena arena;
    enum err err = OK;
    bench->batch = bench->settings.batch;
    if (lines > 0 && bench->batch > ACCOUNT_SHARE) {
        bench->batch /= ACCOUNT_SHARE;
    }
    *kind = (struct bench_kind){.size = size, .lines = lines, .batch = bench->batch};
    if (lines > 0) {
        (void)snprintf(kind->name, sizeof kind->name, "account of %u lines", lines);
        err = load_accounts_open(&bench->accounts, lines, (uint64_t)time(NULL) * 1000, detail);
    } else {
        (void)snprintf(kind->name, sizeof kind->name, "anchor of %u B", size);
        arena_init(&arena, TX_BUDGET);
        err = bench_anchor_note(&bench->note, &bench->world.anchors[0], size, &arena);
        arena_free(&arena);
    }
    if (err == OK) {
        err = run_bounds(bench, kind, detail);
    }
    if (err == OK) {
        err = run_phases(bench, detail);
    }
    load_accounts_close(bench->accounts);
    bench->accounts = NULL;
    return err;
}

static enum err run_kinds(struct bench *bench, struct err_detail *detail)
{
    const struct bench_network_settings *settings = &bench->settings;
    const bool every = settings->size == 0 && settings->lines == 0;
    enum err err = OK;
    if (every || settings->size > 0) {
        err = run_kind(bench, every ? 300 : settings->size, 0, detail);
    }
    if (err == OK && every) {
        err = run_kind(bench, 1024, 0, detail);
    }
    bench->next = 0; /* facilities have numbers of their own */
    if (err == OK && (every || settings->lines > 0)) {
        err = run_kind(bench, 0, every ? LINES : settings->lines, detail);
    }
    return err;
}

/* --- the command ----------------------------------------------------------------------------- */

static int run(struct bench *bench)
{
    struct err_detail detail = {0};
    const struct bench_network_settings *settings = &bench->settings;
    struct bench_report *report = &bench->report;
    report->nodes = settings->nodes;
    report->clients = settings->clients;
    report->seconds = settings->seconds;
    bench_machine(report->machine, sizeof report->machine, &report->cpus);
    enum err err = bench_world_make(&bench->world, settings->nodes, settings->base_port, &detail);
    if (err == OK) {
        err = bench_world_start(&bench->world, &detail);
    }
    if (err == OK) {
        err = run_kinds(bench, &detail);
    }
    bench_world_end(&bench->world);
    int status = TOOL_NO;
    if (err == OK) {
        status = bench_report_print(report, settings->form);
    } else {
        output_error(err, &detail);
    }
    for (size_t i = 0; i < report->phase_count; i++) {
        bench_load_free(&report->phases[i].load);
    }
    return status;
}

int bench_network_run(const struct bench_network_settings *settings)
{
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) {
        return TOOL_NO;
    }
    bench->settings = *settings;
    bench->settings.nodes = settings->nodes > 0 ? settings->nodes
                            : settings->flood   ? NODES_FLOODED
                                                : NODES;
    bench->settings.clients = settings->clients > 0 ? settings->clients : CLIENTS;
    bench->settings.batch = settings->batch > 0 ? settings->batch : BATCH;
    bench->settings.seconds = settings->seconds > 0 ? settings->seconds : SECONDS;
    bench->settings.base_port = settings->base_port > 0 ? settings->base_port : BASE_PORT;
    const int status = run(bench);
    free(bench);
    return status;
}

/* text is NULL where the option was not given. */
static bool number(uint64_t *out, const char *name, const char *text, uint64_t min, uint64_t max)
{
    uint64_t value = 0;
    if (text != NULL && (!num_parse_u64(&value, bytes_text(text), max) || value < min)) {
        output_note("seam: --%s takes a whole number from %" PRIu64 " to %" PRIu64, name, min, max);
        return false;
    }
    *out = value;
    return true;
}

int bench_network(int argc, char **argv)
{
    const char *texts[8] = {0};
    bool json = false;
    bool flood = false;
    bool markdown = false;
    const struct option_row rows[] = {
        OPTION_TEXT("nodes", 0, "N", NULL, "how many nodes (default: 4)", &texts[0]),
        OPTION_TEXT("clients", 0, "N", NULL, "senders of the closed loop (default: 32)", &texts[1]),
        OPTION_TEXT("batch", 0, "N", NULL, "anchors in a call, five times as many as accounts (25)",
                    &texts[2]),
        OPTION_TEXT("seconds", 0, "N", NULL, "how long each load lasts (default: 10)", &texts[3]),
        OPTION_TEXT("rate", 0, "N", NULL, "one open loop of N transactions a second only",
                    &texts[4]),
        OPTION_TEXT("size", 0, "BYTES", NULL, "anchors of about so many bytes only", &texts[5]),
        OPTION_TEXT("lines", 0, "N", NULL, "accounts of so many lines only", &texts[6]),
        OPTION_TEXT("base-port", 0, "PORT", NULL, "first peer port (default: 19000)", &texts[7]),
        OPTION_SWITCH("flood", 0,
                      "300 B alone; the last of five nodes silent, then its key floods the others",
                      &flood),
        OPTION_SWITCH("markdown", 0, "print the tables of docs/performance.md", &markdown),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "bench network",
        "Starts a network of real nodes on this machine, sends signed transactions and says how\n"
        "many become final, how soon and at what cost, beside what this machine allows at most:\n"
        "anchors of 300 B and 1 KiB and accounts of 50 lines, each in a closed loop, then a\n"
        "quarter and three times of what it reached, in an open loop, and the first again.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t values[8];
    if (!number(&values[0], "nodes", texts[0], 4, LIMIT_VALIDATORS) ||
        !number(&values[1], "clients", texts[1], 1, BENCH_CLIENTS_MAX) ||
        !number(&values[2], "batch", texts[2], 1, LIMIT_HTTP_BATCH) ||
        !number(&values[3], "seconds", texts[3], 1, 3600) ||
        !number(&values[4], "rate", texts[4], 1, 1000000) ||
        !number(&values[5], "size", texts[5], 200, 1200) ||
        !number(&values[6], "lines", texts[6], LOAD_LINES_MIN, LOAD_LINES_MAX) ||
        !number(&values[7], "base-port", texts[7], 1024, 64000)) {
        return TOOL_USAGE;
    }
    if (flood && (values[0] == 4 || values[4] > 0 || values[6] > 0)) {
        output_note("seam: --flood takes five nodes or more, neither --rate nor --lines");
        return TOOL_USAGE;
    }
    if (flood && values[5] == 0) {
        values[5] = SIZE_FLOODED;
    }
    const struct bench_network_settings settings = {.nodes = (uint32_t)values[0],
                                                    .clients = (uint32_t)values[1],
                                                    .batch = (uint32_t)values[2],
                                                    .seconds = (uint32_t)values[3],
                                                    .rate = values[4],
                                                    .size = (uint32_t)values[5],
                                                    .lines = (uint32_t)values[6],
                                                    .base_port = (uint16_t)values[7],
                                                    .flood = flood,
                                                    .form = bench_form_of(json, markdown)};
    return bench_network_run(&settings);
}
