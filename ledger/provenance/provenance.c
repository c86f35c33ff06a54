/* SPDX-License-Identifier: Apache-2.0 */
/* The table. What happens every hour needs one person; what two organisations agree on is an offer
 * and an answer, one transaction each; what sets the record right needs two persons. */

#include "ledger/provenance/provenance.h"

#include <string.h>

#include "ledger/provenance/rules.h"
#include "ledger/provenance/view.h"

#define OPERATORS (ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER)

static struct bytes keep(struct rule_context *context, struct state_key key)
{
    struct bytes out = {0};
    if (!arena_copy(context->arena, state_key_bytes(&key), &out)) {
        return (struct bytes){0};
    }
    return out;
}

static struct bytes keep_hash(struct rule_context *context, ProtobufCBinaryData id,
                              struct state_key (*key)(const struct hash *))
{
    struct hash hash;
    if (id.len != HASH_SIZE) {
        return (struct bytes){0};
    }
    memcpy(hash.bytes, id.data, HASH_SIZE);
    return keep(context, key(&hash));
}

/* --- what each creates and needs, for the pool ----------------------------------------------- */

static void product_links(struct rule_context *context, const ProtobufCMessage *payload,
                          struct bytes *creates, struct bytes *needs)
{
    const Seam__ProductRegister *in = (const Seam__ProductRegister *)payload;
    *creates = keep(context, view_product_key(in->gtin));
    (void)needs;
}

static void mine_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__LotMine *in = (const Seam__LotMine *)payload;
    char gtin[15] = "";
    strncpy(gtin, in->lot, sizeof gtin - 1);
    *creates = keep(context, view_lot_key(in->lot));
    *needs = keep(context, view_product_key(gtin));
}

static void wash_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__LotWash *in = (const Seam__LotWash *)payload;
    if (in->n_outputs > 0) {
        *creates = keep(context, view_lot_key(in->outputs[0]->lot));
    }
    if (in->n_inputs > 0) {
        *needs = keep(context, view_lot_key(in->inputs[in->n_inputs - 1]->lot));
    }
}

static void blend_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__LotBlend *in = (const Seam__LotBlend *)payload;
    *creates = keep(context, view_lot_key(in->lot));
    if (in->n_inputs > 0) {
        *needs = keep(context, view_lot_key(in->inputs[in->n_inputs - 1]->lot));
    }
}

static void split_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__LotSplit *in = (const Seam__LotSplit *)payload;
    if (in->n_outputs > 0) {
        *creates = keep(context, view_lot_key(in->outputs[0]->lot));
    }
    *needs = keep(context, view_lot_key(in->lot));
}

static void load_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__LotLoad *in = (const Seam__LotLoad *)payload;
    *creates = keep(context, view_load_key(in->sscc));
    if (in->n_parts > 0) {
        *needs = keep(context, view_lot_key(in->parts[in->n_parts - 1]->lot));
    }
}

static void unload_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__LotUnload *in = (const Seam__LotUnload *)payload;
    (void)creates;
    *needs = keep(context, view_load_key(in->sscc));
}

static void depart_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__LotDepart *in = (const Seam__LotDepart *)payload;
    (void)creates;
    *needs = keep(context, view_load_key(in->sscc));
}

static void arrive_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__LotArrive *in = (const Seam__LotArrive *)payload;
    (void)creates;
    *needs = keep(context, view_load_key(in->sscc));
}

static void offer_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__LotOffer *in = (const Seam__LotOffer *)payload;
    *creates = keep(context, view_offer_key(&context->tx_id));
    *needs = keep(context, in->sscc[0] != '\0' ? view_load_key(in->sscc) : view_lot_key(in->lot));
}

static void answer_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__LotAnswer *in = (const Seam__LotAnswer *)payload;
    (void)creates;
    *needs = keep_hash(context, in->offer, view_offer_key);
}

static void use_links(struct rule_context *context, const ProtobufCMessage *payload,
                      struct bytes *creates, struct bytes *needs)
{
    const Seam__LotUse *in = (const Seam__LotUse *)payload;
    (void)creates;
    *needs = keep(context, view_lot_key(in->lot));
}

static void loss_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__LotLoss *in = (const Seam__LotLoss *)payload;
    (void)creates;
    *needs = keep(context, view_lot_key(in->lot));
}

static void stocktake_links(struct rule_context *context, const ProtobufCMessage *payload,
                            struct bytes *creates, struct bytes *needs)
{
    const Seam__LotStocktake *in = (const Seam__LotStocktake *)payload;
    (void)creates;
    if (in->n_lots > 0) {
        *needs = keep(context, view_lot_key(in->lots[in->n_lots - 1]->lot));
    }
}

static void error_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__LotError *in = (const Seam__LotError *)payload;
    (void)creates;
    *needs = keep_hash(context, in->event_id, view_lot_event_key);
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Signed by one person who prepares, and by two where a responsible person must agree. */
#define ROW(type_, NAME, Operation, message_, rule_, links_, roles_, persons_, cost_, clause_,     \
            help_)                                                                                 \
    {                                                                                              \
        .type = type_, .name = NAME, .operation = Operation,                                       \
        .payload = &seam__##message_##__descriptor, .roles = roles_, .signatures = persons_,       \
        .usages = {USAGE_SUBMIT, USAGE_APPROVE}, .apply = rule_, .links = links_, .cost = cost_,   \
        .clause = clause_, .since = 1, .help_en = help_                                            \
    }

static const struct rule_row rows[] = {
    ROW(PRODUCT_REGISTER_TYPE, "PRODUCT_REGISTER", "RegisterProduct", product_register,
        product_register, product_links, OPERATORS, 2, 5, "KSSJ 7.2.1a",
        "Registers a GTIN and the product that it stands for."),
    ROW(LOT_MINE_TYPE, "LOT_MINE", "MineLot", lot_mine, lot_mine, mine_links,
        ROLE_MINE | ROLE_GROUP, 1, 5, "KSSJ 7.2.1b", "Makes a lot of coal that was mined."),
    ROW(LOT_WASH_TYPE, "LOT_WASH", "WashLot", lot_wash, lot_wash, wash_links,
        ROLE_MINE | ROLE_GROUP | ROLE_USER, 1, 20, "KSSJ 7.2.1b",
        "Washes lots into others; dry mass, ash and carbon balance."),
    ROW(LOT_BLEND_TYPE, "LOT_BLEND", "BlendLot", lot_blend, lot_blend, blend_links, OPERATORS, 1,
        20, "KSSJ 7.2.1b", "Blends lots into one."),
    ROW(LOT_SPLIT_TYPE, "LOT_SPLIT", "SplitLot", lot_split, lot_split, split_links, OPERATORS, 1,
        10, "KSSJ 7.2.1b", "Makes parts of a lot lots of their own."),
    ROW(LOT_LOAD_TYPE, "LOT_LOAD", "LoadLot", lot_load, lot_load, load_links, OPERATORS, 1, 20,
        "KSSJ 7.2.1b", "Loads lots into a train or ship."),
    ROW(LOT_UNLOAD_TYPE, "LOT_UNLOAD", "UnloadLot", lot_unload, lot_unload, unload_links, OPERATORS,
        1, 20, "KSSJ 7.2.1b", "Unloads a train or ship into stock."),
    ROW(LOT_DEPART_TYPE, "LOT_DEPART", "DepartLot", lot_depart, lot_depart, depart_links, OPERATORS,
        1, 20, "KSSJ 7.2.1b", "A train or ship leaves: mass, distance and mode."),
    ROW(LOT_ARRIVE_TYPE, "LOT_ARRIVE", "ArriveLot", lot_arrive, lot_arrive, arrive_links, OPERATORS,
        1, 20, "KSSJ 7.2.1b", "A train or ship arrives, with the mass found."),
    ROW(LOT_OFFER_TYPE, "LOT_OFFER", "OfferLot", lot_offer, lot_offer, offer_links, OPERATORS, 1,
        10, "KSSJ 7.2.1b", "Offers ownership, custody or both to another organisation."),
    ROW(LOT_ANSWER_TYPE, "LOT_ANSWER", "AnswerLot", lot_answer, lot_answer, answer_links, OPERATORS,
        1, 20, "KSSJ 7.2.1b", "Accepts, refuses or withdraws an offer."),
    ROW(LOT_USE_TYPE, "LOT_USE", "UseLot", lot_use, lot_use, use_links,
        ROLE_MINE | ROLE_GROUP | ROLE_USER, 1, 5, "KSSJ 7.2.1b",
        "Uses coal up: power, coke, chemicals, other."),
    ROW(LOT_LOSS_TYPE, "LOT_LOSS", "LoseLot", lot_loss, lot_loss, loss_links, OPERATORS, 1, 5,
        "KSSJ 7.2.1b", "Books coal that was lost, with its cause."),
    ROW(LOT_STOCKTAKE_TYPE, "LOT_STOCKTAKE", "TakeStock", lot_stocktake, lot_stocktake,
        stocktake_links, OPERATORS, 1, 20, "KSSJ 7.2.1b",
        "Books what was measured in stock, up to the tolerance of one person."),
    ROW(LOT_ERROR_TYPE, "LOT_ERROR", "DeclareLotError", lot_error, lot_error, error_links,
        OPERATORS, 2, 20, "KSSJ 7.2.1b", "Declares that an event was recorded wrongly."),
    ROW(LOT_STOCKTAKE_CONFIRM_TYPE, "LOT_STOCKTAKE_CONFIRM", "ConfirmStock", lot_stocktake,
        lot_stocktake_confirm, stocktake_links, OPERATORS, 2, 20, "KSSJ 7.2.1b",
        "Books what was measured in stock, with a second person."),
};

const struct rule_table provenance_rules = {rows, sizeof rows / sizeof rows[0]};
