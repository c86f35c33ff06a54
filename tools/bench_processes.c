/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_processes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench.h"

#define TEXT 4096

static bool read_text(const char *path, char out[TEXT])
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    const size_t got = fread(out, 1, TEXT - 1, file);
    out[got] = '\0';
    fclose(file);
    return got > 0;
}

/* Fields 14 and 15 of /proc/PID/stat, counted behind the name in parentheses: user and system time
 * in ticks. */
static uint64_t cpu_ms(const char *stat)
{
    const char *at = strrchr(stat, ')');
    unsigned long long user = 0;
    unsigned long long system = 0;
    for (int field = 2; at != NULL && field < 14; field++) {
        at = strchr(at + 1, ' ');
    }
    if (at == NULL || sscanf(at, " %llu %llu", &user, &system) != 2) {
        return 0;
    }
    return (user + system) * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK);
}

/* The number behind a name at the beginning of a line: "VmHWM:   12345 kB". */
static uint64_t number_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10);
}

static enum err add_disk(struct bench_usage *sum, const struct localnet *net, uint32_t node)
{
    char path[LOCALNET_PATH_MAX];
    static const char *const databases[] = {"data/chain", "data/local"};
    enum err err = OK;
    for (size_t i = 0; i < sizeof databases / sizeof databases[0] && err == OK; i++) {
        err = localnet_path(path, net, node, databases[i]);
        if (err == OK) {
            sum->disk_bytes += bench_directory_bytes(path);
        }
    }
    if (err == OK) {
        err = localnet_path(path, net, node, "data/log");
    }
    if (err == OK) {
        sum->log_bytes += bench_directory_bytes(path);
    }
    return err;
}

enum err bench_usage_of(struct bench_usage *out, const struct localnet *net,
                        struct err_detail *detail)
{
    struct bench_usage sum = {0};
    for (uint32_t i = 1; i <= net->nodes; i++) {
        struct localnet_node node;
        char path[LOCALNET_PATH_MAX];
        char text[TEXT];
        enum err err = localnet_look(&node, net, i, detail);
        if (err != OK) {
            return err;
        }
        (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)node.pid);
        if (node.pid == 0 || !read_text(path, text)) {
            return err_set(detail, ERR_ABSENT, "node", NULL, NULL, "a node does not run any more");
        }
        sum.cpu_ms += cpu_ms(text);
        (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)node.pid);
        if (read_text(path, text)) {
            const uint64_t rss = number_of(text, "VmHWM:");
            sum.peak_rss_kib = rss > sum.peak_rss_kib ? rss : sum.peak_rss_kib;
        }
        err = add_disk(&sum, net, i);
        if (err != OK) {
            return err;
        }
    }
    *out = sum;
    return OK;
}

/* "cpu  user nice system idle iowait irq softirq steal": the first line, in ticks. */
void bench_ticks_of(struct bench_ticks *out)
{
    char text[TEXT];
    unsigned long long parts[8] = {0};
    const uint64_t tick_ms = 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
    *out = (struct bench_ticks){0};
    if (!read_text("/proc/stat", text) ||
        sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &parts[0], &parts[1], &parts[2],
               &parts[3], &parts[4], &parts[5], &parts[6], &parts[7]) != 8) {
        return;
    }
    for (size_t i = 0; i < 8; i++) {
        const bool idle = i == 3 || i == 4;
        out->all_ms += parts[i] * tick_ms;
        out->busy_ms += idle ? 0 : parts[i] * tick_ms;
    }
}

void bench_machine(char *out, size_t size, uint32_t *cpus)
{
    char text[TEXT];
    char model[100] = "unknown processor";
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    *cpus = count > 0 ? (uint32_t)count : 1;
    const char *at = read_text("/proc/cpuinfo", text) ? strstr(text, "model name") : NULL;
    at = at == NULL ? NULL : strchr(at, ':');
    if (at != NULL) {
        (void)snprintf(model, sizeof model, "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
    }
    const uint64_t memory = read_text("/proc/meminfo", text) ? number_of(text, "MemTotal:") : 0;
    (void)snprintf(out, size, "%" PRIu32 " x %s, %" PRIu64 " MiB", *cpus, model, memory / 1024);
}
