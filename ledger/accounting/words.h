/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_WORDS_H
#define LEDGER_ACCOUNTING_WORDS_H

/* The catalogue of everything an explanation says, in en, zh and ru: line codes, fields, symbols of
 * formulas, steps, units, methods, flags, origins. Terms are those of docs/glossary.md. Numbers
 * pass through untouched; what has no word passes through as it is, and a test walks the tables and
 * the vectors so that nothing does. */

#include "ledger/base/err.h"

#define WORDS_TEXT_SIZE 2400

struct word {
    const char *key;
    const char *text[3]; /* by enum err_language */
};

/* words_find gives the word of a key, NULL where there is none; words_unit that of a unit. */
const char *words_find(const char *key, enum err_language language);
const char *words_unit(const char *unit, enum err_language language);

/* words_name puts the name of an input or step into words: "ad", "stock.sold",
 * "ventilation[2].days". words_formula does it with each name in a formula and its phrases; x
 * between factors becomes a multiplication sign. words_origin: FILE, MEASURED, "SET
 * fuel.diesel.of". All cut what has no room at a whole character, and are false where a name had no
 * word. */
bool words_name(char *out, size_t size, const char *name, enum err_language language);
bool words_formula(char *out, size_t size, const char *formula, enum err_language language);
bool words_origin(char *out, size_t size, const char *origin, enum err_language language);

/* words_language reads "en", "zh" or "ru"; false for another text. words_language_name is its
 * inverse. */
bool NODISCARD words_language(enum err_language *out, const char *name);
const char *words_language_name(enum err_language language);

/* The catalogue and its units, for the tests. */
const struct word *words_rows(size_t *count);
const struct word *words_units(size_t *count);

#endif
