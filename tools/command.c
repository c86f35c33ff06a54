/* SPDX-License-Identifier: Apache-2.0 */
/* Unknown names are answered with the nearest known one, because most of them are typing errors. */

#include "tools/command.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tools/output.h"

#define NAME_MAX_LENGTH 32

/* Edit distance of two short words, by rows. */
static size_t distance(const char *a, const char *b)
{
    const size_t size_a = strlen(a);
    const size_t size_b = strlen(b);
    if (size_a > NAME_MAX_LENGTH || size_b > NAME_MAX_LENGTH) {
        return NAME_MAX_LENGTH;
    }
    size_t row[NAME_MAX_LENGTH + 1];
    for (size_t j = 0; j <= size_b; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= size_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= size_b; j++) {
            const size_t above = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[size_b];
}

static const char *nearest(const struct command *table, size_t count, const char *name)
{
    const char *found = NULL;
    size_t best = 3;
    for (size_t i = 0; i < count; i++) {
        const size_t away = distance(table[i].name, name);
        if (away < best) {
            best = away;
            found = table[i].name;
        }
    }
    return found;
}

static void print_help(FILE *to, const struct command *table, size_t count, const char *title,
                       const char *purpose)
{
    (void)fprintf(to, "usage: %s COMMAND ...\n\n%s\n\n", title, purpose);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(to, "  %-12s %s\n", table[i].name, table[i].help);
    }
    (void)fprintf(to, "\n`%s COMMAND --help` says more.\n", title);
}

int command_run(const struct command *table, size_t count, const char *title, const char *purpose,
                int argc, char **argv)
{
    assert(argc >= 1);
    if (argc < 2) {
        print_help(stderr, table, count, title, purpose);
        return TOOL_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout, table, count, title, purpose);
        return TOOL_OK;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return table[i].run(argc - 1, argv + 1);
        }
    }
    const char *guess = nearest(table, count, name);
    output_note("%s: there is no command '%s'%s%s%s", title, name,
                guess == NULL ? "" : "; did you mean '", guess == NULL ? "" : guess,
                guess == NULL ? "" : "'?");
    return TOOL_USAGE;
}
