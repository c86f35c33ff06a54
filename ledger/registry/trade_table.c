/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of trade and compliance. What moves units carries an idempotency key (D5). What reserves
 * units for another or gives them up needs two persons [V22]; a payment is confirmed by the
 * settlement organisation alone. The rows of one message stand together: that is what the search
 * relies on. */

#include "ledger/registry/price.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/units_fields.h"

#define HOLDERS (ROLE_MINE | ROLE_GROUP | ROLE_USER | ROLE_CARRIER | ROLE_DESK)
#define ONE .signatures = 1, .usages = {USAGE_SUBMIT}
#define TWO .signatures = 2, .usages = {USAGE_SUBMIT, USAGE_APPROVE}
#define MOVES .moves_units = true

#define ROW(type_, NAME, Operation, stem, roles_, signatures_, cost_, clause_, ...)                \
    {                                                                                              \
        .type = type_, .name = NAME, .operation = Operation,                                       \
        .payload = &seam__##stem##__descriptor, .roles = roles_, signatures_, .apply = stem,       \
        .cost = cost_, .clause = clause_, .since = 1, .help_en = __VA_ARGS__                       \
    }

static const struct rule_row rows[] = {
    ROW(116, "PRICE_PUBLISH", "PublishPrice", price_publish,
        ROLE_REGULATOR | ROLE_REGISTRAR | ROLE_SETTLEMENT, ONE, 4, "KSSJ 8c",
        "Publishes the close of one day.", .links = price_publish_links),
    ROW(117, "TRADE_PROPOSE", "ProposeTrade", trade_propose, HOLDERS, ONE, 8, "KSSJ 8c",
        "Offers to sell or buy units at a price.", .links = trade_propose_links),
    ROW(118, "TRADE_ACCEPT", "AcceptTrade", trade_accept, HOLDERS, ONE, 8, "KSSJ 8c",
        "Takes an offer, the whole or a part.", .links = trade_accept_links),
    ROW(119, "TRADE_LOCK", "LockTrade", trade_lock, HOLDERS, TWO, 12, "KSSJ 8c",
        "Reserves the seller's units until the payment is due.", .links = trade_lock_links, MOVES),
    ROW(120, "PAYMENT_CONFIRM", "ConfirmPayment", payment_confirm, HOLDERS | ROLE_SETTLEMENT, ONE,
        16, "KSSJ 8c", "Confirms the payment, which delivers the units.",
        .links = payment_confirm_links, MOVES),
    ROW(121, "TRADE_REFUND", "RefundTrade", trade_refund, HOLDERS | ROLE_SETTLEMENT, ONE, 10,
        "KSSJ 8c", "Ends an offer, or a part of it that was not paid in time.",
        .links = trade_refund_links, MOVES),
    ROW(122, "SURRENDER_PROPOSE", "ProposeSurrender", surrender_propose, HOLDERS, TWO, 30,
        "KSSJ 8a", "Gives units for the obligation of a year.", .links = surrender_propose_links,
        MOVES),
    ROW(123, "SURRENDER_APPROVE", "ApproveSurrender", surrender_approve, ROLE_REGULATOR, TWO, 30,
        "KSSJ 8a", "Approves a surrender: the units are used up.", .links = surrender_approve_links,
        MOVES),
    ROW(124, "SURRENDER_REJECT", "RejectSurrender", surrender_reject, ROLE_REGULATOR, TWO, 20,
        "KSSJ 8a", "Rejects a surrender: the units are free again.",
        .links = surrender_reject_links, MOVES),
    ROW(125, "SURRENDER_REVERSE", "ReverseSurrender", surrender_reverse, HOLDERS | ROLE_REGULATOR,
        TWO, 20, "KSSJ 8a", "Takes a surrender back, once, inside its window.",
        .links = surrender_reverse_links, MOVES),
    ROW(126, "CARRY_OVER", "CarryOver", carry_over, HOLDERS, TWO, 30, "KSSJ 8b",
        "Retires units of past vintages and issues as many of the next.", .links = carry_over_links,
        MOVES),
    ROW(127, "LAPSE", "LapseUnits", lapse, ROLE_REGISTRAR | ROLE_REGULATOR, TWO, 20, "KSSJ 8b",
        "Ends units that were not carried over in time.", .links = lapse_links, MOVES),
};

const struct rule_table trade_rules = {.rows = rows, .count = sizeof rows / sizeof rows[0]};

static const struct rule_row exclude_rows[] = {
    ROW(144, "COMPLIANCE_EXCLUDE", "ExcludeCompliance", compliance_exclude, ROLE_REGULATOR, TWO, 6,
        "KSSJ 8a", "Says that an account owes nothing for a year, or that it owes again.",
        .links = compliance_exclude_links),
};

const struct rule_table compliance_rules = {
    .rows = exclude_rows,
    .count = sizeof exclude_rows / sizeof exclude_rows[0],
};

#define F UNITS_FIELD
#define YEAR .min = "1990", .max = "2199"

static const struct field_row fields[] = {
    UNITS_FIELD_ROWS,
    F(price_publish, "scheme", ID, 1, "Scheme that the asset is traded in."),
    F(price_publish, "venue", ID, 1, "Exchange or market.", .choices = "A-Z"),
    F(price_publish, "asset", ID, 1, "Asset class.", .choices = "A-Z"),
    F(price_publish, "vintage", INTEGER, 0, "Its vintage; 0: all of them.", .max = "2199"),
    F(price_publish, "day", DATE, 1, "Trading day."),
    F(price_publish, "version", INTEGER, 1, "1, then one more each time.", .min = "1",
      .max = "1000000"),
    F(price_publish, "volume", INTEGER, 0, "Units traded that day.", .max = "1000000000000"),
    F(price_publish, "close_fen", INTEGER, 1, "Closing price of one unit, in 0.01 of the currency.",
      .min = "0", .max = "100000000000"),
    F(trade_propose, "trade", ID, 1, "Id of the offer, unique on the chain."),
    F(trade_propose, "side", ENUM, 1, "What the proposer does.", .choices = "SELL,BUY"),
    F(trade_propose, "holding", ID, 1, "The proposer's account."),
    F(trade_propose, "counterparty", ID, 0, "The other account; any of the scheme when empty."),
    F(trade_propose, "method", ENUM, 1, "How it is traded.", .choices = "LISTED,BLOCK"),
    F(trade_propose, "units", MESSAGE, 1, "What is sold."),
    F(trade_propose, "least", INTEGER, 0, "Smallest part that may be taken; 0: the whole only.",
      .max = "1000000000000"),
    F(trade_propose, "price_fen", INTEGER, 1, "Price of one unit, in 0.01 of the currency.",
      .min = "0", .max = "100000000000"),
    F(trade_propose, "settlement", ID, 0, "Organisation that confirms the payment."),
    F(trade_propose, "hash_lock", HASH, 0, "SHA-256 of a secret of 32 bytes, instead of it."),
    F(trade_propose, "expires_ms", TIME, 0, "Until when it stands; the scheme's time when empty."),
    F(trade_propose, "payment_hours", INTEGER, 1, "Hours from the lock to the payment.", .min = "1",
      .max = "8784"),
    F(trade_accept, "trade", ID, 1, "Which offer."),
    F(trade_accept, "holding", ID, 1, "The account that takes it."),
    F(trade_accept, "quantity", INTEGER, 1, "How many units of it.", .min = "1",
      .max = "1000000000000"),
    F(trade_lock, "trade", ID, 1, "Which offer."),
    F(trade_lock, "fill", INTEGER, 1, "Which part of it, from 1.", .min = "1", .max = "4294967295"),
    F(trade_lock, "ranges", MESSAGE, 0, "Exactly these serial numbers.", .max = "64"),
    F(payment_confirm, "trade", ID, 1, "Which offer."),
    F(payment_confirm, "fill", INTEGER, 1, "Which part of it.", .min = "1", .max = "4294967295"),
    F(payment_confirm, "amount_fen", INTEGER, 1, "What was paid, in 0.01 of the currency.",
      .min = "1", .max = "9007199254740991"),
    F(payment_confirm, "reference", TEXT, 0, "Reference of the payment.", .max = "64"),
    F(payment_confirm, "preimage", BYTES, 0, "What opens the hash lock.", .max = "32"),
    F(payment_confirm, "returned", BOOL, 0, "A late payment went back."),
    F(trade_refund, "trade", ID, 1, "Which offer."),
    F(trade_refund, "fill", INTEGER, 0, "Which part of it; 0: the offer itself.",
      .max = "4294967295"),
    F(trade_refund, "reason", TEXT, 0, "Why.", .max = "200"),
    F(surrender_propose, "surrender", ID, 1, "Id of the surrender, unique on the chain."),
    F(surrender_propose, "holding", ID, 1, "Whose units."),
    F(surrender_propose, "year", INTEGER, 1, "Whose obligation.", YEAR),
    F(surrender_propose, "units", MESSAGE, 1, "What is given.", .max = "16"),
    F(surrender_propose, "beneficiary", TEXT, 0, "For whom.", .max = "200"),
    F(surrender_propose, "purpose", TEXT, 0, "What for.", .max = "200"),
    F(surrender_approve, "surrender", ID, 1, "Which surrender."),
    F(surrender_reject, "surrender", ID, 1, "Which surrender."),
    F(surrender_reject, "reason", TEXT, 1, "Why.", .max = "200"),
    F(surrender_reverse, "surrender", ID, 1, "Which surrender."),
    F(surrender_reverse, "reason", TEXT, 1, "Why.", .max = "200"),
    F(carry_over, "carry", ID, 1, "Id of the carry-over, unique on the chain."),
    F(carry_over, "holding", ID, 1, "Whose units."),
    F(carry_over, "year", INTEGER, 1, "From which year; the next one's units are issued.", YEAR),
    F(carry_over, "units", MESSAGE, 1, "What is retired, of one asset.", .max = "16"),
    F(lapse, "holding", ID, 1, "Whose units."),
    F(lapse, "year", INTEGER, 1, "Year whose window is over.", YEAR),
    F(lapse, "units", MESSAGE, 1, "What lapses."),
    F(compliance_exclude, "holding", ID, 1, "Which account."),
    F(compliance_exclude, "year", INTEGER, 1, "Which year.", YEAR),
    F(compliance_exclude, "excluded", BOOL, 0, "Owes nothing; else it owes again."),
    F(compliance_exclude, "reason", TEXT, 1, "Why.", .max = "200"),
};

const struct field_table trade_fields = {
    .rows = fields,
    .count = sizeof fields / sizeof fields[0],
};
