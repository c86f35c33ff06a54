/* SPDX-License-Identifier: Apache-2.0 */
/* A frame of another node: channel, then the frame. What is accepted is canonical (encoded again it
 * is the same bytes), and what it carries of consensus is read or refused. */

#include "node/core/peer_frame.h"

#include "ledger/chain/encode.h"
#include "tests/fuzz/fuzz.h"

/* Every bytes field of a message is offered to every reader: no reader may trust where it is. */
static void offer(struct bytes in)
{
    static struct just just;
    static struct cert cert;
    static struct valset valset;
    struct header header;
    struct vote vote;
    (void)!header_decode(&header, in);
    (void)!vote_decode(&vote, in);
    (void)!cert_decode(&cert, in);
    (void)!just_decode(&just, in);
    (void)!valset_decode(&valset, in);
}

static void offer_all(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const uint8_t *member = (const uint8_t *)message + field->offset;
        if (field->type == PROTOBUF_C_TYPE_BYTES && field->label != PROTOBUF_C_LABEL_REPEATED) {
            const ProtobufCBinaryData *value = (const void *)member;
            offer(bytes_of(value->data, value->len));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct arena arena;
    enum frame_kind kind = FRAME_KINDS;
    const ProtobufCMessage *message = NULL;
    const struct bytes frame = bytes_of(data + 1, size - 1);
    arena_init(&arena, (size_t)32 << 20);
    if (frame_decode(&kind, &message, data[0] % ENV_CHANNELS, frame, &arena) == OK) {
        struct bytes again;
        check(kind >= FRAME_HELLO && kind < FRAME_KINDS && frame_row((uint8_t)kind) != NULL);
        check(frame_encode(&again, kind, message, &arena) == OK);
        check(bytes_equal(again, frame));
        offer_all(message);
    }
    arena_free(&arena);
    return 0;
}
