/* SPDX-License-Identifier: Apache-2.0 */
/* The exposition text: one head for each name, values by label, nothing lost when it is full. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/shell/metrics.h"

static void test_render(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    assert_non_null(metrics);
    metrics_set(metrics, "seam_peer_connected", NULL, 3);
    metrics_add(metrics, "seam_peer_sent_frames_total", "control", 2);
    metrics_add(metrics, "seam_peer_sent_frames_total", "bulk", 1);
    metrics_add(metrics, "seam_peer_sent_frames_total", "control", 5);
    metrics_add(metrics, "seam_peer_connected", NULL, -1);
    char *text = malloc(METRICS_TEXT_MAX);
    assert_non_null(text);
    const size_t size = metrics_render(metrics, "0.1.0", text);
    assert_int_equal(size, strlen(text));
    assert_string_equal(
        text, "# HELP seam_node_info Version of this program.\n# TYPE seam_node_info gauge\n"
              "seam_node_info{version=\"0.1.0\"} 1\n"
              "# HELP seam_peer_connected Peers with both connections open.\n"
              "# TYPE seam_peer_connected gauge\nseam_peer_connected 2\n"
              "# HELP seam_peer_sent_frames_total Frames sent to peers.\n"
              "# TYPE seam_peer_sent_frames_total counter\n"
              "seam_peer_sent_frames_total{channel=\"control\"} 7\n"
              "seam_peer_sent_frames_total{channel=\"bulk\"} 1\n");
    free(text);
    metrics_free(metrics);
}

static void test_full(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    assert_non_null(metrics);
    static char labels[METRICS_MAX + 1][16];
    for (size_t i = 0; i <= METRICS_MAX; i++) {
        snprintf(labels[i], sizeof(labels[i]), "l%zu", i);
        metrics_set(metrics, "seam_test_gauge", labels[i], (int64_t)i);
    }
    assert_int_equal(metrics_get(metrics, "seam_test_gauge", labels[METRICS_MAX - 1]),
                     METRICS_MAX - 1);
    assert_int_equal(metrics_get(metrics, "seam_test_gauge", labels[METRICS_MAX]), 0);
    assert_int_equal(metrics_get(metrics, "seam_nothing", NULL), 0);
    metrics_free(metrics);
}

/* Every metric that the node writes has its sentence, so that /metrics explains itself. */
static void check_file(const char *path, const char *name)
{
    char full[1024];
    snprintf(full, sizeof(full), "%s/%s/%s", SEAM_SOURCE_DIR, path, name);
    FILE *file = fopen(full, "r");
    assert_non_null(file);
    char line[1024];
    while (fgets(line, sizeof(line), file) != NULL) {
        const char *start = strstr(line, "\"seam_");
        const char *end = start == NULL ? NULL : strchr(start + 1, '"');
        if (end == NULL) {
            continue;
        }
        char metric[128];
        snprintf(metric, sizeof(metric), "%.*s", (int)(end - start - 1), start + 1);
        if (strspn(metric, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(metric)) {
            continue; /* a text that only begins like one */
        }
        if (metrics_help(metric) == NULL) {
            fail_msg("%s: %s has no sentence in metrics.c", full, metric);
        }
    }
    fclose(file);
}

static void test_help(void **state)
{
    (void)state;
    const char *const folders[] = {"node/core", "node/shell"};
    size_t files = 0;
    for (size_t i = 0; i < 2; i++) {
        char path[1024];
        snprintf(path, sizeof(path), "%s/%s", SEAM_SOURCE_DIR, folders[i]);
        DIR *stream = opendir(path);
        assert_non_null(stream);
        for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
            const size_t size = strlen(entry->d_name);
            if (size > 2 && strcmp(entry->d_name + size - 2, ".c") == 0) {
                check_file(folders[i], entry->d_name);
                files++;
            }
        }
        closedir(stream);
    }
    assert_true(files > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
