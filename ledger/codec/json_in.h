/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_JSON_IN_H
#define LEDGER_CODEC_JSON_IN_H

/* Messages out of strict JSON, filled by reflection: a key that the message does not have is
 * refused by name (200013), a number where a text stands in the schema too: amounts are texts, so
 * that nobody's parser rounds them (200002). */

#include "ledger/base/arena.h"
#include "ledger/codec/errors.h"
#include "ledger/codec/field.h"
#include "ledger/codec/json_doc.h"

/* json_in_message fills a message of type in arena from an object. ignored: NULL-terminated keys of
 * the root that somebody else reads, or NULL. A JSON null counts as absent. An array given for X
 * fills X_list where the message has one. Every failure is added to errors with its path; bounds
 * are field_check's business, which the caller runs next. Returns the first failure or ERR_MEMORY;
 * *out only with OK. */
enum err NODISCARD json_in_message(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                                   const struct field_table *table, const struct json_node *object,
                                   const char *const *ignored, struct arena *arena,
                                   struct errors *errors);

#endif
