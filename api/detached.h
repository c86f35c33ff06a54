/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_DETACHED_H
#define API_DETACHED_H

/* Bodies that name their detached part by a hash (decision D3): nobody types such a hash. Whoever
 * leaves the salt out gets a fresh one, whoever leaves the hash out gets that of the detached part,
 * and what the body only counts or lists of it follows. For the node and for people who sign
 * without one. */

#include "ledger/codec/field.h"
#include "ledger/codec/json_in.h"
#include "ledger/governance/rule.h"

/* detached_fill reads the payload of row (LAB_REPORT, AUDIT_SAMPLE_EXAMINE) and what stands under
 * "detached" of root, fills in what is missing and gives both; *packed is the canonical detached
 * part. ignored: keys of root that somebody else reads, "detached" among them. Failures are added
 * to errors. */
enum err NODISCARD detached_fill(ProtobufCMessage **payload, ProtobufCMessage **detached,
                                 struct bytes *packed, const struct rule_row *row,
                                 const struct json_node *root, const char *const *ignored,
                                 const struct field_table *fields, struct arena *arena,
                                 struct errors *errors);

#endif
