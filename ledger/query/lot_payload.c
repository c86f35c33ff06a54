/* SPDX-License-Identifier: Apache-2.0 */
/* One function for each kind of event that names lots; those that name a load or an offer only name
 * their lots by what was signed before. */

#include "ledger/query/lot_payload.h"

#include <string.h>

#include "ledger/base/dec.h"
#include "ledger/base/ratio.h"

/* Parts of the record in which signed lots are looked for. */
struct against {
    const Seam__LotEventRecord *event;
    bool agrees;
};

/* An empty quantity means all of it, which only the ledger knows. */
static void expect(struct against *against, Seam__LotEventPart *const *parts, size_t count,
                   const char *lot, const char *qty)
{
    int64_t kg = 0;
    struct dec tonnes;
    if (qty[0] != '\0') {
        if (dec_parse(&tonnes, bytes_text(qty)) != OK) {
            against->agrees = false;
            return;
        }
        const struct ratio ratio = ratio_of_dec(tonnes);
        if (ratio_round(&kg, &ratio, 3) != OK) {
            against->agrees = false;
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parts[i]->lot, lot) == 0) {
            against->agrees = against->agrees && (qty[0] == '\0' || parts[i]->qty_kg == kg);
            return;
        }
    }
    against->agrees = false;
}

static void input(struct against *against, const char *lot, const char *qty)
{
    expect(against, against->event->inputs, against->event->n_inputs, lot, qty);
}

static void output(struct against *against, const char *lot, const char *qty)
{
    expect(against, against->event->outputs, against->event->n_outputs, lot, qty);
}

static void head(struct against *against, const Seam__LotHead *head_)
{
    const Seam__LotEventRecord *event = against->event;
    against->agrees = against->agrees && head_ != NULL &&
                      head_->event_time_ms == event->event_time_ms &&
                      strcmp(head_->place, event->place) == 0;
}

static void mine(struct against *against, const Seam__LotMine *in)
{
    head(against, in->event);
    output(against, in->lot, in->qty);
}

static void wash(struct against *against, const Seam__LotWash *in)
{
    head(against, in->event);
    for (size_t i = 0; i < in->n_inputs; i++) {
        input(against, in->inputs[i]->lot, in->inputs[i]->qty);
    }
    for (size_t i = 0; i < in->n_outputs; i++) {
        output(against, in->outputs[i]->lot, in->outputs[i]->qty);
    }
}

static void blend(struct against *against, const Seam__LotBlend *in)
{
    head(against, in->event);
    for (size_t i = 0; i < in->n_inputs; i++) {
        input(against, in->inputs[i]->lot, in->inputs[i]->qty);
    }
    output(against, in->lot, "");
}

static void split(struct against *against, const Seam__LotSplit *in)
{
    head(against, in->event);
    input(against, in->lot, "");
    for (size_t i = 0; i < in->n_outputs; i++) {
        output(against, in->outputs[i]->lot, in->outputs[i]->qty);
    }
}

static void load(struct against *against, const Seam__LotLoad *in)
{
    head(against, in->event);
    against->agrees = against->agrees && strcmp(in->sscc, against->event->sscc) == 0;
    for (size_t i = 0; i < in->n_parts; i++) {
        input(against, in->parts[i]->lot, in->parts[i]->qty);
        if (in->parts[i]->to_lot[0] != '\0') {
            output(against, in->parts[i]->to_lot, in->parts[i]->qty);
        }
    }
}

/* Types without a row here name no lots of their own. */
static const ProtobufCMessageDescriptor *payload_type(uint32_t type)
{
    switch (type) {
    case LOT_MINE_TYPE:
        return &seam__lot_mine__descriptor;
    case LOT_WASH_TYPE:
        return &seam__lot_wash__descriptor;
    case LOT_BLEND_TYPE:
        return &seam__lot_blend__descriptor;
    case LOT_SPLIT_TYPE:
        return &seam__lot_split__descriptor;
    case LOT_LOAD_TYPE:
        return &seam__lot_load__descriptor;
    case LOT_USE_TYPE:
        return &seam__lot_use__descriptor;
    case LOT_LOSS_TYPE:
        return &seam__lot_loss__descriptor;
    default:
        return NULL;
    }
}

static void compare(struct against *against, uint32_t type, const ProtobufCMessage *payload)
{
    switch (type) {
    case LOT_MINE_TYPE:
        mine(against, (const Seam__LotMine *)payload);
        break;
    case LOT_WASH_TYPE:
        wash(against, (const Seam__LotWash *)payload);
        break;
    case LOT_BLEND_TYPE:
        blend(against, (const Seam__LotBlend *)payload);
        break;
    case LOT_SPLIT_TYPE:
        split(against, (const Seam__LotSplit *)payload);
        break;
    case LOT_LOAD_TYPE:
        load(against, (const Seam__LotLoad *)payload);
        break;
    case LOT_USE_TYPE:
        head(against, ((const Seam__LotUse *)payload)->event);
        input(against, ((const Seam__LotUse *)payload)->lot, ((const Seam__LotUse *)payload)->qty);
        break;
    case LOT_LOSS_TYPE:
        head(against, ((const Seam__LotLoss *)payload)->event);
        input(against, ((const Seam__LotLoss *)payload)->lot,
              ((const Seam__LotLoss *)payload)->qty);
        break;
    default:
        break;
    }
}

bool lot_payload_agrees(const Seam__Body *body, const Seam__LotEventRecord *event,
                        struct arena *arena)
{
    const ProtobufCMessageDescriptor *type = payload_type(body->type);
    ProtobufCMessage *payload = NULL;
    if (type == NULL) {
        return true;
    }
    if (message_unpack(&payload, type, bytes_of(body->payload.data, body->payload.len),
                       LIMIT_TX_BODY, arena, NULL) != OK) {
        return false;
    }
    struct against against = {.event = event, .agrees = true};
    compare(&against, body->type, payload);
    return against.agrees;
}

bool lot_payload_wrong_event(struct hash *out, const Seam__Body *body, struct arena *arena)
{
    ProtobufCMessage *payload = NULL;
    if (message_unpack(&payload, &seam__lot_error__descriptor,
                       bytes_of(body->payload.data, body->payload.len), LIMIT_TX_BODY, arena,
                       NULL) != OK) {
        return false;
    }
    const Seam__LotError *error = (const Seam__LotError *)payload;
    if (error->event_id.len != HASH_SIZE) {
        return false;
    }
    memcpy(out->bytes, error->event_id.data, HASH_SIZE);
    return true;
}
