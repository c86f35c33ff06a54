/* SPDX-License-Identifier: Apache-2.0 */
/* `seam sim`: one seed of the simulator, event by event. The same seed prints the same bytes. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/sim/sim.h"
#include "tools/simnode/simnode.h"

static int list_configurations(void)
{
    const struct sim_config *config;
    for (uint32_t i = 0; (config = sim_config_at(i)) != NULL; i++) {
        (void)printf("%-12s %s\n", config->name, config->what);
    }
    return TOOL_OK;
}

static int list_node_configurations(void)
{
    const struct simnode_config *config;
    for (uint32_t i = 0; (config = simnode_config_at(i)) != NULL; i++) {
        (void)printf("%-13s %s\n", config->name, config->what);
    }
    return TOOL_OK;
}

static bool read_number(uint64_t *out, const char *text)
{
    uint64_t value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || value > UINT64_MAX / 10 - 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *out = value;
    return text[0] != '\0';
}

static int run(const char *name, uint64_t seed, bool quiet, bool all)
{
    const struct sim_options options = {.seed = seed,
                                        .config = sim_config_find(name),
                                        .trace = quiet ? NULL : stdout,
                                        .trace_all = all,
                                        .shadow = true};
    if (options.config == NULL) {
        output_note("seam: no configuration '%s'; see seam sim --list", name);
        return TOOL_USAGE;
    }
    const struct sim_result result = sim_run(&options);
    sim_counters_print(stdout, &result.counters);
    if (!result.ok) {
        (void)printf("FAILED %s seed %llu: %s\n", name, (unsigned long long)seed, result.failure);
        return TOOL_NO;
    }
    (void)printf("ok %s seed %llu, good network from %llu ms, all final %llu ms later\n", name,
                 (unsigned long long)seed, (unsigned long long)result.gst_ms,
                 (unsigned long long)result.done_ms);
    return TOOL_OK;
}

static int run_nodes(const char *name, uint64_t seed, bool quiet)
{
    const struct simnode_options options = {
        .seed = seed, .config = simnode_config_find(name), .trace = quiet ? NULL : stdout};
    if (options.config == NULL) {
        output_note("seam: no configuration '%s'; see seam sim --node --list", name);
        return TOOL_USAGE;
    }
    const struct simnode_result result = simnode_run(&options);
    simnode_counters_print(stdout, &result.counters);
    if (!result.ok) {
        (void)printf("FAILED %s seed %llu: %s\n", name, (unsigned long long)seed, result.failure);
        return TOOL_NO;
    }
    (void)printf("ok %s seed %llu, good network from %llu ms, all final %llu ms later, "
                 "transcript %016llx\n",
                 name, (unsigned long long)seed, (unsigned long long)result.good_ms,
                 (unsigned long long)result.done_ms, (unsigned long long)result.story);
    return TOOL_OK;
}

int cmd_sim(int argc, char **argv)
{
    const char *seed_text = "0";
    const char *name = NULL;
    bool node = false;
    bool quiet = false;
    bool all = false;
    bool list = false;
    const struct option_row rows[] = {
        OPTION_TEXT("seed", 's', "NUMBER", NULL, "which run; 0 if not given", &seed_text),
        OPTION_TEXT("config", 'c', "NAME", NULL,
                    "which consortium and faults; std or net4 if not given", &name),
        OPTION_SWITCH("node", 'n', "whole nodes instead of their consensus alone", &node),
        OPTION_SWITCH("quiet", 'q', "result and counters only", &quiet),
        OPTION_SWITCH("all", 'a', "also what arrives, and status messages", &all),
        OPTION_SWITCH("list", 'l', "print the configurations", &list),
    };
    const struct option_set set = OPTION_SET(
        "sim", "Replays one run of the simulated consortium, one line an event.", rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    if (list) {
        return node ? list_node_configurations() : list_configurations();
    }
    uint64_t seed = 0;
    if (!read_number(&seed, seed_text)) {
        output_note("seam: '%s' is not a seed", seed_text);
        return TOOL_USAGE;
    }
    if (node) {
        return run_nodes(name != NULL ? name : "net4", seed, quiet);
    }
    return run(name != NULL ? name : "std", seed, quiet, all);
}
