/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_FIELD_CHECK_H
#define LEDGER_CODEC_FIELD_CHECK_H

/* A decoded message against the declared bounds of its fields. Pure and deterministic: the same
 * check runs at the door, in a block, in the command line and in a browser's answer. */

#include "ledger/base/arena.h"
#include "ledger/codec/errors.h"
#include "ledger/codec/field.h"

/* field_find gives the row of a field or NULL. */
const struct field_row *field_find(const struct field_table *table,
                                   const ProtobufCMessageDescriptor *message, const char *field);

/* field_is_quantity is true for a message of the form {string value; string unit; ...}: a row of
 * kind FIELD_DECIMAL on such a field bounds value and names the allowed units. */
bool field_is_quantity(const ProtobufCMessageDescriptor *message);

/* field_check walks message and everything in it. Each failure is added to errors with its path,
 * such as lines[3].of (entries counted from 0), and its clause. Where X and X_list stand side by
 * side, one of them satisfies "required". arena is scratch. Returns the first failure, or
 * ERR_MEMORY. */
enum err NODISCARD field_check(const ProtobufCMessage *message, const struct field_table *table,
                               struct arena *arena, struct errors *errors);

#endif
