/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_RULES_H
#define LEDGER_QUERY_LOT_RULES_H

/* Numbers of the lot rules that events name: factors of transport, tolerances. Each is read once.
 * Inside query/ only. */

#include "ledger/base/dec.h"
#include "ledger/base/map.h"
#include "ledger/provenance/view.h"

struct lot_rules {
    struct overlay *state;
    struct arena *arena;
    struct map values; /* set hash and key: struct dec */
};

void lot_rules_open(struct lot_rules *rules, struct overlay *state, struct arena *arena);
void lot_rules_close(struct lot_rules *rules);

/* lot_rules_value: ERR_ABSENT where the set has no such value, ERR_CORRUPT where the event names no
 * published set. */
enum err NODISCARD lot_rules_value(struct dec *out, struct lot_rules *rules,
                                   const Seam__LotEventRecord *event, const char *key);

/* lot_rules_strictest is the tolerance that judged an event where coal of several schemes met: the
 * smallest of the named rules and of the others. Errors as above. */
enum err NODISCARD lot_rules_strictest(struct dec *out, struct lot_rules *rules,
                                       const Seam__LotEventRecord *event, const char *key);

#endif
