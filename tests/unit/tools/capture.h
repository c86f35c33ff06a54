/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_TOOLS_CAPTURE_H
#define TESTS_UNIT_TOOLS_CAPTURE_H

/* Running a command of the seam program inside a test, in a directory of its own, with what it
 * prints caught. Include cmocka first. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPTURE_MAX (1024 * 1024)
#define CAPTURE_ARGUMENTS 24

struct capture {
    char directory[64];
    char out[CAPTURE_MAX]; /* stdout of the last command */
    char err[CAPTURE_MAX]; /* stderr */
};

static struct capture capture;

/* Makes an empty directory and goes there; no setting of the caller's reaches the commands. */
static inline int capture_start(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "SEAM_NODE",    "SEAM_TOKEN",           "SEAM_KEY",
        "SEAM_GENESIS", "SEAM_PASSPHRASE_FILE", "XDG_CONFIG_HOME"};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        unsetenv(settings[i]);
    }
    strcpy(capture.directory, "/tmp/seam-test-XXXXXX");
    if (mkdtemp(capture.directory) == NULL || chdir(capture.directory) != 0) {
        return -1;
    }
    return setenv("SEAM_CONFIG", "seam.conf", 1);
}

static inline int capture_finish(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", capture.directory);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static inline void capture_file(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline size_t capture_read(const char *name, char *out)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    const size_t size = fread(out, 1, CAPTURE_MAX - 1, file);
    out[size] = '\0';
    fclose(file);
    return size;
}

/* Runs `line`, words separated by single blanks, and gives the exit status. */
static inline int capture_run(int (*command)(int argc, char **argv), const char *line)
{
    static char words[4096];
    char *argv[CAPTURE_ARGUMENTS + 1] = {NULL};
    int argc = 0;
    assert_true(strlen(line) < sizeof words);
    strcpy(words, line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(argc < CAPTURE_ARGUMENTS);
        argv[argc++] = word;
    }
    fflush(stdout);
    fflush(stderr);
    const int old_out = dup(STDOUT_FILENO);
    const int old_err = dup(STDERR_FILENO);
    assert_non_null(freopen("captured.out", "wb", stdout));
    assert_non_null(freopen("captured.err", "wb", stderr));
    const int status = command(argc, argv);
    fflush(stdout);
    fflush(stderr);
    dup2(old_out, STDOUT_FILENO);
    dup2(old_err, STDERR_FILENO);
    close(old_out);
    close(old_err);
    capture_read("captured.out", capture.out);
    capture_read("captured.err", capture.err);
    return status;
}

#define assert_contains(text, part)                                                                \
    do {                                                                                           \
        if (strstr((text), (part)) == NULL) {                                                      \
            fail_msg("\"%s\" is not in: %s", (part), (text));                                      \
        }                                                                                          \
    } while (0)

#endif
