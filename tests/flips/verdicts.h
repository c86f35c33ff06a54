/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FLIPS_VERDICTS_H
#define TESTS_FLIPS_VERDICTS_H

/* What became of the flips, counted by kind of file. */

enum verdict {
    REFUSED, /* the start says which file or part is damaged */
    NOT_VOTING, /* the node starts and says why it does not vote */
    REPAIRED, /* what was lost comes again from log and peers, and the start says so */
    NAMED, /* found when it is read: the read gives ERR_CORRUPT, nothing wrong */
    HARMLESS, /* everything that is read is as before */
    OTHER_TEXT, /* a text of the operator that is as valid as before */
    SILENT, /* something that is read differs and nobody said so */
    DIED, /* the program ended without words */
    VERDICTS
};

const char *verdict_name(enum verdict verdict);
/* verdict_add counts flips of the file of this name. */
void verdict_add(const char *name, enum verdict verdict, unsigned long flips);
/* verdict_print prints the table. */
void verdict_print(void);

#endif
