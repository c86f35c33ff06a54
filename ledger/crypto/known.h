/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CRYPTO_KNOWN_H
#define LEDGER_CRYPTO_KNOWN_H

/* Questions whose answer is for ever yes, named by the hash of everything that the answer follows
 * from: a signature with its key and message, a calculation with its lines and parameters. A no is
 * never remembered. Whoever is asked again saves work; what is answered stays the same, whether an
 * answer was remembered, forgotten or never looked for. */

#include "ledger/crypto/hash.h"

/* Where yes-answers are remembered; either function may be NULL. Both may be called by several
 * threads at once. */
struct known {
    void *context;
    bool (*has)(void *context, const struct hash *question);
    void (*add)(void *context, const struct hash *question);
};

/* known may be NULL: then nothing is remembered. */
static inline bool known_has(const struct known *known, const struct hash *question)
{
    return known != NULL && known->has != NULL && known->has(known->context, question);
}

static inline void known_add(const struct known *known, const struct hash *question)
{
    if (known != NULL && known->add != NULL) {
        known->add(known->context, question);
    }
}

#endif
