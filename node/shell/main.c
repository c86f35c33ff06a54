/* SPDX-License-Identifier: Apache-2.0 */
/* seamd: arguments, configuration, then the daemon. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/crypto/sign.h"
#include "node/shell/daemon.h"
#include "node/shell/give_up.h"

extern char **environ;

static const char usage[] =
    "usage: seamd --config FILE\n"
    "\n"
    "Runs a node of a Seam network until it receives SIGTERM or SIGINT.\n"
    "\n"
    "  -c, --config FILE   configuration (YAML); SEAM_<SECTION>_<KEY> in the environment go above\n"
    "      --check         read and check the configuration, then end\n"
    "      --sample        print an annotated configuration, then end\n"
    "  -h, --help          this text\n"
    "  -V, --version       the version\n"
    "\n"
    "exit status: 0 stopped in order, 2 wrong use or configuration, 3 a port or lock is taken,\n"
    "4 disk or database, 5 genesis, keys and slots do not belong together, 6 divergence or\n"
    "double-vote guard (do not restart automatically)\n";

enum { OPTION_CHECK = 256, OPTION_SAMPLE };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},     {"check", no_argument, NULL, OPTION_CHECK},
    {"sample", no_argument, NULL, OPTION_SAMPLE}, {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},          {NULL, 0, NULL, 0},
};

struct arguments {
    const char *config;
    bool check;
};

/* True to go on; otherwise *status is how to end. */
static bool read_arguments(struct arguments *arguments, int *status, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "c:hV", long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments->config = optarg;
            break;
        case OPTION_CHECK:
            arguments->check = true;
            break;
        case OPTION_SAMPLE:
            fputs(config_sample(), stdout);
            *status = DAEMON_OK;
            return false;
        case 'h':
            fputs(usage, stdout);
            *status = DAEMON_OK;
            return false;
        case 'V':
            printf("seamd %s\n", SEAM_VERSION);
            *status = DAEMON_OK;
            return false;
        default:
            fputs("try: seamd --help\n", stderr);
            *status = DAEMON_USAGE;
            return false;
        }
    }
    if (arguments->config == NULL || optind != argc) {
        fputs(usage, stderr);
        *status = DAEMON_USAGE;
        return false;
    }
    return true;
}

static void print_refusal(const char *path, enum err err, const struct err_detail *detail)
{
    fprintf(stderr, "seamd: %s: %s", path, err_text(err, ERR_EN));
    if (detail->field[0] != '\0') {
        fprintf(stderr, "; %s", detail->field);
    }
    if (detail->limit[0] != '\0') {
        fprintf(stderr, " must be %s", detail->limit);
    }
    if (detail->hint[0] != '\0') {
        fprintf(stderr, " (%s)", detail->hint);
    }
    fputc('\n', stderr);
}

/* In a signal handler: the line goes out as it is. */
static void last_words(const char *doing)
{
    static const char before[] = "<2>level=error subsystem=storage event=\"";
    static const char after[] = "\" exit=4\n";
    if (write(STDERR_FILENO, before, sizeof before - 1) > 0 &&
        write(STDERR_FILENO, doing, strlen(doing)) > 0) {
        (void)!write(STDERR_FILENO, after, sizeof after - 1);
    }
    _exit(DAEMON_STORAGE);
}

int main(int argc, char **argv)
{
    give_up_words(last_words);
    /* A peer that resets its connection must not end us. */
    signal(SIGPIPE, SIG_IGN);
    /* A file that may not grow is a full disk: the write fails and we end in order (status 4). */
    signal(SIGXFSZ, SIG_IGN);
    /* The library's pool resolves names at most; ours never wait in it. */
    setenv("UV_THREADPOOL_SIZE", "2", 1);
    struct arguments arguments = {NULL, false};
    int status = DAEMON_OK;
    if (!read_arguments(&arguments, &status, argc, argv)) {
        return status;
    }
    struct config *config = malloc(sizeof(*config));
    struct err_detail detail = {0};
    if (config == NULL || sign_start() != OK) {
        fputs("seamd: no memory or no working cryptography\n", stderr);
        free(config);
        return DAEMON_START;
    }
    const enum err err = config_load(config, arguments.config, environ, &detail);
    if (err != OK) {
        print_refusal(arguments.config, err, &detail);
        status = DAEMON_USAGE;
    } else if (!arguments.check) {
        status = (int)daemon_run(config, SEAM_VERSION);
    }
    free(config);
    if (status == DAEMON_AGAIN) {
        execv("/proc/self/exe",
              argv); /* this very program, even if a newer one lies in its place */
        fputs("seamd: cannot start itself anew\n", stderr);
        status = DAEMON_STORAGE;
    }
    return status;
}
