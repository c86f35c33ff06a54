/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_MUTANT_H
#define LEDGER_CHAIN_MUTANT_H

/* Seeded bugs of the certificate check, as in node/core/mutant.h: no build but one test has them.
 */

enum chain_mutant {
    CHAIN_MUTANT_NONE = 0,
    CHAIN_MUTANT_NO_QUORUM, /* signers are not counted */
    CHAIN_MUTANT_ANY_MEMBER, /* a signer beyond the set is left out instead of refused */
    CHAIN_MUTANT_ONE_SIGNATURE, /* only the first signature is checked */
    CHAIN_MUTANT_VOTE_UNCHECKED, /* the signature of a vote is not checked */
    CHAIN_MUTANT_NO_KIND, /* the kind is left out of what is signed */
    CHAIN_MUTANT_NO_CHAIN, /* the chain is */
    CHAIN_MUTANT_NO_EPOCH, /* the epoch is */
    CHAIN_MUTANT_CACHED_LOCK, /* a verified NULLIFY is known again with another lock view */
    CHAIN_MUTANT_CACHED_BLOCK, /* a verified vote is known again for another block */
    CHAIN_MUTANT_CACHED_SIGNATURE, /* and with other signature bytes */
    CHAIN_MUTANTS_END
};

#ifdef NODE_MUTANTS
extern enum chain_mutant chain_mutant;
#define CHAIN_MUTANT(m) (chain_mutant == (m))
#else
#define CHAIN_MUTANT(m) ((m) == CHAIN_MUTANT_NONE)
#endif

#endif
