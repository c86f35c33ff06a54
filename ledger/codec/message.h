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

/* message_pack gives the canonical bytes in arena. ERR_MEMORY, ERR_TEXT (a text is not UTF-8). */
enum err NODISCARD message_pack(struct bytes *out, const ProtobufCMessage *message,
                                struct arena *arena);

#endif
