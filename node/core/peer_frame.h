/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_PEER_FRAME_H
#define NODE_CORE_PEER_FRAME_H

/* Frames between nodes: one kind byte, then the canonical message of that kind
 * (ledger/proto/peer.proto). Kind, channel and size limit stand in one table and are checked before
 * anything is unpacked. */

#include "consensus/cons.h"
#include "ledger/codec/message.h"
#include "ledger/proto/peer.pb-c.h"
#include "node/core/env.h"

enum frame_kind {
    FRAME_HELLO = 1,
    FRAME_PROPOSE = 2,
    FRAME_BODY = 3,
    FRAME_VOTE = 4,
    FRAME_NULLIFY = 5,
    FRAME_CERT = 6,
    FRAME_STATUS = 7,
    FRAME_FETCH_BODY = 8,
    FRAME_FETCH_PROPOSE = 9,
    FRAME_SYNC_REQUEST = 10,
    FRAME_SYNC_RESPONSE = 11,
    FRAME_TRANSACTIONS = 12,
    FRAME_HEADER = 13,
    FRAME_KINDS
};

#define FRAME_CHUNK (64u * 1024) /* of a body */
#define FRAME_PROTOCOL 1

struct frame_row {
    const char *name;
    const ProtobufCMessageDescriptor *type;
    enum env_channel channel;
    size_t size_max;
    bool validators_only; /* only members of V_e may send it (decision D14) */
};

/* frame_row gives the row of a kind, NULL for an unknown one. */
const struct frame_row *frame_row(uint8_t kind);

/* frame_peek looks at the outside of a frame: a kind that there is, on its channel, not too large.
 * ERR_PARSE, ERR_ENUM, ERR_FRAME, ERR_TOO_LARGE. */
enum err NODISCARD frame_peek(enum frame_kind *kind, enum env_channel channel, struct bytes frame);

/* frame_decode checks kind, channel and size and unpacks into arena. ERR_ENUM, ERR_FRAME (wrong
 * channel), ERR_TOO_LARGE, and what message_unpack gives. */
enum err NODISCARD frame_decode(enum frame_kind *kind, const ProtobufCMessage **message,
                                enum env_channel channel, struct bytes frame, struct arena *arena);

/* frame_encode gives kind byte and packed message in arena. */
enum err NODISCARD frame_encode(struct bytes *out, enum frame_kind kind,
                                const ProtobufCMessage *message, struct arena *arena);

/* frame_hints reads the hints of a decoded message (every message has them as its first field). */
struct cons_hints frame_hints(const Seam__PeerHints *hints);

static inline ProtobufCBinaryData frame_data(struct bytes in)
{
    return (ProtobufCBinaryData){.len = in.size, .data = (uint8_t *)(uintptr_t)in.data};
}

static inline struct bytes frame_bytes(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

#endif
