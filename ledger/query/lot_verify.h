/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_VERIFY_H
#define LEDGER_QUERY_LOT_VERIFY_H

/* A lot's bundle without the node: after every proof in it holds, trace and balances are made again
 * from its signed events alone and compared with the records it shows [KSSJ 7.2.1b]. */

#include "ledger/chain/bundle.h"
#include "ledger/query/lot_footprint.h"

#define LOT_VERIFY_ROWS(X)                                                                         \
    X(LOT_VERIFY_OK, "OK", "events, records and balances agree")                                   \
    X(LOT_VERIFY_BUNDLE, "BUNDLE", "a proof of the bundle does not hold")                          \
    X(LOT_VERIFY_MEMORY, "MEMORY", "there was not enough memory to check it")                      \
    X(LOT_VERIFY_KIND, "LOT_KIND", "the bundle is not about a lot")                                \
    X(LOT_VERIFY_RECORD, "LOT_RECORD", "a record of the bundle cannot be read")                    \
    X(LOT_VERIFY_SUBJECT, "LOT_SUBJECT", "the lot's own record is missing")                        \
    X(LOT_VERIFY_EVENT, "LOT_EVENT", "an event has no signed transaction in the bundle")           \
    X(LOT_VERIFY_CONTENT, "LOT_CONTENT", "an event's record is not what was signed")               \
    X(LOT_VERIFY_PARENT, "LOT_PARENT", "the record of an ancestor is missing")                     \
    X(LOT_VERIFY_HISTORY, "LOT_HISTORY", "the history of a lot is not complete")                   \
    X(LOT_VERIFY_QUANTITY, "LOT_QUANTITY", "a lot's quantity does not follow from its events")     \
    X(LOT_VERIFY_BALANCE, "LOT_BALANCE",                                                           \
      "what went into an event is not what came out and was lost")                                 \
    X(LOT_VERIFY_DOCUMENT, "LOT_DOCUMENT",                                                         \
      "a document of the bundle is named by none of its events")

#define LOT_VERIFY_ENUM_MEMBER(id, name, sentence) id,
enum lot_verify_failure { LOT_VERIFY_ROWS(LOT_VERIFY_ENUM_MEMBER) LOT_VERIFY_FAILURE_COUNT };
#undef LOT_VERIFY_ENUM_MEMBER

struct lot_verify_result {
    enum lot_verify_failure failure;
    const char *about; /* the lot or event (hex) that failed; empty where none */
    struct bundle_result bundle;
    struct lot_trace trace; /* made again, upwards; height and time of the anchor */
    size_t lots; /* records checked */
    size_t events; /* signed transactions checked */
};

/* lot_verify checks the canonical bytes of a Bundle of kind LOT. arena: BUNDLE_ARENA_SIZE. */
enum lot_verify_failure lot_verify(struct lot_verify_result *result, struct bytes genesis,
                                   struct bytes bundle, struct arena *arena);

/* lot_verify_name gives "LOT_PARENT" or, of a bundle, the name of what failed in it. */
const char *lot_verify_name(const struct lot_verify_result *result);
const char *lot_verify_sentence(const struct lot_verify_result *result);

#endif
