/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/simnode/simnode.h"

void simnode_counters_add(struct simnode_counters *sum, const struct simnode_counters *run)
{
#define ADD(name, text, required) sum->name += run->name;
    SIMNODE_COUNTERS(ADD)
#undef ADD
}

void simnode_counters_print(FILE *out, const struct simnode_counters *counters)
{
#define PRINT(name, text, required)                                                                \
    (void)fprintf(out, "%12llu %s\n", (unsigned long long)counters->name, text);
    SIMNODE_COUNTERS(PRINT)
#undef PRINT
}

uint32_t simnode_counters_missing(FILE *out, const struct simnode_counters *counters)
{
    uint32_t missing = 0;
#define CHECK(name, text, required)                                                                \
    if ((required) && counters->name == 0) {                                                       \
        (void)fprintf(out, "never reached: %s\n", text);                                           \
        missing++;                                                                                 \
    }
    SIMNODE_COUNTERS(CHECK)
#undef CHECK
    return missing;
}
