/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/flips/verdicts.h"

#include <stdio.h>
#include <string.h>

static const char *const verdict_names[VERDICTS] = {"refused",         "not voting", "repaired",
                                                    "named when read", "harmless",   "other text",
                                                    "SILENT",          "DIED"};

const char *verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

/* --- kinds of files -----------------------------------------------------------------------------
 */

static const struct {
    const char *word;
    const char *kind;
} kinds[] = {{".sst", "table (sst)"},
             {"data/chain/0", "write-ahead log"},
             {"data/local/0", "write-ahead log"},
             {"MANIFEST", "MANIFEST"},
             {"CURRENT", "CURRENT"},
             {"OPTIONS", "OPTIONS"},
             {"IDENTITY", "IDENTITY"},
             {"data/log/", "consensus log"},
             {"signer.state", "signer.state"},
             {".key", "key file"},
             {"node.yaml", "configuration"},
             {"access.json", "access file"},
             {"genesis.json", "genesis"},
             {"", "other"}};

#define KINDS (sizeof kinds / sizeof kinds[0])

static size_t kind_of(const char *name)
{
    size_t kind = 0;
    while (strstr(name, kinds[kind].word) == NULL) {
        kind++;
    }
    return kind;
}

static unsigned long totals[3][KINDS][VERDICTS]; /* chain, local, elsewhere */

void verdict_add(const char *name, enum verdict verdict, unsigned long flips)
{
    const size_t place = strstr(name, "data/chain") ? 0 : strstr(name, "data/local") ? 1 : 2;
    totals[place][kind_of(name)][verdict] += flips;
}

void verdict_print(void)
{
    static const char *const places[] = {"chain ", "local ", ""};
    (void)printf("| file |");
    for (size_t v = 0; v < VERDICTS; v++) {
        (void)printf(" %s |", verdict_names[v]);
    }
    (void)printf("\n");
    for (size_t p = 0; p < 3; p++) {
        for (size_t k = 0; k < KINDS; k++) {
            unsigned long sum = 0;
            for (size_t v = 0; v < VERDICTS; v++) {
                sum += totals[p][k][v];
            }
            if (sum == 0) {
                continue;
            }
            (void)printf("| %s%s |", places[p], kinds[k].kind);
            for (size_t v = 0; v < VERDICTS; v++) {
                (void)printf(" %lu |", totals[p][k][v]);
            }
            (void)printf("\n");
        }
    }
}
