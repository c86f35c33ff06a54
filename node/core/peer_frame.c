/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/peer_frame.h"

#include <string.h>

static const struct frame_row rows[FRAME_KINDS] = {
    [FRAME_HELLO] = {"HELLO", &seam__peer_hello__descriptor, ENV_CONTROL, 512, false},
    [FRAME_PROPOSE] = {"PROPOSE", &seam__peer_propose__descriptor, ENV_CONTROL, 16 * 1024, true},
    [FRAME_BODY] = {"BODY", &seam__peer_body__descriptor, ENV_BULK, FRAME_CHUNK + 256, false},
    [FRAME_VOTE] = {"VOTE", &seam__peer_vote__descriptor, ENV_CONTROL, 256, true},
    [FRAME_NULLIFY] = {"NULLIFY", &seam__peer_nullify__descriptor, ENV_CONTROL, 12 * 1024, true},
    [FRAME_CERT] = {"CERT", &seam__peer_cert__descriptor, ENV_CONTROL, 12 * 1024, false},
    [FRAME_STATUS] = {"STATUS", &seam__peer_status__descriptor, ENV_CONTROL, 64, false},
    [FRAME_FETCH_BODY] = {"FETCH_BODY", &seam__peer_fetch_body__descriptor, ENV_CONTROL, 128,
                          false},
    [FRAME_FETCH_PROPOSE] = {"FETCH_PROPOSE", &seam__peer_fetch_propose__descriptor, ENV_CONTROL,
                             160, false},
    [FRAME_SYNC_REQUEST] = {"SYNC_REQUEST", &seam__peer_sync_request__descriptor, ENV_BULK, 96,
                            false},
    [FRAME_SYNC_RESPONSE] = {"SYNC_RESPONSE", &seam__peer_sync_response__descriptor, ENV_BULK,
                             LIMIT_PEER_FRAME, false},
    [FRAME_TRANSACTIONS] = {"TRANSACTIONS", &seam__peer_transactions__descriptor, ENV_BULK,
                            LIMIT_TX + 64 * 1024 + 1024, false},
    [FRAME_HEADER] = {"HEADER", &seam__peer_header__descriptor, ENV_BULK, 512, false},
};

const struct frame_row *frame_row(uint8_t kind)
{
    return kind == 0 || kind >= FRAME_KINDS ? NULL : &rows[kind];
}

enum err frame_peek(enum frame_kind *kind, enum env_channel channel, struct bytes frame)
{
    if (frame.size == 0) {
        return ERR_PARSE;
    }
    const struct frame_row *row = frame_row(frame.data[0]);
    if (row == NULL) {
        return ERR_ENUM;
    }
    if (row->channel != channel) {
        return ERR_FRAME;
    }
    if (frame.size > row->size_max) {
        return ERR_TOO_LARGE;
    }
    *kind = (enum frame_kind)frame.data[0];
    return OK;
}

enum err frame_decode(enum frame_kind *kind, const ProtobufCMessage **message,
                      enum env_channel channel, struct bytes frame, struct arena *arena)
{
    enum frame_kind found;
    enum err err = frame_peek(&found, channel, frame);
    if (err != OK) {
        return err;
    }
    const struct frame_row *row = frame_row((uint8_t)found);
    ProtobufCMessage *unpacked = NULL;
    err = message_unpack(&unpacked, row->type, bytes_of(frame.data + 1, frame.size - 1),
                         row->size_max, arena, NULL);
    if (err != OK) {
        return err;
    }
    *kind = found;
    *message = unpacked;
    return OK;
}

enum err frame_encode(struct bytes *out, enum frame_kind kind, const ProtobufCMessage *message,
                      struct arena *arena)
{
    struct bytes packed;
    const enum err err = message_pack(&packed, message, arena);
    if (err != OK) {
        return err;
    }
    uint8_t *frame = arena_alloc(arena, packed.size + 1);
    if (frame == NULL) {
        return ERR_MEMORY;
    }
    frame[0] = (uint8_t)kind;
    if (packed.size > 0) {
        memcpy(frame + 1, packed.data, packed.size);
    }
    *out = bytes_of(frame, packed.size + 1);
    return OK;
}

struct cons_hints frame_hints(const Seam__PeerHints *hints)
{
    if (hints == NULL) {
        return (struct cons_hints){0};
    }
    return (struct cons_hints){.epoch = hints->epoch,
                               .view = hints->view,
                               .final_view = hints->fin_view,
                               .final_height = hints->fin_height,
                               .level = hints->level};
}
