/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_MUTANT_H
#define LEDGER_MUTANT_H

/* Seeded bugs of execution, as in node/core/mutant.h: no build but one test has them. */

enum ledger_mutant {
    LEDGER_MUTANT_NONE = 0,
    LEDGER_MUTANT_KNOWN_BY_LINES, /* an account is taken for another one that had the same lines */
    LEDGER_MUTANT_REFUSED_KEPT, /* what a refused transaction wrote before is kept */
    LEDGER_MUTANT_EXISTS_UNASKED, /* what is registered already is registered again */
    LEDGER_MUTANTS_END
};

#ifdef NODE_MUTANTS
extern enum ledger_mutant ledger_mutant;
#define LEDGER_MUTANT(m) (ledger_mutant == (m))
#else
#define LEDGER_MUTANT(m) ((m) == LEDGER_MUTANT_NONE)
#endif

#endif
