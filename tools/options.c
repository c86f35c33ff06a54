/* SPDX-License-Identifier: Apache-2.0 */
/* The table is turned into getopt_long's own. Options may stand anywhere among the operands; what
 * follows "--" is operands only. Values from the configuration file live until the program ends. */

#include "tools/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/output.h"

#define OPTION_LONG_ONLY 256
#define OPTION_HELP 255
#define CONFIG_SIZE_MAX 16384

static char config_text[CONFIG_SIZE_MAX];

void options_help(const struct option_set *set)
{
    (void)printf("usage: seam %s\n\n%s\n\n", set->usage, set->purpose);
    for (size_t i = 0; i < set->count; i++) {
        const struct option_row *row = &set->rows[i];
        char left[64];
        (void)snprintf(left, sizeof left, "%c%c%c --%s%s%s", row->letter == 0 ? ' ' : '-',
                       row->letter == 0 ? ' ' : row->letter, row->letter == 0 ? ' ' : ',',
                       row->name, row->value == NULL ? "" : " ",
                       row->value == NULL ? "" : row->value);
        (void)printf("  %-28s %s", left, row->help);
        if (row->environment != NULL) {
            (void)printf(" [%s]", row->environment);
        }
        if (row->text != NULL && *row->text != NULL && (*row->text)[0] != '\0') {
            (void)printf(" (default: %s)", *row->text);
        }
        (void)printf("\n");
    }
    (void)printf("  %-28s %s\n", "-h, --help", "this text");
}

/* Reads the configuration file once; an absent one is empty. */
static void config_read(void)
{
    static bool done = false;
    if (done) {
        return;
    }
    done = true;
    char path[1024];
    const char *named = getenv("SEAM_CONFIG");
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (named != NULL) {
        length = snprintf(path, sizeof path, "%s", named);
    } else if (base != NULL && base[0] != '\0') {
        length = snprintf(path, sizeof path, "%s/seam/seam.conf", base);
    } else if (home != NULL) {
        length = snprintf(path, sizeof path, "%s/.config/seam/seam.conf", home);
    }
    if (length < 0 || (size_t)length >= sizeof path) {
        return;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    const size_t size = fread(config_text, 1, sizeof config_text - 1, file);
    config_text[size] = '\0';
    (void)fclose(file);
    /* Cut into lines once, so that values can be borrowed. */
    for (size_t i = 0; i < size; i++) {
        config_text[i] = config_text[i] == '\n' ? '\0' : config_text[i];
    }
}

/* The value of `name value`, or NULL. */
static const char *config_value(const char *name)
{
    config_read();
    const size_t length = strlen(name);
    const char *end = config_text + sizeof config_text;
    const char *line = config_text;
    while (line < end) {
        if (strncmp(line, name, length) == 0 && (line[length] == ' ' || line[length] == '\t')) {
            return line + length + strspn(line + length, " \t");
        }
        line += strlen(line) + 1;
    }
    return NULL;
}

/* Environment and file stand below the command line. They are read when the use is right, so that
 * --help never shows what is in them. */
static void apply_environment(const struct option_set *set, const bool given[OPTIONS_MAX])
{
    for (size_t i = 0; i < set->count; i++) {
        const struct option_row *row = &set->rows[i];
        if (row->environment == NULL || row->text == NULL || given[i]) {
            continue;
        }
        const char *value = getenv(row->environment);
        if (value == NULL || value[0] == '\0') {
            value = config_value(row->name);
        }
        if (value != NULL && value[0] != '\0') {
            *row->text = value;
        }
    }
}

static void getopt_tables(const struct option_set *set, struct option *longs, char *shorts)
{
    size_t at = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct option_row *row = &set->rows[i];
        longs[i] = (struct option){.name = row->name,
                                   .has_arg = row->value == NULL ? no_argument : required_argument,
                                   .val = OPTION_LONG_ONLY + (int)i};
        if (row->letter != 0) {
            shorts[at++] = row->letter;
        }
        if (row->letter != 0 && row->value != NULL) {
            shorts[at++] = ':';
        }
    }
    longs[set->count] = (struct option){.name = "help", .val = OPTION_HELP};
    shorts[at++] = 'h';
    shorts[at] = '\0';
}

static const struct option_row *row_of(const struct option_set *set, int found)
{
    if (found >= OPTION_LONG_ONLY) {
        return &set->rows[found - OPTION_LONG_ONLY];
    }
    for (size_t i = 0; i < set->count; i++) {
        if (set->rows[i].letter == found) {
            return &set->rows[i];
        }
    }
    return NULL;
}

static int usage(const struct option_set *set)
{
    output_note("usage: seam %s", set->usage);
    output_note("`--help` says more");
    return TOOL_USAGE;
}

/* Operands stand in the usage line in capital letters; the words after an option are its own. */
static void say_missing(const struct option_set *set, int given)
{
    const char *word = set->usage;
    bool value = false;
    while (*word != '\0') {
        const size_t size = strcspn(word, " ");
        const bool option = word[0] == '-' || word[0] == '[';
        if (!option && !value && word[0] >= 'A' && word[0] <= 'Z' && given-- == 0) {
            output_note("seam: %.*s is missing", (int)size, word);
            return;
        }
        value = option && word[size - 1] != ']';
        word += size;
        word += strspn(word, " ");
    }
    output_note("seam: something is missing");
}

int options_parse(const struct option_set *set, int argc, char **argv, int *first)
{
    assert(set->count <= OPTIONS_MAX);
    struct option longs[OPTIONS_MAX + 2] = {{0}};
    char shorts[2 * OPTIONS_MAX + 2];
    getopt_tables(set, longs, shorts);
    bool given[OPTIONS_MAX] = {false};
    optind = 0; /* glibc: forget the last parse */
    for (int found = getopt_long(argc, argv, shorts, longs, NULL); found != -1;
         found = getopt_long(argc, argv, shorts, longs, NULL)) {
        if (found == OPTION_HELP || found == 'h') {
            options_help(set);
            return TOOL_OK;
        }
        const struct option_row *row = found == '?' ? NULL : row_of(set, found);
        if (row == NULL) {
            return usage(set);
        }
        given[row - set->rows] = true;
        if (row->value == NULL) {
            *row->on = true;
        } else {
            *row->text = optarg;
        }
    }
    const int operands = argc - optind;
    if (operands < set->operands_min) {
        say_missing(set, operands);
        return usage(set);
    }
    if (operands > set->operands_max) {
        output_note("seam: too many arguments");
        return usage(set);
    }
    apply_environment(set, given);
    *first = optind;
    return OPTIONS_GO;
}
