/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_CERT_CHECK_H
#define LEDGER_CHAIN_CERT_CHECK_H

/* Are these votes, certificates and justifications signed by whom they say (decision D1)? The only
 * cache is the whole triple (public key, 100 signed bytes, signature); nothing shorter is safe,
 * because two certificates of one view may differ in a lock view or in one signature. */

#include "ledger/chain/encode.h"
#include "ledger/crypto/known.h"

/* One epoch of one chain. Borrows both pointers for as long as it is used. known is asked for
 * H(TAG_VERIFIED, key, message, signature). */
struct cert_checker {
    struct hash chain_id;
    const struct valset *valset;
    const struct known *known; /* may be NULL */
};

/* vote_check: ERR_CHAIN (another epoch), ERR_RANGE (no such signer), ERR_SIGNATURE. */
enum err NODISCARD vote_check(const struct cert_checker *checker, const struct vote *vote);

/* cert_check, cheap things first: kind (ERR_ENUM), epoch (ERR_CHAIN), view (ERR_RANGE), bits beyond
 * the set (ERR_KEY), fewer than a quorum (ERR_NO_QUORUM), then every signature (ERR_SIGNATURE).
 * Sets cert->verified on OK and on nothing else. A certificate already verified is not repeated. */
enum err NODISCARD cert_check(const struct cert_checker *checker, struct cert *cert);

/* just_check: form of the justification of view, its arithmetic (consensus.md 2.3) and all its
 * certificates. previous checks the F that an EPOCH_START may carry; NULL = such an F is refused.
 * ERR_GAP when the views do not fit together, otherwise as cert_check. */
enum err NODISCARD just_check(const struct cert_checker *checker,
                              const struct cert_checker *previous, struct just *just,
                              uint64_t view);

#endif
