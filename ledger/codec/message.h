/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_MESSAGE_H
#define LEDGER_CODEC_MESSAGE_H

/* Strict canonical protobuf: bytes are accepted only if packing the decoded message again gives the
 * same bytes, with no unknown field at any level, valid UTF-8 without NUL, and within an arena's
 * budget. Sizes are checked before anything is decoded. protobuf-c is reached through here only. */

#include <protobuf-c/protobuf-c.h>

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

/* message_unpack decodes in, which must not exceed limit. *out lives in arena.
 * ERR_TOO_LARGE, ERR_PARSE, ERR_UNKNOWN_FIELD, ERR_TEXT, ERR_NOT_CANONICAL, ERR_MEMORY. */
enum err NODISCARD message_unpack(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                                  struct bytes in, size_t limit, struct arena *arena,
                                  struct err_detail *detail);

/* message_open decodes bytes that message_pack wrote and the ledger has held since: nothing is
 * asked of their form again, which is most of the cost of message_unpack. For readers of thousands
 * of records, never for what came from outside. ERR_CORRUPT, ERR_MEMORY. */
enum err NODISCARD message_open(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                                struct bytes stored, struct arena *arena);

/* message_pack gives the canonical bytes in arena. ERR_MEMORY, ERR_TEXT (a text is not UTF-8). */
enum err NODISCARD message_pack(struct bytes *out, const ProtobufCMessage *message,
                                struct arena *arena);

/* message_new makes an empty message in arena; NULL when there is no room. */
ProtobufCMessage *NODISCARD message_new(const ProtobufCMessageDescriptor *type,
                                        struct arena *arena);

/* A field of a message as reflection sees it. count is the number of entries of a repeated field,
 * otherwise 1 when the field is set (differs from its default) and 0 when not. */
size_t message_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* message_at points to entry index of a repeated field, or to the field itself (index 0). The
 * caller casts by field->type: char **, ProtobufCMessage **, ProtobufCBinaryData *, uint32_t *,
 * and so on. Borrows. */
const void *message_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       size_t index);

/* message_integer reads an integer, enum or bool entry as int64; false for other types and for
 * uint64 values above INT64_MAX. */
bool NODISCARD message_integer(int64_t *out, const ProtobufCMessage *message,
                               const ProtobufCFieldDescriptor *field, size_t index);

#endif
