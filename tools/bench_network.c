/* SPDX-License-Identifier: Apache-2.0 */
/* A phase is one load on the running network. What is sent is signed before the clock starts, so
 * that the generator takes as little of the machine as it can; it still shares its processors. */

#include "tools/bench_network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ledger/base/num.h"
#include "ledger/chain/certificate.h"
#include "ledger/codec/document.h"
#include "ledger/codec/json_in.h"
#include "ledger/crypto/hash.h"
#include "ledger/governance/genesis.h"
#include "node/shell/keystore.h"
#include "tools/bench.h"
#include "tools/bench_bounds.h"
#include "tools/bench_load.h"
#include "tools/bench_processes.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/localnet_token.h"
#include "tools/options.h"
#include "tools/output.h"

#define SENDERS 4 /* the organisations that have people at a node */
#define READY_WAIT_MS 60000
#define FILE_MAX ((size_t)16 << 20)
#define ARENA_BYTES ((size_t)4 << 30)
#define HOUR_MS 3600000
#define BOUNDS_TRANSACTIONS 5000
#define BOUNDS_BLOCK 250
#define PHASES_MAX 8
#define PREPARED_PER_SECOND 12000 /* of a closed loop: more than it will finish */

struct settings {
    uint32_t nodes;
    uint32_t clients;
    uint32_t batch;
    uint32_t seconds;
    uint64_t rate; /* 0: the series */
    uint32_t size; /* 0: 300 and 1024 */
    uint16_t base_port;
    bool json;
};

struct phase {
    char name[48];
    uint32_t size; /* of a transaction, about */
    uint64_t rate; /* 0: closed loop */
    struct bench_load load;
    uint64_t cpu_ms;
    uint64_t peak_rss_kib;
    uint64_t disk_bytes; /* grown by */
};

struct bench {
    struct settings settings;
    char dir[64];
    struct localnet net;
    struct arena arena; /* of the whole run */
    struct bytes genesis;
    struct bench_sender senders[SENDERS];
    struct bench_target targets[SENDERS];
    char tokens[SENDERS][LOCALNET_TOKEN_MAX];
    char urls[SENDERS][48];
    uint64_t next; /* number of the next transaction */
    struct phase phases[PHASES_MAX];
    size_t phase_count;
    struct bench_bounds bounds[2]; /* of the sizes, in order of first use */
    uint32_t bound_sizes[2];
    size_t bound_count;
    char machine[200];
    uint32_t cpus;
};

/* --- the network -------------------------------------------------------------------------------
 */

/* The first person who signs at node n, and of which organisation; texts live in arena. */
static enum err person_of(struct bench *bench, uint32_t n, const char **organisation,
                          const char **person, struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX + 16];
    struct bytes text;
    struct json_doc *doc = NULL;
    (void)snprintf(path, sizeof path, "%s/nodes.json", bench->net.dir);
    enum err err = file_read(&text, path, FILE_MAX, &bench->arena, detail);
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, detail);
    }
    if (err != OK) {
        return err;
    }
    const struct json_node *node =
        json_node_at(json_node_get(json_doc_root(doc), "nodes"), (size_t)n - 1);
    const struct json_node *member = json_node_at(json_node_get(node, "members"), 0);
    const char *name = json_node_text(json_node_at(json_node_get(member, "persons"), 0));
    const char *of = json_node_text(json_node_get(member, "organisation"));
    if (name == NULL || of == NULL) {
        err = err_set(detail, ERR_ABSENT, "nodes.json", NULL, NULL, "no person signs at this node");
    } else {
        *person = arena_text(&bench->arena, name, strlen(name));
        *organisation = arena_text(&bench->arena, of, strlen(of));
        err = *person == NULL || *organisation == NULL ? ERR_MEMORY : OK;
    }
    json_doc_free(doc);
    return err;
}

static enum err open_sender(struct bench *bench, uint32_t n, struct err_detail *detail)
{
    const char *organisation = NULL;
    const char *person = NULL;
    char name[LIMIT_ID_TEXT + 16];
    char path[LOCALNET_PATH_MAX];
    struct localnet_node node;
    struct bench_sender *sender = &bench->senders[n - 1];
    const struct localnet_person any = {0};
    enum err err = person_of(bench, n, &organisation, &person, detail);
    if (err == OK) {
        (void)snprintf(name, sizeof name, "keys/%s.key", person);
        err = localnet_path(path, &bench->net, n, name);
    }
    if (err == OK) {
        err = keystore_load_kind(&sender->key, KEYSTORE_PERSON, path, (struct bytes){0}, detail);
    }
    if (err == OK) {
        err = localnet_look(&node, &bench->net, n, detail);
    }
    if (err == OK) {
        err = localnet_token(bench->tokens[n - 1], &bench->net, n, &any, detail);
    }
    if (err != OK) {
        return err;
    }
    sender->organisation = organisation;
    sender->valid_until_ms = ((uint64_t)time(NULL)) * 1000 + HOUR_MS;
    genesis_chain_id(&sender->chain_id, bench->genesis);
    (void)snprintf(bench->urls[n - 1], sizeof bench->urls[0], "http://127.0.0.1:%u",
                   node.http_port);
    bench->targets[n - 1] =
        (struct bench_target){.node = bench->urls[n - 1], .token = bench->tokens[n - 1]};
    return OK;
}

static enum err read_genesis(struct bench *bench, struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/genesis.json", bench->net.dir);
    return file_read_document(&bench->genesis, &genesis_form, path, FILE_MAX, &bench->arena,
                              detail);
}

static enum err network_up(struct bench *bench, struct err_detail *detail)
{
    char seamd[LOCALNET_PATH_MAX];
    const struct localnet_plan plan = {
        .dir = bench->dir, .nodes = bench->settings.nodes, .base_port = bench->settings.base_port};
    localnet_seamd(seamd, NULL);
    enum err err = localnet_make(&bench->net, &plan, detail);
    for (uint32_t i = 1; err == OK && i <= bench->net.nodes; i++) {
        err = localnet_start(&bench->net, i, seamd, detail);
    }
    for (uint32_t i = 1; err == OK && i <= bench->net.nodes; i++) {
        err = localnet_wait(&bench->net, i, READY_WAIT_MS, detail);
    }
    if (err == OK) {
        err = read_genesis(bench, detail);
    }
    for (uint32_t i = 1; err == OK && i <= SENDERS; i++) {
        err = open_sender(bench, i, detail);
    }
    return err;
}

static void network_down(struct bench *bench)
{
    for (uint32_t i = 1; i <= bench->net.nodes; i++) {
        struct err_detail detail = {0};
        (void)!localnet_stop(&bench->net, i, &detail);
    }
    bench_directory_remove(bench->dir);
}

/* --- a phase -----------------------------------------------------------------------------------
 */

static enum err make_request(struct bench *bench, struct bytes *out, uint32_t sender, size_t note,
                             struct arena *arena)
{
    struct json_out text;
    struct bytes done;
    json_out_init(&text, JSON_OUT_COMPACT, FILE_MAX);
    json_out_object(&text);
    json_out_field_array(&text, "transactions");
    enum err err = OK;
    for (uint32_t i = 0; i < bench->settings.batch && err == OK; i++) {
        struct arena scratch;
        struct bytes raw;
        arena_init(&scratch, 64 * 1024);
        err = bench_anchor_make(&raw, &bench->senders[sender], bench->next++, note, &scratch);
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

static enum err prepare(struct bench *bench, const struct phase *phase, struct bytes **requests,
                        uint64_t *count, struct arena *arena)
{
    const uint64_t a_second = phase->rate > 0 ? phase->rate : PREPARED_PER_SECOND;
    size_t note = 0;
    *count = a_second * bench->settings.seconds / bench->settings.batch + 1;
    *requests = arena_alloc(arena, (size_t)*count * sizeof **requests);
    enum err err = *requests == NULL ? ERR_MEMORY : OK;
    if (err == OK) {
        err = bench_anchor_note(&note, &bench->senders[0], phase->size, arena);
    }
    for (uint64_t i = 0; i < *count && err == OK; i++) {
        err = make_request(bench, &(*requests)[i], (uint32_t)(i % SENDERS), note, arena);
    }
    return err;
}

static enum err run_phase(struct bench *bench, const char *name, uint32_t size, uint64_t rate,
                          struct err_detail *detail)
{
    struct phase *phase = &bench->phases[bench->phase_count];
    struct arena arena;
    struct bytes *requests = NULL;
    struct bench_usage before;
    struct bench_usage after;
    struct bench_load_plan plan = {.targets = bench->targets,
                                   .target_count = SENDERS,
                                   .clients = bench->settings.clients,
                                   .batch = bench->settings.batch,
                                   .rate = rate,
                                   .duration_ms = (uint64_t)bench->settings.seconds * 1000};
    *phase = (struct phase){.size = size, .rate = rate};
    (void)snprintf(phase->name, sizeof phase->name, "%s", name);
    output_note("%u B, %s: signing", size, name);
    arena_init(&arena, ARENA_BYTES);
    enum err err = prepare(bench, phase, &requests, &plan.request_count, &arena);
    plan.requests = requests;
    if (err == OK) {
        err = bench_usage_of(&before, &bench->net, detail);
    }
    if (err == OK) {
        output_note("%u B, %s: sending for %u s", size, name, bench->settings.seconds);
        err = bench_load_run(&phase->load, &plan) ? OK : ERR_MEMORY;
    }
    if (err == OK) {
        err = bench_usage_of(&after, &bench->net, detail);
    }
    if (err == OK) {
        phase->cpu_ms = after.cpu_ms - before.cpu_ms;
        phase->peak_rss_kib = after.peak_rss_kib;
        phase->disk_bytes =
            after.disk_bytes > before.disk_bytes ? after.disk_bytes - before.disk_bytes : 0;
        bench->phase_count++;
    }
    arena_free(&arena);
    return err;
}

static uint64_t goodput(const struct phase *phase)
{
    return bench_per_second(phase->load.final, phase->load.wall_ns);
}

static enum err run_bounds(struct bench *bench, uint32_t size, struct err_detail *detail)
{
    size_t note = 0;
    enum err err = bench_anchor_note(&note, &bench->senders[0], size, &bench->arena);
    const struct bench_bounds_plan plan = {.genesis = bench->genesis,
                                           .sender = &bench->senders[0],
                                           .dir = bench->dir,
                                           .transactions = BOUNDS_TRANSACTIONS,
                                           .block = BOUNDS_BLOCK,
                                           .note = note};
    output_note("%u B: measuring the bounds of this machine", size);
    if (err == OK) {
        err = bench_bounds_measure(&bench->bounds[bench->bound_count], &plan, detail);
    }
    if (err == OK) {
        bench->bound_sizes[bench->bound_count++] = size;
    }
    return err;
}

/* Closed loop, then a quarter and three times of what it reached. */
static enum err run_size(struct bench *bench, uint32_t size, struct err_detail *detail)
{
    enum err err = run_bounds(bench, size, detail);
    if (err == OK && bench->settings.rate > 0) {
        return run_phase(bench, "open loop", size, bench->settings.rate, detail);
    }
    if (err == OK) {
        err = run_phase(bench, "closed loop", size, 0, detail);
    }
    const uint64_t peak = err == OK ? goodput(&bench->phases[bench->phase_count - 1]) : 0;
    if (err == OK && peak > 0) {
        err = run_phase(bench, "a quarter of it", size, peak / 4 + 1, detail);
    }
    if (err == OK && peak > 0) {
        err = run_phase(bench, "three times as much", size, peak * 3, detail);
    }
    return err;
}

/* --- the answer --------------------------------------------------------------------------------
 */

static const struct bench_bounds *bounds_of(const struct bench *bench, uint32_t size)
{
    return &bench->bounds[bench->bound_count > 1 && bench->bound_sizes[1] == size ? 1 : 0];
}

static uint64_t bound(const struct bench *bench, const struct bench_bounds *bounds)
{
    return bench_bounds_network(bounds, bench->settings.nodes, bench->cpus);
}

/* What the parts of the work cost at all nodes, in per mille of what the nodes really used: unlike
 * the rate it hardly moves when something else uses the machine. */
static uint64_t work_permille(const struct bench *bench, const struct phase *phase)
{
    const uint64_t parts =
        bench_bounds_node_ns(bounds_of(bench, phase->size)) * bench->settings.nodes;
    return phase->cpu_ms == 0 ? 0 : parts * phase->load.final / 1000 / phase->cpu_ms;
}

static void phase_json(const struct bench *bench, const struct phase *phase, struct json_out *out)
{
    const struct bench_load *load = &phase->load;
    const uint64_t most = bound(bench, bounds_of(bench, phase->size));
    json_out_object(out);
    json_out_field_text(out, "phase", phase->name);
    json_out_field_uint(out, "bytes", bounds_of(bench, phase->size)->bytes);
    json_out_field_uint(out, "offered_per_second", phase->rate);
    json_out_field_uint(out, "sent", load->sent);
    json_out_field_uint(out, "final", load->final);
    json_out_field_uint(out, "busy", load->busy);
    json_out_field_uint(out, "refused", load->refused);
    json_out_field_uint(out, "lost", load->lost);
    json_out_field_uint(out, "goodput_per_second", goodput(phase));
    json_out_field_uint(out, "permille_of_bound", most == 0 ? 0 : goodput(phase) * 1000 / most);
    json_out_field_uint(out, "p50_us", bench_load_percentile(load, 500));
    json_out_field_uint(out, "p99_us", bench_load_percentile(load, 990));
    json_out_field_uint(out, "max_us", bench_load_percentile(load, 1000));
    json_out_field_uint(out, "cpu_us_per_transaction",
                        load->final == 0 ? 0 : phase->cpu_ms * 1000 / load->final);
    json_out_field_uint(out, "permille_of_cpu_bound", work_permille(bench, phase));
    json_out_field_uint(out, "peak_rss_kib", phase->peak_rss_kib);
    json_out_field_uint(out, "disk_bytes_per_transaction",
                        load->final == 0 ? 0 : phase->disk_bytes / load->final);
    json_out_field_bool(out, "ran_out_of_requests", load->exhausted && phase->rate == 0);
    json_out_end(out);
}

static void bounds_json(const struct bench *bench, const struct bench_bounds *bounds,
                        struct json_out *out)
{
    json_out_object(out);
    json_out_field_uint(out, "bytes", bounds->bytes);
    json_out_field_uint(out, "verify_ns", bounds->verify_ns);
    json_out_field_uint(out, "decode_ns", bounds->decode_ns);
    json_out_field_uint(out, "execute_ns", bounds->execute_ns);
    json_out_field_uint(out, "tree_ns", bounds->tree_ns);
    json_out_field_uint(out, "commit_ns", bounds->commit_ns);
    json_out_field_uint(out, "block", bounds->block);
    json_out_field_uint(out, "synced_batch_us", bounds->sync_wall_ns / 1000);
    json_out_field_uint(out, "disk_bytes", bounds->disk_bytes);
    json_out_field_uint(out, "transactions_per_second", bound(bench, bounds));
    json_out_end(out);
}

static int answer_json(const struct bench *bench)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, FILE_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "machine", bench->machine);
    json_out_field_uint(&out, "nodes", bench->settings.nodes);
    json_out_field_uint(&out, "clients", bench->settings.clients);
    json_out_field_uint(&out, "batch", bench->settings.batch);
    json_out_field_uint(&out, "seconds", bench->settings.seconds);
    json_out_field_array(&out, "bounds");
    for (size_t i = 0; i < bench->bound_count; i++) {
        bounds_json(bench, &bench->bounds[i], &out);
    }
    json_out_end(&out);
    json_out_field_array(&out, "phases");
    for (size_t i = 0; i < bench->phase_count; i++) {
        phase_json(bench, &bench->phases[i], &out);
    }
    json_out_end(&out);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static void bounds_lines(const struct bench *bench, const struct bench_bounds *bounds)
{
    output_line("bound with %" PRIu64 " B, blocks of %" PRIu64 ": at each node %" PRIu64 ".%" PRIu64
                " us (verify %" PRIu64 ".%" PRIu64 ", decode %" PRIu64 ".%" PRIu64
                ", execute %" PRIu64 ".%" PRIu64 ", tree %" PRIu64 ".%" PRIu64 ", commit %" PRIu64
                ".%" PRIu64 "), a synced batch takes %" PRIu64 " us: %" PRIu64 " transactions/s",
                bounds->bytes, bounds->block, bench_bounds_node_ns(bounds) / 1000,
                bench_bounds_node_ns(bounds) / 100 % 10, bounds->verify_ns / 1000,
                bounds->verify_ns / 100 % 10, bounds->decode_ns / 1000,
                bounds->decode_ns / 100 % 10, bounds->execute_ns / 1000,
                bounds->execute_ns / 100 % 10, bounds->tree_ns / 1000, bounds->tree_ns / 100 % 10,
                bounds->commit_ns / 1000, bounds->commit_ns / 100 % 10, bounds->sync_wall_ns / 1000,
                bound(bench, bounds));
}

enum { COLUMNS = 13, CELL = 24 };

static void phase_row(const struct bench *bench, const struct phase *phase,
                      struct output_table *table)
{
    const struct bench_load *load = &phase->load;
    const uint64_t most = bound(bench, bounds_of(bench, phase->size));
    const uint64_t final = load->final == 0 ? 1 : load->final;
    const uint64_t numbers[COLUMNS - 1] = {
        bounds_of(bench, phase->size)->bytes,
        phase->rate,
        goodput(phase),
        most == 0 ? 0 : goodput(phase) * 100 / most,
        load->busy,
        load->refused + load->lost,
        bench_load_percentile(load, 500) / 1000,
        bench_load_percentile(load, 990) / 1000,
        bench_load_percentile(load, 1000) / 1000,
        phase->cpu_ms * 1000 / final,
        work_permille(bench, phase) / 10,
        phase->disk_bytes / final,
    };
    char texts[COLUMNS - 1][CELL];
    const char *cells[COLUMNS] = {phase->name};
    for (size_t i = 0; i + 1 < COLUMNS; i++) {
        (void)snprintf(texts[i], CELL, "%" PRIu64, numbers[i]);
        cells[i + 1] = texts[i];
    }
    output_table_row(table, cells);
}

static int answer(const struct bench *bench)
{
    if (bench->settings.json) {
        return answer_json(bench);
    }
    static const struct output_column columns[COLUMNS] = {
        {"LOAD", false},      {"BYTES", true},  {"OFFERED/S", true}, {"FINAL/S", true},
        {"% OF BOUND", true}, {"BUSY", true},   {"OTHER", true},     {"P50 MS", true},
        {"P99 MS", true},     {"MAX MS", true}, {"CPU US/TX", true}, {"% OF CPU", true},
        {"DISK B/TX", true}};
    output_line("%s", bench->machine);
    output_line("%u nodes, %u clients, batches of %u, %u s each; the generator runs on the same "
                "machine",
                bench->settings.nodes, bench->settings.clients, bench->settings.batch,
                bench->settings.seconds);
    for (size_t i = 0; i < bench->bound_count; i++) {
        bounds_lines(bench, &bench->bounds[i]);
    }
    struct output_table *table = output_table_new(columns, COLUMNS);
    uint64_t rss = 0;
    for (size_t i = 0; i < bench->phase_count; i++) {
        phase_row(bench, &bench->phases[i], table);
        rss = bench->phases[i].peak_rss_kib;
    }
    output_table_print(table);
    output_line("largest node: %" PRIu64 " MiB resident at most", rss / 1024);
    return TOOL_OK;
}

/* --- the command -------------------------------------------------------------------------------
 */

static int run(struct bench *bench)
{
    struct err_detail detail = {0};
    arena_init(&bench->arena, ARENA_BYTES);
    bench_machine(bench->machine, sizeof bench->machine, &bench->cpus);
    (void)snprintf(bench->dir, sizeof bench->dir, "/var/tmp/seam-bench-XXXXXX");
    enum err err = mkdtemp(bench->dir) == NULL ? ERR_STORAGE : OK;
    if (err == OK) {
        err = network_up(bench, &detail);
    }
    const uint32_t sizes[] = {300, 1024};
    for (size_t i = 0; i < 2 && err == OK && bench->settings.size == 0; i++) {
        err = run_size(bench, sizes[i], &detail);
    }
    if (err == OK && bench->settings.size != 0) {
        err = run_size(bench, bench->settings.size, &detail);
    }
    network_down(bench);
    int status = TOOL_NO;
    if (err == OK) {
        status = answer(bench);
    } else {
        output_error(err, &detail);
    }
    for (size_t i = 0; i < bench->phase_count; i++) {
        free(bench->phases[i].load.latency_us);
    }
    arena_free(&bench->arena);
    return status;
}

/* text is NULL where the option was not given. */
static bool number(uint64_t *out, const char *name, const char *text, uint64_t min, uint64_t max)
{
    uint64_t value = *out;
    if (text != NULL && (!num_parse_u64(&value, bytes_text(text), max) || value < min)) {
        output_note("seam: --%s takes a whole number from %" PRIu64 " to %" PRIu64, name, min, max);
        return false;
    }
    *out = value;
    return true;
}

int bench_network(int argc, char **argv)
{
    const char *texts[7] = {0};
    bool json = false;
    const struct option_row rows[] = {
        OPTION_TEXT("nodes", 0, "N", NULL, "how many nodes (default: 4)", &texts[0]),
        OPTION_TEXT("clients", 0, "N", NULL, "senders at a time (default: 32)", &texts[1]),
        OPTION_TEXT("batch", 0, "N", NULL, "transactions in a call (default: 25)", &texts[2]),
        OPTION_TEXT("seconds", 0, "N", NULL, "how long each load lasts (default: 10)", &texts[3]),
        OPTION_TEXT("rate", 0, "N", NULL, "one open loop of N transactions a second only",
                    &texts[4]),
        OPTION_TEXT("size", 0, "BYTES", NULL, "of a transaction (default: 300, then 1024)",
                    &texts[5]),
        OPTION_TEXT("base-port", 0, "PORT", NULL, "first peer port (default: 46000)", &texts[6]),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "bench network",
        "Starts a network of real nodes on this machine, sends signed transactions and says how\n"
        "many become final, how soon and at what cost, beside what this machine allows at most:\n"
        "a closed loop, then a quarter and three times of what it reached.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t values[] = {4, 32, 25, 10, 0, 0, 46000};
    if (!number(&values[0], "nodes", texts[0], 4, LIMIT_VALIDATORS) ||
        !number(&values[1], "clients", texts[1], 1, BENCH_CLIENTS_MAX) ||
        !number(&values[2], "batch", texts[2], 1, LIMIT_HTTP_BATCH) ||
        !number(&values[3], "seconds", texts[3], 1, 3600) ||
        !number(&values[4], "rate", texts[4], 1, 1000000) ||
        !number(&values[5], "size", texts[5], 200, 1200) ||
        !number(&values[6], "base-port", texts[6], 1024, 64000)) {
        return TOOL_USAGE;
    }
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL) {
        return TOOL_NO;
    }
    bench->settings = (struct settings){.nodes = (uint32_t)values[0],
                                        .clients = (uint32_t)values[1],
                                        .batch = (uint32_t)values[2],
                                        .seconds = (uint32_t)values[3],
                                        .rate = values[4],
                                        .size = (uint32_t)values[5],
                                        .base_port = (uint16_t)values[6],
                                        .json = json};
    const int result = run(bench);
    free(bench);
    return result;
}
