/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

/* Options of a command as one table that getopt_long parses and --help prints. A value comes from
 * the command line, else from the row's environment variable, else from the configuration file
 * (lines `name value`; $SEAM_CONFIG, else $XDG_CONFIG_HOME/seam/seam.conf, else
 * ~/.config/seam/seam.conf). Only rows with an environment variable are looked up there.
 *
 *     const char *genesis = "genesis.json";
 *     bool json = false;
 *     const struct option_row rows[] = {
 *         OPTION_TEXT("genesis", 'g', "FILE", NULL, "founding document of the network", &genesis),
 *         OPTION_SWITCH("json", 0, "print one JSON document", &json),
 *     };
 *     const struct option_set set = OPTION_SET("certificate verify FILE", "Checks ...", rows, 1,
 * 1); int first = 0; int status = options_parse(&set, argc, argv, &first); if (status !=
 * OPTIONS_GO) { return status;
 *     }
 *     argv[first] is FILE */

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_GO (-1)
#define OPTIONS_MAX 24

struct option_row {
    const char *name; /* "genesis" for --genesis */
    char letter; /* 'g' for -g, or 0 */
    const char *value; /* "FILE", or NULL for a switch */
    const char *environment; /* "SEAM_NODE" or NULL */
    const char *help;
    const char **text; /* receives the value; keeps its default when nothing is given */
    bool *on; /* receives true; switches only */
};

struct option_set {
    const char *usage; /* "certificate verify FILE": follows "seam " */
    const char *purpose; /* one or more sentences */
    const struct option_row *rows;
    size_t count;
    int operands_min; /* arguments that are not options */
    int operands_max;
};

#define OPTION_TEXT(name_, letter_, value_, environment_, help_, text_)                            \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .value = (value_), .environment = (environment_),    \
        .help = (help_), .text = (text_)                                                           \
    }
#define OPTION_SWITCH(name_, letter_, help_, on_)                                                  \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .help = (help_), .on = (on_)                         \
    }
#define OPTION_SET(usage_, purpose_, rows_, min_, max_)                                            \
    {                                                                                              \
        .usage = (usage_), .purpose = (purpose_), .rows = (rows_),                                 \
        .count = sizeof(rows_) / sizeof(rows_)[0], .operands_min = (min_), .operands_max = (max_)  \
    }

/* Rows that many commands share. */
#define OPTION_JSON(on_) OPTION_SWITCH("json", 'j', "print one JSON document and nothing else", on_)
#define OPTION_NODE(text_)                                                                         \
    OPTION_TEXT("node", 'n', "URL", "SEAM_NODE", "address of the node's HTTP interface", text_)
#define OPTION_TOKEN(text_)                                                                        \
    OPTION_TEXT("token", 't', "TOKEN", "SEAM_TOKEN", "access token, see GetResourcePlatToken",     \
                text_)
#define OPTION_KEY(text_) OPTION_TEXT("key", 'k', "FILE", "SEAM_KEY", "key file that signs", text_)
#define OPTION_PASSPHRASE(text_)                                                                   \
    OPTION_TEXT("passphrase-file", 0, "FILE", "SEAM_PASSPHRASE_FILE",                              \
                "file with the passphrase of the key", text_)
#define OPTION_GENESIS(text_)                                                                      \
    OPTION_TEXT("genesis", 'g', "FILE", "SEAM_GENESIS", "genesis.json of the network", text_)

/* options_parse fills the rows' targets and sets *first to the index of the first operand.
 * OPTIONS_GO to go on; otherwise the exit status: --help was printed or the use was wrong. */
int options_parse(const struct option_set *set, int argc, char **argv, int *first);

/* options_help prints the same table. For tests and the reference page. */
void options_help(const struct option_set *set);

#endif
