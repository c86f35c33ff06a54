/* SPDX-License-Identifier: Apache-2.0 */
/* The transcript: a line for what a reader wants to know, and a hash over all of it, so that two
 * runs of one seed can be held against each other without keeping either. */
#include <stdarg.h>
#include <stdio.h>

#include "tools/simnode/cluster.h"

#define FNV_PRIME UINT64_C(0x100000001b3)

void story_mix(struct cluster *cluster, struct bytes data)
{
    uint64_t hash = cluster->story;
    for (size_t i = 0; i < data.size; i++) {
        hash = (hash ^ data.data[i]) * FNV_PRIME;
    }
    cluster->story = hash;
}

void story_say(struct cluster *cluster, const struct host *host, const char *format, ...)
{
    char line[ENV_LOG_TEXT + 64];
    char who[16] = "";
    va_list list;
    if (host != NULL) {
        (void)snprintf(who, sizeof who, "n%u ", host->index);
    }
    const int start = snprintf(line, sizeof line, "%5llu.%06llu %s",
                               (unsigned long long)(cluster->now_us / 1000000),
                               (unsigned long long)(cluster->now_us % 1000000), who);
    va_start(list, format);
    (void)vsnprintf(line + start, sizeof line - (size_t)start, format, list);
    va_end(list);
    story_mix(cluster, bytes_text(line));
    if (cluster->trace != NULL) {
        (void)fprintf(cluster->trace, "%s\n", line);
    }
}
