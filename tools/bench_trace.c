/* SPDX-License-Identifier: Apache-2.0 */
/* The graph is written as the records that rules would leave behind: mined lots, then blends of two
 * lots and of a part of a third, until one lot has all the others as ancestors. Reading goes the
 * way of a node: overlay, snapshot, one get a record. */

#include "tools/bench_trace.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ledger/base/num.h"
#include "ledger/crypto/hash.h"
#include "ledger/query/lot_trace.h"
#include "ledger/store/kv.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"

#define ANCESTORS_DEFAULT 10000
#define BATCH 1000
#define ROUNDS 5
#define PAGE 200 /* lots whose records are read too: what one answer shows */
#define GTIN "06901234567892"

enum { FAMILY_STATE };

struct graph {
    struct kv *kv;
    struct kv_batch *batch;
    struct arena arena; /* of one lot */
    uint64_t lots;
};

static uint64_t clock_ns(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- the graph -------------------------------------------------------------------------------- */

static void lot_text(char *out, uint64_t lot)
{
    snprintf(out, 40, GTIN ".B-%" PRIu64, lot);
}

static void event_id(struct hash *out, uint64_t lot)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_TX);
    hash_add_u64(&hasher, lot);
    hash_end(&hasher, out);
}

static enum err put(struct graph *graph, struct state_key key, const ProtobufCMessage *record)
{
    struct bytes value;
    const enum err err = message_pack(&value, record, &graph->arena);
    if (err == OK) {
        kv_batch_put(graph->batch, FAMILY_STATE, state_key_bytes(&key), value);
    }
    return err;
}

/* Lots 0 to mined - 1 come out of the ground; lot i after them takes 2 (i - mined) and the next
 * one, and a part of one that was taken before. */
static size_t inputs_of(uint64_t out[3], uint64_t lot, uint64_t mined)
{
    if (lot < mined) {
        return 0;
    }
    out[0] = 2 * (lot - mined);
    out[1] = out[0] + 1;
    out[2] = out[0] / 2;
    return out[2] < out[0] ? 3 : 2;
}

static enum err put_lot(struct graph *graph, uint64_t lot, uint64_t mined)
{
    char names[4][40];
    uint64_t numbers[3];
    struct hash id;
    struct hash made_by[3];
    Seam__LotEventPart parts[4];
    Seam__LotEventPart *inputs[3] = {&parts[0], &parts[1], &parts[2]};
    Seam__LotEventPart *outputs[1] = {&parts[3]};
    const size_t count = inputs_of(numbers, lot, mined);
    for (size_t i = 0; i < 4; i++) {
        seam__lot_event_part__init(&parts[i]);
        lot_text(names[i], i < count ? numbers[i] : lot);
        parts[i].lot = names[i];
        parts[i].qty_kg = (int64_t)(1000 + 7 * i);
        parts[i].moisture_e4 = 800;
        parts[i].ash_e4 = 2400;
        parts[i].ncv_mj_t = 20900;
        parts[i].share_ppm = 333333;
        if (i < count) {
            event_id(&made_by[i], numbers[i]);
            parts[i].created_event =
                (ProtobufCBinaryData){.len = HASH_SIZE, .data = made_by[i].bytes};
        }
    }
    event_id(&id, lot);
    Seam__LotEventRecord event = SEAM__LOT_EVENT_RECORD__INIT;
    event.event_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    event.type = count == 0 ? LOT_MINE_TYPE : LOT_BLEND_TYPE;
    event.organisation = (char *)(uintptr_t) "mine-a-company";
    event.place = (char *)(uintptr_t) "mine-a";
    event.event_time_ms = 1790000000000u + lot;
    event.time_ms = event.event_time_ms;
    event.height = lot + 1;
    event.inputs = inputs;
    event.n_inputs = count;
    event.outputs = outputs;
    event.n_outputs = 1;
    enum err err = put(graph, view_lot_event_key(&id), &event.base);
    Seam__LotRecord record = SEAM__LOT_RECORD__INIT;
    record.lot = names[3];
    record.gtin = (char *)(uintptr_t)GTIN;
    record.product = (char *)(uintptr_t) "raw";
    record.owner = event.organisation;
    record.custodian = event.organisation;
    record.place = event.place;
    record.created_kg = 3021;
    record.qty_kg = 3021;
    record.ncv_mj_t = 20900;
    record.created_event = event.event_id;
    record.created_time_ms = event.time_ms;
    record.events = 2;
    record.edges = 1;
    if (err == OK) {
        err = put(graph, view_lot_key(names[3]), &record.base);
    }
    return err;
}

static enum err build(struct graph *graph)
{
    const uint64_t mined = (graph->lots + 1) / 2;
    enum err err = OK;
    for (uint64_t lot = 0; err == OK && lot < graph->lots; lot += BATCH) {
        graph->batch = kv_batch_new(graph->kv);
        arena_init(&graph->arena, (size_t)64 << 20);
        err = graph->batch == NULL ? ERR_MEMORY : OK;
        for (uint64_t i = lot; err == OK && i < lot + BATCH && i < graph->lots; i++) {
            err = put_lot(graph, i, mined);
        }
        if (err == OK) {
            err = kv_write(graph->kv, graph->batch, false);
        }
        kv_batch_free(graph->batch);
        arena_free(&graph->arena);
    }
    return err;
}

/* --- the measurement -------------------------------------------------------------------------- */

struct measured {
    uint64_t first_ns; /* processor time of the first trace after opening */
    uint64_t best_ns;
    uint64_t wall_ns; /* of the best one */
    size_t ancestors;
};

static enum err state_get(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    return kv_get(context, NULL, FAMILY_STATE, key, arena, out);
}

static enum err state_get_many(void *context, const struct bytes *keys, size_t count,
                               overlay_found found, void *found_context)
{
    return kv_get_many(context, NULL, FAMILY_STATE, keys, count, found, found_context);
}

static enum err trace_once(struct measured *measured, const struct graph *graph, bool first)
{
    const struct state_base base = {
        .context = graph->kv, .get = state_get, .get_many = state_get_many};
    struct overlay *overlay = overlay_new(NULL, &base);
    struct query *query = NULL;
    struct lot_trace trace;
    struct arena arena;
    char lot[40];
    if (overlay == NULL) {
        return ERR_MEMORY;
    }
    overlay_seal(overlay);
    arena_init(&arena, (size_t)1 << 30);
    lot_text(lot, graph->lots - 1);
    enum err err = query_of_overlay(&query, overlay, 1, 1);
    const uint64_t wall = clock_ns(CLOCK_MONOTONIC);
    const uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    if (err == OK) {
        err = lot_trace_graph(&trace, query, lot, LOT_UP, LOT_DEPTH_ANY, &arena);
    }
    if (err == OK) {
        err = lot_trace_records(&trace, query, 0, PAGE, &arena);
    }
    const uint64_t spent = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
    const uint64_t passed = clock_ns(CLOCK_MONOTONIC) - wall;
    if (err == OK) {
        measured->ancestors = trace.count - 1;
        measured->first_ns = first ? spent : measured->first_ns;
        if (first || spent < measured->best_ns) {
            measured->best_ns = spent;
            measured->wall_ns = passed;
        }
    }
    query_close(query);
    overlay_drop(overlay);
    arena_free(&arena);
    return err;
}

static enum err measure(struct measured *measured, const struct graph *graph)
{
    enum err err = OK;
    for (size_t i = 0; err == OK && i < ROUNDS; i++) {
        err = trace_once(measured, graph, i == 0);
    }
    return err;
}

static const char *const families[] = {"state"};
static const struct kv_plan plan = {.families = families, .count = 1};

static enum err measure_memory(struct measured *measured, uint64_t lots)
{
    struct graph graph = {.lots = lots};
    enum err err = kv_open_mem(&graph.kv, &plan, NULL);
    if (err == OK) {
        err = build(&graph);
        err = err == OK ? measure(measured, &graph) : err;
        kv_close(graph.kv);
    }
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

static enum err measure_rocks(struct measured *measured, uint64_t lots)
{
    struct graph graph = {.lots = lots};
    char path[] = "/tmp/seam-bench-XXXXXX";
    struct err_detail detail;
    if (mkdtemp(path) == NULL) {
        return ERR_STORAGE;
    }
    enum err err = kv_open_rocks(&graph.kv, path, &plan, NULL, false, &detail);
    if (err == OK) {
        err = build(&graph);
        kv_close(graph.kv);
    }
    /* Opened again, the records lie in tables, as those of a node do. */
    if (err == OK) {
        err = kv_open_rocks(&graph.kv, path, &plan, NULL, false, &detail);
    }
    if (err == OK) {
        err = measure(measured, &graph);
        kv_close(graph.kv);
    }
    remove_files(path);
    return err;
}

static void answer_one(struct json_out *out, const char *name, const struct measured *measured)
{
    json_out_field_object(out, name);
    json_out_field_uint(out, "ancestors", measured->ancestors);
    json_out_field_uint(out, "first_us", measured->first_ns / 1000);
    json_out_field_uint(out, "best_us", measured->best_ns / 1000);
    json_out_field_uint(out, "best_wall_us", measured->wall_ns / 1000);
    json_out_end(out);
}

static int answer(const struct measured *rocks, const struct measured *memory, bool json)
{
    if (json) {
        struct json_out out;
        json_out_init(&out, JSON_OUT_INDENT, 4096);
        json_out_object(&out);
        answer_one(&out, "rocksdb", rocks);
        answer_one(&out, "memory", memory);
        json_out_end(&out);
        return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
    }
    output_line("%zu ancestors of one lot, processor time of one thread", rocks->ancestors);
    output_line("  RocksDB   first %6.1f ms   best of %d %6.1f ms", (double)rocks->first_ns / 1e6,
                ROUNDS, (double)rocks->best_ns / 1e6);
    output_line("  memory    first %6.1f ms   best of %d %6.1f ms", (double)memory->first_ns / 1e6,
                ROUNDS, (double)memory->best_ns / 1e6);
    output_line("  RocksDB : memory   %.2f",
                (double)rocks->best_ns / (double)(memory->best_ns > 0 ? memory->best_ns : 1));
    return TOOL_OK;
}

int bench_trace(int argc, char **argv)
{
    const char *lots = NULL;
    bool json = false;
    const struct option_row rows[] = {
        OPTION_TEXT("lots", 0, "N", NULL, "how many ancestors, an even number (default: 10000)",
                    &lots),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "bench trace [--lots N]",
        "Writes a graph of lots, of which one has all the others as ancestors, into RocksDB in a\n"
        "temporary directory and into memory, and says how long tracing that lot takes.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t count = ANCESTORS_DEFAULT;
    if (lots != NULL && (!num_parse_u64(&count, bytes_text(lots), LOT_TRACE_MAX - 1) || count < 2 ||
                         count % 2 != 0)) {
        output_note("seam: --lots takes an even number from 2 to %d", LOT_TRACE_MAX - 2);
        return TOOL_USAGE;
    }
    count++; /* and the lot itself */
    struct measured rocks = {0};
    struct measured memory = {0};
    enum err err = measure_rocks(&rocks, count);
    if (err == OK) {
        err = measure_memory(&memory, count);
    }
    if (err != OK) {
        output_error(err, NULL);
        return TOOL_NO;
    }
    return answer(&rocks, &memory, json);
}
