/* SPDX-License-Identifier: Apache-2.0 */
/* Which bug a unit test that was built with them has: the number in MUTANT; TEST is the one to run.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consensus/mutant.h"
#include "ledger/chain/mutant.h"
#include "ledger/mutant.h"
#include "node/core/mutant.h"

#ifdef CONS_MUTANTS
enum mutant cons_mutant = MUTANT_NONE;
#elif defined CHAIN_CHOICE
enum chain_mutant chain_mutant = CHAIN_MUTANT_NONE;
#elif defined LEDGER_CHOICE
enum ledger_mutant ledger_mutant = LEDGER_MUTANT_NONE;
#else
enum node_mutant node_mutant = NODE_MUTANT_NONE;
#endif

__attribute__((constructor)) static void choose(void)
{
    const char *text = getenv("MUTANT");
    cmocka_set_test_filter(getenv("TEST"));
    const int number = text == NULL ? 0 : atoi(text);
#ifdef CONS_MUTANTS
    cons_mutant = (enum mutant)number;
#elif defined CHAIN_CHOICE
    chain_mutant = (enum chain_mutant)number;
#elif defined LEDGER_CHOICE
    ledger_mutant = (enum ledger_mutant)number;
#else
    node_mutant = (enum node_mutant)number;
#endif
}
