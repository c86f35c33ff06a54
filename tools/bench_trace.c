/* SPDX-License-Identifier: Apache-2.0 */
/* Two graphs, one that leads up and one that leads down, over two stores. Reading goes the way of a
 * node: overlay, snapshot, the records of a depth at once. Three pieces of work are measured: the
 * graph alone, the graph and the records of its first page, and the whole operation TraceLot, from
 * the request to the answer. */

#include "tools/bench_trace.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/op_lot.h"
#include "ledger/base/num.h"
#include "ledger/query/lot_trace.h"
#include "ledger/store/kv.h"
#include "tools/bench_lots.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"

#define LOTS_DEFAULT 10000
#define ROUNDS 5
/* Up to 2,000 lots an answer carries figures, for which the upward graph is too plain. */
#define LOTS_LEAST 2002
#define PAGE 200 /* steps of one answer: what TraceLot gives unless told otherwise */
#define STORES 2
#define SHAPES 2

enum { FAMILY_STATE };

enum work { WORK_GRAPH, WORK_PAGE, WORK_OPERATION, WORKS };

struct measured {
    uint64_t first_ns; /* processor time of the first one after opening */
    uint64_t best_ns;
    uint64_t wall_ns; /* of the best one */
    size_t lots; /* found, without the one asked about */
};

struct bench {
    struct kv *kv;
    uint64_t lots;
    enum bench_lots_shape shape;
    struct overlay *state; /* of one round */
};

static uint64_t clock_ns(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- the work --------------------------------------------------------------------------------- */

static enum err state_get(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    return kv_get(context, NULL, FAMILY_STATE, key, arena, out);
}

static enum err state_get_many(void *context, const struct bytes *keys, size_t count,
                               overlay_found found, void *found_context)
{
    return kv_get_many(context, NULL, FAMILY_STATE, keys, count, found, found_context);
}

static enum err work_graph(size_t *lots, const struct bench *bench, enum work work)
{
    struct query *query = NULL;
    struct lot_trace trace;
    struct arena arena;
    char lot[BENCH_LOTS_ID];
    arena_init(&arena, CALL_ARENA);
    bench_lots_start(lot, bench->shape, bench->lots);
    enum err err = query_of_overlay(&query, bench->state, 1, 1);
    if (err == OK) {
        err = lot_trace_graph(&trace, query, lot, bench->shape == BENCH_LOTS_UP ? LOT_UP : LOT_DOWN,
                              LOT_DEPTH_ANY, &arena);
    }
    if (err == OK && work == WORK_PAGE) {
        err = lot_trace_records(&trace, query, 0, PAGE, &arena);
    }
    if (err == OK) {
        *lots = trace.count - 1;
    }
    query_close(query);
    arena_free(&arena);
    return err;
}

static enum err node_query(void *context, struct query **out, uint64_t height)
{
    const struct bench *bench = context;
    (void)height;
    return query_of_overlay(out, bench->state, 1, 1);
}

/* The answer's page of steps, and how many lots it speaks of. */
static enum err read_answer(size_t *lots, struct call *call)
{
    struct bytes text;
    struct json_doc *doc = NULL;
    int64_t total = 0;
    enum err err = json_out_finish(&call->data, &text);
    if (err == OK) {
        err = json_doc_read(&doc, text, CALL_ANSWER, NULL);
    }
    if (err == OK && (json_node_count(json_node_get(json_doc_root(doc), "nodes")) == 0 ||
                      !json_node_integer(json_node_get(json_doc_root(doc), "total"), &total))) {
        err = ERR_INTERNAL;
    }
    *lots = (size_t)(total > 0 ? total - 1 : 0);
    json_doc_free(doc);
    return err;
}

static enum err work_operation(size_t *lots, struct bench *bench, uint64_t *ended)
{
    const struct api_node node = {.context = bench, .query = node_query};
    struct api api = {.node = &node};
    struct call call = {.api = &api};
    char lot[BENCH_LOTS_ID];
    char request[128];
    bench_lots_start(lot, bench->shape, bench->lots);
    snprintf(request, sizeof request, "{\"lot\":\"%s\",\"direction\":\"%s\",\"count\":%d}", lot,
             bench->shape == BENCH_LOTS_UP ? "up" : "down", PAGE);
    arena_init(&call.arena, CALL_ARENA);
    json_out_init(&call.data, JSON_OUT_COMPACT, CALL_ANSWER);
    enum err err = json_doc_read(&call.doc, bytes_text(request), sizeof request, NULL);
    if (err == OK) {
        call.root = json_doc_root(call.doc);
        err = op_trace_lot(&call, NULL);
    }
    *ended = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    if (err == OK) {
        err = read_answer(lots, &call);
    }
    json_out_free(&call.data);
    json_doc_free(call.doc);
    arena_free(&call.arena);
    return err;
}

/* --- measuring -------------------------------------------------------------------------------- */

static enum err measure_once(struct measured *out, struct bench *bench, enum work work, bool first)
{
    const struct state_base base = {
        .context = bench->kv, .get = state_get, .get_many = state_get_many};
    uint64_t ended = 0;
    bench->state = overlay_new(NULL, &base);
    if (bench->state == NULL) {
        return ERR_MEMORY;
    }
    overlay_seal(bench->state);
    const uint64_t wall = clock_ns(CLOCK_MONOTONIC);
    const uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    const enum err err = work == WORK_OPERATION ? work_operation(&out->lots, bench, &ended)
                                                : work_graph(&out->lots, bench, work);
    const uint64_t spent = (ended > 0 ? ended : clock_ns(CLOCK_PROCESS_CPUTIME_ID)) - start;
    const uint64_t passed = clock_ns(CLOCK_MONOTONIC) - wall;
    out->first_ns = first ? spent : out->first_ns;
    if (first || spent < out->best_ns) {
        out->best_ns = spent;
        out->wall_ns = passed;
    }
    overlay_drop(bench->state);
    return err;
}

typedef struct measured shape_measured[SHAPES][WORKS];

static enum err measure(shape_measured out, struct bench *bench)
{
    enum err err = OK;
    for (int shape = 0; shape < SHAPES; shape++) {
        bench->shape = (enum bench_lots_shape)shape;
        for (int work = 0; work < WORKS; work++) {
            for (size_t i = 0; err == OK && i < ROUNDS; i++) {
                err = measure_once(&out[shape][work], bench, (enum work)work, i == 0);
            }
        }
    }
    return err;
}

static enum err write_graphs(const struct bench *bench)
{
    enum err err = OK;
    for (int shape = 0; err == OK && shape < SHAPES; shape++) {
        err = bench_lots_write(bench->kv, FAMILY_STATE, (enum bench_lots_shape)shape, bench->lots);
    }
    return err;
}

static const char *const families[] = {"state"};
static const struct kv_plan plan = {.families = families, .count = 1};

static enum err measure_memory(shape_measured out, uint64_t lots)
{
    struct bench bench = {.lots = lots};
    enum err err = kv_open_mem(&bench.kv, &plan, NULL);
    if (err != OK) {
        return err;
    }
    err = write_graphs(&bench);
    if (err == OK) {
        err = measure(out, &bench);
    }
    kv_close(bench.kv);
    return err;
}

/* RocksDB keeps its files in one directory without any below it. */
static void remove_files(const char *path)
{
    char file[512];
    DIR *directory = opendir(path);
    struct dirent *entry = directory != NULL ? readdir(directory) : NULL;
    for (; entry != NULL; entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
            (void)unlink(file);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    if (rmdir(path) != 0) {
        output_note("seam: %s was left behind", path);
    }
}

/* Opened again after writing, so that the records lie in tables, as most of a node's do. */
static enum err measure_rocks(shape_measured out, uint64_t lots)
{
    struct bench bench = {.lots = lots};
    char path[] = "/tmp/seam-bench-XXXXXX";
    struct err_detail detail;
    if (mkdtemp(path) == NULL) {
        return ERR_STORAGE;
    }
    enum err err = kv_open_rocks(&bench.kv, path, &plan, NULL, false, &detail);
    if (err == OK) {
        err = write_graphs(&bench);
        kv_close(bench.kv);
    }
    if (err == OK) {
        err = kv_open_rocks(&bench.kv, path, &plan, NULL, false, &detail);
    }
    if (err == OK) {
        err = measure(out, &bench);
        kv_close(bench.kv);
    }
    remove_files(path);
    return err;
}

/* --- the command ------------------------------------------------------------------------------ */

static const char *const store_names[STORES] = {"rocksdb", "memory"};
static const char *const shape_names[SHAPES] = {"up", "down"};
static const char *const work_names[WORKS] = {"graph", "graph_and_page", "operation"};

static int answer_json(shape_measured *all)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, 65536);
    json_out_object(&out);
    for (size_t i = 0; i < STORES * SHAPES * WORKS; i++) {
        const size_t store = i / (SHAPES * WORKS);
        const size_t shape = i / WORKS % SHAPES;
        const struct measured *measured = &all[store][shape][i % WORKS];
        char name[64];
        snprintf(name, sizeof name, "%s_%s_%s", store_names[store], shape_names[shape],
                 work_names[i % WORKS]);
        json_out_field_object(&out, name);
        json_out_field_uint(&out, "lots", measured->lots);
        json_out_field_uint(&out, "first_us", measured->first_ns / 1000);
        json_out_field_uint(&out, "best_us", measured->best_ns / 1000);
        json_out_field_uint(&out, "best_wall_us", measured->wall_ns / 1000);
        json_out_end(&out);
    }
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static int answer(shape_measured *all)
{
    static const struct output_column columns[] = {{"direction", false},    {"work", false},
                                                   {"RocksDB first", true}, {"best of 5", true},
                                                   {"memory first", true},  {"best of 5", true}};
    static const char *const words[WORKS] = {"graph", "graph, records of a page",
                                             "operation TraceLot, one page"};
    struct output_table *table = output_table_new(columns, 6);
    output_line("%zu lots behind one, %d steps a page; ms of processor time of one thread",
                all[0][0][0].lots, PAGE);
    for (size_t i = 0; i < SHAPES * WORKS; i++) {
        char times[2 * STORES][24];
        for (size_t store = 0; store < STORES; store++) {
            const struct measured *measured = &all[store][i / WORKS][i % WORKS];
            snprintf(times[2 * store], 24, "%.1f", (double)measured->first_ns / 1e6);
            snprintf(times[2 * store + 1], 24, "%.1f", (double)measured->best_ns / 1e6);
        }
        const char *const cells[] = {
            shape_names[i / WORKS], words[i % WORKS], times[0], times[1], times[2], times[3]};
        output_table_row(table, cells);
    }
    output_table_print(table);
    return TOOL_OK;
}

int bench_trace(int argc, char **argv)
{
    const char *lots = NULL;
    bool json = false;
    const struct option_row rows[] = {
        OPTION_TEXT("lots", 0, "N", NULL,
                    "how many ancestors and descendants, an even number (default: 10000)", &lots),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "bench trace [--lots N]",
        "Writes two graphs of lots into RocksDB in a temporary directory and into memory: in one "
        "a\n"
        "lot has all the others as ancestors, in the other as descendants. Says how long tracing\n"
        "that lot takes, alone and as the operation of the HTTP interface.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t count = LOTS_DEFAULT;
    if (lots != NULL && (!num_parse_u64(&count, bytes_text(lots), LOT_TRACE_MAX - 1) ||
                         count < LOTS_LEAST || count % 2 != 0)) {
        output_note("seam: --lots takes an even number from %d to %d", LOTS_LEAST,
                    LOT_TRACE_MAX - 2);
        return TOOL_USAGE;
    }
    count++; /* and the lot itself */
    shape_measured all[STORES];
    memset(all, 0, sizeof all);
    enum err err = measure_rocks(all[0], count);
    if (err == OK) {
        err = measure_memory(all[1], count);
    }
    if (err != OK) {
        output_error(err, NULL);
        return TOOL_NO;
    }
    return json ? answer_json(all) : answer(all);
}
