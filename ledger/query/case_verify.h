/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_CASE_VERIFY_H
#define LEDGER_QUERY_CASE_VERIFY_H

/* A whole case as one bundle of kind CASE [KSSJ 7.2.2b]: the account, the verification behind it
 * (engagement, recomputation, findings, opinion), the dispute with its statements, decisions and
 * effects, and its publication. case_bundle_build cuts it; case_verify checks without any node that
 * the records follow from what was signed and that nothing of the case is left out. Claims and
 * decided lines stay behind their roots, but for those that the publication shows. */

#include "ledger/chain/bundle.h"
#include "ledger/query/bundle.h"

#include "ledger/proto/assurance.pb-c.h"
#include "ledger/proto/dispute.pb-c.h"

#define CASE_VERIFY_ROWS(X)                                                                        \
    X(CASE_VERIFY_OK, "OK", "the case is complete and its records follow from what was signed")    \
    X(CASE_VERIFY_BUNDLE, "BUNDLE", "a proof of the bundle does not hold")                         \
    X(CASE_VERIFY_MEMORY, "MEMORY", "there was not enough memory to check it")                     \
    X(CASE_VERIFY_KIND, "CASE_KIND", "the bundle is not about a case")                             \
    X(CASE_VERIFY_RECORD, "CASE_RECORD", "a record of the case is missing or cannot be read")      \
    X(CASE_VERIFY_ACCOUNT, "CASE_ACCOUNT", "the account in dispute is not the signed one")         \
    X(CASE_VERIFY_CLAIM, "CASE_CLAIM", "a claimant's record is not what was signed")               \
    X(CASE_VERIFY_STATEMENT, "CASE_STATEMENT", "a statement is not what was signed")               \
    X(CASE_VERIFY_EXTENSION, "CASE_EXTENSION", "an extension is not what was signed")              \
    X(CASE_VERIFY_DECISION, "CASE_DECISION", "a decision is not what was signed")                  \
    X(CASE_VERIFY_APPEAL, "CASE_APPEAL", "the appeal is not what was signed")                      \
    X(CASE_VERIFY_PUBLICATION, "CASE_PUBLICATION", "the publication is not what was signed")       \
    X(CASE_VERIFY_SHOWN, "CASE_SHOWN", "a published line is not one of the case")                  \
    X(CASE_VERIFY_EFFECT, "CASE_EFFECT", "an effect does not follow from its decision")            \
    X(CASE_VERIFY_OPINION, "CASE_OPINION", "the opinion is not what was signed")                   \
    X(CASE_VERIFY_RECOMPUTE, "CASE_RECOMPUTE", "the recomputation is not the one of the opinion")  \
    X(CASE_VERIFY_FINDING, "CASE_FINDING", "a finding is not what was signed")

#define CASE_VERIFY_ENUM_MEMBER(id, name, sentence) id,
enum case_verify_failure { CASE_VERIFY_ROWS(CASE_VERIFY_ENUM_MEMBER) CASE_VERIFY_FAILURE_COUNT };
#undef CASE_VERIFY_ENUM_MEMBER

struct case_verify_result {
    enum case_verify_failure failure;
    const char *about; /* what failed: a transaction (hex), or empty */
    struct bundle_result bundle;
    const Seam__DisputeRecord *dispute; /* with OK */
    const char *status; /* at the anchor's time */
    const char *recomputed; /* EQUAL or DIFFERENT; empty where there is no opinion */
    size_t statements;
    size_t findings;
    size_t effects;
    size_t shown; /* lines published and proven */
};

/* case_bundle_build gives the canonical Bundle of a dispute; arena as for bundle_build. */
enum err NODISCARD case_bundle_build(struct bytes *bundle, struct query *query, const char *dispute,
                                     struct arena *arena, struct err_detail *detail);

/* case_verify checks the canonical bytes of a Bundle of kind CASE. arena: BUNDLE_ARENA_SIZE. */
enum case_verify_failure case_verify(struct case_verify_result *result, struct bytes genesis,
                                     struct bytes bundle, struct arena *arena);

/* case_verify_name gives "CASE_DECISION" or, of a bundle, the name of what failed in it. */
const char *case_verify_name(const struct case_verify_result *result);
const char *case_verify_sentence(const struct case_verify_result *result);

#endif
