/* SPDX-License-Identifier: Apache-2.0 */
/* The named configurations, the counters, the names of the adversaries. */

#include "tools/sim/sim.h"

#include <string.h>

static const struct sim_config configs[] = {
    {.name = "std",
     .what = "4 nodes, 1 adversary of every kind",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_MIXED,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true,
     .unable = true},
    {.name = "n5",
     .what = "5 nodes (not 3f+1), 1 mixed adversary",
     .nodes = 5,
     .byzantine = 1,
     .adversary = SIM_MIXED,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "n6",
     .what = "6 nodes (not 3f+1), 1 mixed adversary",
     .nodes = 6,
     .byzantine = 1,
     .adversary = SIM_MIXED,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true,
     .shared_orgs = true},
    {.name = "n7",
     .what = "7 nodes, 2 mixed adversaries",
     .nodes = 7,
     .byzantine = 2,
     .adversary = SIM_MIXED,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "n10",
     .what = "10 nodes, 3 mixed adversaries",
     .nodes = 10,
     .byzantine = 3,
     .adversary = SIM_MIXED,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "crash",
     .what = "4 honest nodes, crashes",
     .nodes = 4,
     .adversary = SIM_HONEST,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true,
     .unable = true},
    {.name = "lossy",
     .what = "60 % loss before GST",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_MIXED,
     .loss_percent = 60,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "silent4",
     .what = "4 nodes, 1 silent: exactly a quorum is left",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_SILENT,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "silent",
     .what = "7 nodes, 2 silent",
     .nodes = 7,
     .byzantine = 2,
     .adversary = SIM_SILENT,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "slow",
     .what = "T0 far below the delay, 4 nodes",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_MIXED,
     .loss_percent = 15,
     .t0_ms = 30,
     .crashes = true},
    {.name = "slow7",
     .what = "T0 far below the delay, 7 nodes, 2 silent",
     .nodes = 7,
     .byzantine = 2,
     .adversary = SIM_SILENT,
     .loss_percent = 15,
     .t0_ms = 30,
     .crashes = true},
    {.name = "wipe",
     .what = "4 nodes, one loses log and database",
     .nodes = 4,
     .adversary = SIM_HONEST,
     .loss_percent = 15,
     .t0_ms = 1000,
     .wipes = true},
    {.name = "equivocator",
     .what = "two blocks to two halves",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_EQUIVOCATOR,
     .loss_percent = 5,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "withholder",
     .what = "never gives a body away",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_WITHHOLDER,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "replayer",
     .what = "sends old messages again",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_REPLAYER,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "gift",
     .what = "gives each vote to one node only",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_GIFT_GIVER,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "falselock",
     .what = "nullifies with any lock",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_FALSE_LOCK,
     .loss_percent = 30,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "badparent",
     .what = "old parents, admissible or not",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_BAD_PARENT,
     .loss_percent = 30,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "outdated",
     .what = "says everything seconds late",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_OUTDATED,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "forger",
     .what = "certificates nobody signed",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_FORGER,
     .loss_percent = 15,
     .t0_ms = 1000,
     .crashes = true},
    {.name = "boaster",
     .what = "hints of huge views, heights, levels",
     .nodes = 4,
     .byzantine = 1,
     .adversary = SIM_BOASTER,
     .loss_percent = 15,
     .t0_ms = 200,
     .crashes = true},
    {.name = "calm",
     .what = "no faults at all, work without end",
     .nodes = 4,
     .adversary = SIM_HONEST,
     .t0_ms = 1000,
     .calm = true},
};

#define CONFIG_COUNT (sizeof configs / sizeof configs[0])

const struct sim_config *sim_config_at(uint32_t index)
{
    return index < CONFIG_COUNT ? &configs[index] : NULL;
}

const struct sim_config *sim_config_find(const char *name)
{
    for (uint32_t i = 0; i < CONFIG_COUNT; i++) {
        if (strcmp(configs[i].name, name) == 0) {
            return &configs[i];
        }
    }
    return NULL;
}

const char *sim_adversary_name(enum sim_adversary adversary)
{
    static const char *const names[SIM_ADVERSARIES] = {
        "honest", "mixed",      "silent",     "equivocator", "withholder", "replayer",
        "gift",   "false-lock", "bad-parent", "outdated",    "forger",     "boaster"};
    return adversary < SIM_ADVERSARIES ? names[adversary] : "?";
}

void sim_counters_add(struct sim_counters *sum, const struct sim_counters *run)
{
    const uint64_t views = sum->views > run->views ? sum->views : run->views;
    const uint64_t level = sum->level_max > run->level_max ? sum->level_max : run->level_max;
#define SIM_COUNTER_ADD(name, text) sum->name += run->name;
    SIM_COUNTERS(SIM_COUNTER_ADD)
#undef SIM_COUNTER_ADD
    sum->views = views;
    sum->level_max = level;
}

void sim_counters_print(FILE *out, const struct sim_counters *counters)
{
#define SIM_COUNTER_PRINT(name, text)                                                              \
    (void)fprintf(out, "  %-44s %12llu\n", text, (unsigned long long)counters->name);
    SIM_COUNTERS(SIM_COUNTER_PRINT)
#undef SIM_COUNTER_PRINT
}
