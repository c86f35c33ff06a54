/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_all.h"

#include <stdio.h>

#include "ledger/base/num.h"
#include "tools/bench_calc.h"
#include "tools/bench_network.h"
#include "tools/bench_parts.h"
#include "tools/bench_trace.h"
#include "tools/bench_transfer.h"
#include "tools/command.h"
#include "tools/options.h"

#define ARGUMENTS 3

/* Benchmarks that say what they found in lines of text, and their size for --quick. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *size; /* its option */
    const char *quick;
} others[] = {
    {"calc", bench_calc, "--lines", "2000"},
    {"transfer", bench_transfer, "--transfers", "100"},
    {"trace", bench_trace, "--lots", "2002"},
};

static void heading(const char *text)
{
    output_line("### %s", text);
    output_line("%s", "");
    (void)fflush(stdout);
}

static int run_others(bool quick)
{
    int status = TOOL_OK;
    for (size_t i = 0; i < sizeof others / sizeof others[0] && status == TOOL_OK; i++) {
        char *arguments[ARGUMENTS + 1] = {(char *)(uintptr_t)others[i].name,
                                          (char *)(uintptr_t)others[i].size,
                                          (char *)(uintptr_t)others[i].quick, NULL};
        if (!quick) {
            arguments[1] = NULL;
        }
        output_note("bench %s", others[i].name);
        output_line("%s", "```");
        output_line("$ seam bench %s", others[i].name);
        status = others[i].run(quick ? ARGUMENTS : 1, arguments);
        output_line("%s", "```");
    }
    return status;
}

static int run(const struct bench_network_settings *network,
               const struct bench_parts_settings *parts, bool quick)
{
    heading("A network under load: `seam bench network`");
    int status = bench_network_run(network);
    if (status == TOOL_OK) {
        output_line("%s", "");
        heading("Each part by itself: `seam bench parts`");
        status = bench_parts_run(parts);
    }
    if (status == TOOL_OK) {
        output_line("%s", "");
        heading("Lines, transfers, traces");
        status = run_others(quick);
    }
    return status;
}

int bench_all(int argc, char **argv)
{
    const char *port = NULL;
    bool quick = false;
    const struct option_row rows[] = {
        OPTION_TEXT("base-port", 0, "PORT", NULL, "first peer port (default: 19000)", &port),
        OPTION_SWITCH("quick", 0, "small sizes, only to see that everything runs", &quick),
    };
    const struct option_set set =
        OPTION_SET("bench all",
                   "Runs every benchmark and prints the tables of docs/performance.md. Takes some\n"
                   "minutes, during which nothing else should use the machine.",
                   rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t base = 0;
    if (port != NULL && (!num_parse_u64(&base, bytes_text(port), 64000) || base < 1024)) {
        output_note("seam: --base-port takes a whole number from 1024 to 64000");
        return TOOL_USAGE;
    }
    const struct bench_network_settings network = {.base_port = (uint16_t)base,
                                                   .seconds = quick ? 1 : 0,
                                                   .batch = quick ? 10 : 0,
                                                   .clients = quick ? 4 : 0,
                                                   .form = BENCH_MARKDOWN};
    const struct bench_parts_settings parts = {
        .keys = quick ? 1000 : 0, .run_ms = quick ? 1 : 0, .form = BENCH_MARKDOWN};
    return run(&network, &parts, quick);
}
