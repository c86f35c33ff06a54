/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_MUTANT_H
#define LEDGER_MUTANT_H

/* Seeded bugs of execution and of indexes, as in node/core/mutant.h: no build but one test has
 * them. */

enum ledger_mutant {
    LEDGER_MUTANT_NONE = 0,
    LEDGER_MUTANT_KNOWN_BY_LINES, /* an account is taken for another one that had the same lines */
    LEDGER_MUTANT_REFUSED_KEPT, /* what a refused transaction wrote before is kept */
    LEDGER_MUTANT_EXISTS_UNASKED, /* what is registered already is registered again */
    LEDGER_MUTANT_IDS_FORGOTTEN, /* what is final and in no index yet is not found */
    LEDGER_MUTANT_GAP_FORGOTTEN, /* an index is thrown away, and nobody knows that it was */
    LEDGER_MUTANT_MISSING_IS_NO, /* what is missing in an index is said not to be there */
    LEDGER_MUTANTS_END
};

#ifdef NODE_MUTANTS
extern enum ledger_mutant ledger_mutant;
#define LEDGER_MUTANT(m) (ledger_mutant == (m))
#else
#define LEDGER_MUTANT(m) ((m) == LEDGER_MUTANT_NONE)
#endif

#endif
