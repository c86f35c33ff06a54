/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/bench.h"
#include "tools/command.h"
#include "tools/output.h"

#define ANSWER_MAX ((size_t)1 << 20)

enum { CELL = 32, BOUND_COLUMNS = 10, PHASE_COLUMNS = 19, PEAK_COLUMN = 4 };

static uint64_t bound(const struct bench_report *report, size_t kind)
{
    return bench_bounds_network(&report->kinds[kind].bounds, report->nodes, report->cpus);
}

/* What the closed loops of this kind reached at most; 0: there was none. */
static uint64_t peak(const struct bench_report *report, size_t kind)
{
    uint64_t most = 0;
    for (size_t i = 0; i < report->phase_count; i++) {
        const struct bench_phase *phase = &report->phases[i];
        const uint64_t reached = bench_load_goodput(&phase->load);
        if (phase->kind == kind && phase->rate == 0 && reached > most) {
            most = reached;
        }
    }
    return most;
}

static uint64_t ratio(uint64_t part, uint64_t whole, uint64_t times)
{
    return whole == 0 ? 0 : part * times / whole;
}

/* What the parts of the work cost at all nodes, in per mille of what the nodes really used: unlike
 * the rate it hardly moves when something else uses the machine. */
static uint64_t work_permille(const struct bench_report *report, const struct bench_phase *phase)
{
    const uint64_t parts = bench_bounds_node_ns(&report->kinds[phase->kind].bounds) * report->nodes;
    return ratio(parts * phase->load.final / 1000, phase->cpu_ms, 1);
}

/* How fast the machine was under this load, of what it was while the bounds were measured. */
static uint64_t pace_permille(const struct bench_report *report, const struct bench_phase *phase)
{
    return ratio(report->kinds[phase->kind].yardstick_ns, phase->yardstick_ns, 1000);
}

static uint64_t drain_ms(const struct bench_load *load)
{
    return load->wall_ns > load->offered_ns ? (load->wall_ns - load->offered_ns) / 1000000 : 0;
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void phase_json(const struct bench_report *report, const struct bench_phase *phase,
                       struct json_out *out)
{
    const struct bench_load *load = &phase->load;
    const uint64_t goodput = bench_load_goodput(load);
    json_out_object(out);
    json_out_field_text(out, "load", report->kinds[phase->kind].name);
    json_out_field_text(out, "phase", phase->name);
    json_out_field_uint(out, "bytes", report->kinds[phase->kind].bounds.bytes);
    json_out_field_uint(out, "offered_per_second", phase->rate);
    json_out_field_uint(out, "sent", load->sent);
    json_out_field_uint(out, "final", load->final);
    json_out_field_uint(out, "busy", load->busy);
    json_out_field_uint(out, "refused", load->refused);
    json_out_field_uint(out, "lost", load->lost);
    json_out_field_text(out, "why", load->why);
    json_out_field_uint(out, "late_batches", load->late);
    json_out_field_uint(out, "late_max_us", load->late_max_us);
    json_out_field_uint(out, "batches_under_way_max", load->flying_max);
    json_out_field_array(out, "final_in_each_second");
    for (uint32_t i = 0; i < load->seconds; i++) {
        json_out_uint(out, load->final_in[i]);
    }
    json_out_end(out);
    json_out_field_uint(out, "goodput_per_second", goodput);
    json_out_field_uint(out, "final_per_second_to_the_last_answer",
                        bench_per_second(load->final, load->wall_ns));
    if (peak(report, phase->kind) > 0) {
        json_out_field_uint(out, "permille_of_peak",
                            ratio(goodput, peak(report, phase->kind), 1000));
    }
    json_out_field_uint(out, "permille_of_bound", ratio(goodput, bound(report, phase->kind), 1000));
    json_out_field_uint(out, "p50_us", bench_load_percentile(load, 500));
    json_out_field_uint(out, "p99_us", bench_load_percentile(load, 990));
    json_out_field_uint(out, "max_us", bench_load_percentile(load, 1000));
    json_out_field_uint(out, "drain_ms", drain_ms(load));
    json_out_field_bool(out, "settled", phase->settled);
    json_out_field_uint(out, "cpu_us_per_transaction", ratio(phase->cpu_ms, load->final, 1000));
    json_out_field_uint(out, "permille_of_cpu_bound", work_permille(report, phase));
    json_out_field_uint(out, "generator_cpu_us_per_transaction",
                        ratio(load->cpu_ns / 1000, load->sent, 1));
    json_out_field_uint(out, "generator_permille_of_cpu",
                        ratio(load->cpu_ns / 1000, phase->cpu_ms + load->cpu_ns / 1000000, 1));
    json_out_field_uint(out, "elsewhere_permille_of_machine", phase->elsewhere_permille);
    json_out_field_uint(out, "yardstick_ns", phase->yardstick_ns);
    json_out_field_uint(out, "pace_permille", pace_permille(report, phase));
    json_out_field_uint(out, "peak_rss_kib", phase->peak_rss_kib);
    json_out_field_uint(out, "disk_bytes_per_transaction",
                        ratio(phase->disk_bytes, load->final, 1));
    json_out_field_uint(out, "log_bytes", phase->log_bytes);
    json_out_field_bool(out, "ran_out_of_requests", load->exhausted && phase->rate == 0);
    json_out_end(out);
}

static void bounds_json(const struct bench_report *report, size_t kind, struct json_out *out)
{
    const struct bench_bounds *bounds = &report->kinds[kind].bounds;
    json_out_object(out);
    json_out_field_text(out, "load", report->kinds[kind].name);
    json_out_field_uint(out, "batch", report->kinds[kind].batch);
    json_out_field_uint(out, "bytes", bounds->bytes);
    json_out_field_uint(out, "verify_ns", bounds->verify_ns);
    json_out_field_uint(out, "decode_ns", bounds->decode_ns);
    json_out_field_uint(out, "execute_ns", bounds->execute_ns);
    json_out_field_uint(out, "tree_ns", bounds->tree_ns);
    json_out_field_uint(out, "commit_ns", bounds->commit_ns);
    json_out_field_uint(out, "block", bounds->block);
    json_out_field_uint(out, "synced_batch_us", bounds->sync_wall_ns / 1000);
    json_out_field_uint(out, "disk_bytes", bounds->disk_bytes);
    json_out_field_uint(out, "yardstick_ns", report->kinds[kind].yardstick_ns);
    json_out_field_uint(out, "transactions_per_second", bound(report, kind));
    json_out_end(out);
}

static int print_json(const struct bench_report *report)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, ANSWER_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "machine", report->machine);
    json_out_field_uint(&out, "nodes", report->nodes);
    json_out_field_uint(&out, "clients", report->clients);
    json_out_field_uint(&out, "seconds", report->seconds);
    json_out_field_array(&out, "bounds");
    for (size_t i = 0; i < report->kind_count; i++) {
        bounds_json(report, i, &out);
    }
    json_out_end(&out);
    json_out_field_array(&out, "phases");
    for (size_t i = 0; i < report->phase_count; i++) {
        phase_json(report, &report->phases[i], &out);
    }
    json_out_end(&out);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

/* --- tables ---------------------------------------------------------------------------------- */

static const struct output_column bound_columns[BOUND_COLUMNS] = {
    {"LOAD", false},      {"BYTES", true},           {"VERIFY US", true}, {"DECODE US", true},
    {"EXECUTE US", true}, {"TREE US", true},         {"COMMIT US", true}, {"SUM US", true},
    {"BOUND/S", true},    {"SYNCED BATCH US", true},
};

static const struct output_column phase_columns[PHASE_COLUMNS] = {
    {"LOAD", false},       {"HOW", false},       {"OFFERED/S", true}, {"FINAL/S", true},
    {"% OF PEAK", true},   {"% OF BOUND", true}, {"BUSY", true},      {"OTHER", true},
    {"LATE", true},        {"P50 MS", true},     {"P99 MS", true},    {"MAX MS", true},
    {"DRAIN MS", true},    {"CPU US/TX", true},  {"% OF CPU", true},  {"GENERATOR US/TX", true},
    {"ELSEWHERE %", true}, {"PACE %", true},     {"DISK B/TX", true},
};

static void tenths(char out[CELL], uint64_t ns)
{
    (void)snprintf(out, CELL, "%" PRIu64 ".%" PRIu64, ns / 1000, ns / 100 % 10);
}

static void bound_cells(const struct bench_report *report, size_t kind,
                        char cells[BOUND_COLUMNS][CELL])
{
    const struct bench_bounds *bounds = &report->kinds[kind].bounds;
    const uint64_t parts[] = {bounds->verify_ns, bounds->decode_ns, bounds->execute_ns,
                              bounds->tree_ns,   bounds->commit_ns, bench_bounds_node_ns(bounds)};
    (void)snprintf(cells[0], CELL, "%s", report->kinds[kind].name);
    (void)snprintf(cells[1], CELL, "%" PRIu64, bounds->bytes);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        tenths(cells[2 + i], parts[i]);
    }
    (void)snprintf(cells[8], CELL, "%" PRIu64, bound(report, kind));
    (void)snprintf(cells[9], CELL, "%" PRIu64, bounds->sync_wall_ns / 1000);
}

static void phase_cells(const struct bench_report *report, const struct bench_phase *phase,
                        char cells[PHASE_COLUMNS][CELL])
{
    const struct bench_load *load = &phase->load;
    const uint64_t goodput = bench_load_goodput(load);
    const uint64_t numbers[PHASE_COLUMNS - 2] = {
        phase->rate,
        goodput,
        ratio(goodput, peak(report, phase->kind), 100),
        ratio(goodput, bound(report, phase->kind), 100),
        load->busy,
        load->refused + load->lost,
        load->late,
        bench_load_percentile(load, 500) / 1000,
        bench_load_percentile(load, 990) / 1000,
        bench_load_percentile(load, 1000) / 1000,
        drain_ms(load),
        ratio(phase->cpu_ms, load->final, 1000),
        work_permille(report, phase) / 10,
        ratio(load->cpu_ns / 1000, load->sent, 1),
        phase->elsewhere_permille / 10,
        pace_permille(report, phase) / 10,
        ratio(phase->disk_bytes, load->final, 1),
    };
    (void)snprintf(cells[0], CELL, "%s", report->kinds[phase->kind].name);
    (void)snprintf(cells[1], CELL, "%s", phase->name);
    for (size_t i = 0; i < PHASE_COLUMNS - 2; i++) {
        (void)snprintf(cells[2 + i], CELL, "%" PRIu64, numbers[i]);
    }
    if (peak(report, phase->kind) == 0) {
        (void)snprintf(cells[PEAK_COLUMN], CELL, "-"); /* no closed loop ran */
    }
}

/* A table of either form; rows are asked for one by one. */
static void print_table(const struct bench_report *report, bool phases, enum bench_form form)
{
    const struct output_column *columns = phases ? phase_columns : bound_columns;
    const size_t width = phases ? PHASE_COLUMNS : BOUND_COLUMNS;
    const size_t count = phases ? report->phase_count : report->kind_count;
    struct bench_table *table = bench_table_new(columns, width, form);
    for (size_t i = 0; i < count; i++) {
        char cells[PHASE_COLUMNS][CELL];
        const char *texts[PHASE_COLUMNS];
        if (phases) {
            phase_cells(report, &report->phases[i], cells);
        } else {
            bound_cells(report, i, cells);
        }
        for (size_t k = 0; k < width; k++) {
            texts[k] = cells[k];
        }
        bench_table_row(table, texts);
    }
    bench_table_print(table);
}

static void print_words(const struct bench_report *report)
{
    if (report->phase_count == 1) {
        output_line("%s; %u nodes, %u s. Generator and nodes share the machine.", report->machine,
                    report->nodes, report->seconds);
    } else {
        output_line(
            "%s; %u nodes, %u s each; closed loops of %u clients; a quarter and three times are "
            "open "
            "loops of what the closed one before reached. Generator and nodes share the machine.",
            report->machine, report->nodes, report->seconds, report->clients);
    }
    for (size_t i = 0; i < report->kind_count; i++) {
        output_line("%s: batches of %u.", report->kinds[i].name, report->kinds[i].batch);
    }
}

int bench_report_print(const struct bench_report *report, enum bench_form form)
{
    if (form == BENCH_JSON) {
        return print_json(report);
    }
    uint64_t rss = 0;
    uint64_t log = 0;
    print_words(report);
    output_line("%s", "");
    print_table(report, false, form);
    output_line("%s", "");
    print_table(report, true, form);
    for (size_t i = 0; i < report->phase_count; i++) {
        const struct bench_phase *phase = &report->phases[i];
        rss = phase->peak_rss_kib;
        log = phase->log_bytes;
        if (!phase->settled) {
            output_line("%s, %s: the nodes did not work off what they had taken.",
                        report->kinds[phase->kind].name, phase->name);
        }
        if (phase->load.exhausted && phase->rate == 0) {
            output_line("%s, %s: there was nothing more to send; its rate is too low.",
                        report->kinds[phase->kind].name, phase->name);
        }
        if (phase->load.why[0] != '\0') {
            output_note("%s, %s: refused with %s", report->kinds[phase->kind].name, phase->name,
                        phase->load.why);
        }
    }
    output_line("%s", "");
    output_line("Largest node: %" PRIu64
                " MiB resident at most. Consensus logs, used again and not "
                "in the last column: %" PRIu64 " MiB over all nodes.",
                rss / 1024, log >> 20);
    return TOOL_OK;
}
