/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_VERIFICATION_WORDS_H
#define TOOLS_VERIFICATION_WORDS_H

/* The words of a verification report, in the three languages. What the ledger says in codes is
 * looked up by what kind of code it is: "kind.OMISSION", "state.ISSUED". */

#include <stddef.h>

enum language { LANGUAGE_EN, LANGUAGE_ZH, LANGUAGE_RU, LANGUAGES };

struct verification_word {
    const char *key;
    const char *text[LANGUAGES];
};

/* In the order of their keys' kinds; count of them. */
extern const struct verification_word verification_words[];
extern const size_t verification_word_count;

/* verification_word gives the text of a key; NULL where there is none. */
const char *verification_word(const char *key, enum language language);
/* verification_code is that of kind and code; the code itself where it has no words. */
const char *verification_code(const char *kind, const char *code, enum language language);

#endif
