/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_EVENT_H
#define LEDGER_PROVENANCE_EVENT_H

/* One event being judged: its head is checked, its lots are opened, changed and written back with
 * history, edges, findings and lists, all in one place, so that no rule can forget one. A rule
 * reads: event_start, open lots (event_take, event_open, event_create), event_rules, its own
 * questions, event_finish. Inside provenance/ only. */

#include "ledger/accounting/set.h"
#include "ledger/base/period.h"
#include "ledger/governance/id.h"
#include "ledger/provenance/balance.h"
#include "ledger/provenance/view.h"

#define EVENT_PARTS_MAX 64 /* inputs of a blend, lots of a load */
#define EVENT_OUTPUTS_MAX 16
#define EVENT_LOTS_MAX (2 * EVENT_PARTS_MAX) /* opened or made by one event */
#define EVENT_FINDINGS_MAX 64
/* Header time may lag behind the clock of whoever weighs coal by a heartbeat (D11): so much may an
 * event lie after its block. */
#define EVENT_AHEAD_MS UINT64_C(300000)

/* A lot that the event touches. */
struct event_lot {
    Seam__LotRecord *lot;
    int64_t before_kg;
    int64_t before_claim_kg;
    int64_t before_gain_kg;
    uint32_t edge; /* 1 + index of the edge that was written */
    int64_t consumed_kg; /* went into other lots: an edge */
    bool created;
    const Seam__LotRecord *parent; /* of a part; NULL: all that were consumed */
};

struct event {
    struct rule_context *context;
    struct err_detail *detail;
    const Seam__LotHead *head;
    int32_t utc_offset; /* minutes */
    char month[PERIOD_TEXT_SIZE]; /* of the event */
    struct set rules; /* the lot rules, after event_rules */
    const char
        *schemes[LIMIT_LOT_SCHEMES]; /* whose coal meets: that of the rules, others ascending */
    size_t scheme_count;
    struct set others[LIMIT_LOT_SCHEMES]; /* lot rules of the other schemes */
    size_t other_count;
    struct hash other_hashes[LIMIT_LOT_SCHEMES];
    ProtobufCBinaryData other_rules[LIMIT_LOT_SCHEMES];
    Seam__LotEventRecord record;
    Seam__LotBalance balance;
    struct event_lot lots[EVENT_LOTS_MAX];
    size_t lot_count;
    Seam__LotEventPart *inputs[EVENT_LOTS_MAX];
    Seam__LotEventPart *outputs[EVENT_LOTS_MAX];
    Seam__LotEventPart *losses[EVENT_OUTPUTS_MAX];
    Seam__LotFinding *findings[EVENT_FINDINGS_MAX];
};

/* What event_open asks of a lot. */
enum event_need {
    NEED_OWNER = 1 << 0, /* the sender owns it */
    NEED_CUSTODY = 1 << 1, /* the sender holds it */
    NEED_STOCK = 1 << 2, /* it is in stock */
    NEED_PLACE = 1 << 3, /* at the place of the event */
    NEED_FREE = 1 << 4, /* no offer of it is open */
    NEED_ALL = 31
};

/* event_refuse notes an error with its rule and returns judgement; texts may be NULL. */
enum judgement event_refuse(const struct event *event, enum judgement judgement, enum err err,
                            const char *field, const char *rule, const char *limit,
                            const char *hint);
/* event_world is for calls that fail by the world alone; OK is JUDGE_OK. */
enum judgement event_world(const struct event *event, enum err err);
/* event_missing: what a view did not find is named and may still come; else the world's trouble. */
enum judgement event_missing(const struct event *event, enum err err, const char *field,
                             const char *id);

/* event_start checks the head: a place that exists, hashes of 32 bytes, a time not after the
 * block's (and EVENT_AHEAD_MS). */
enum judgement event_start(struct event *event, struct rule_context *context, uint32_t type,
                           const Seam__LotHead *head, struct err_detail *detail);
/* event_month gives the month of a time where the clock is so many minutes before UTC. */
void event_month(char *out, uint64_t time_ms, int32_t utc_offset);
/* event_facility reads a facility of the sender of these kinds ("UG,OP"; NULL: any), and holds
 * month against the time of the event; month may be NULL. The record names facility, stage and
 * month. */
enum judgement event_facility(struct event *event, const Seam__FacilityRecord **out,
                              const char *facility, const char *kinds, const char *month);

/* event_open gives a lot for change. NOT_YET: no such lot. Twice in one event is refused. */
enum judgement event_open(struct event *event, Seam__LotRecord **out, const char *lot,
                          uint32_t needs, const char *field);
/* event_amount reads qty of what the lot has; refused with what is there (V12). */
enum judgement event_amount(struct event *event, int64_t *kg, const Seam__LotRecord *lot,
                            const char *qty, const char *field);
/* event_create gives a new lot with its quality, place of the event, the sender as owner and
 * custodian, empty otherwise. The GTIN must be the sender's own. Not written before finish. */
enum judgement event_create(struct event *event, Seam__LotRecord **out, const char *lot, int64_t kg,
                            const struct quality *quality, const char *field);
/* event_part_off makes to_lot out of kg of a lot: same GTIN, owner, custodian, place, quality,
 * model and origins; the claim by mass. */
enum judgement event_part_off(struct event *event, Seam__LotRecord **out, Seam__LotRecord *lot,
                              const char *to_lot, int64_t kg, const char *field);

/* event_rules reads the lot rules that the head names: they must be those in force, the newest that
 * scheme adopted for the month of the event. The rules of the other schemes of the lots opened so
 * far are read, too. It asks how old the event is: refused above event.backdate_days, W_LATE above
 * event.late_days. */
enum judgement event_rules(struct event *event, const char *scheme);
/* event_age is the last step of event_rules. Inside event*.c only. */
enum judgement event_age(struct event *event);
/* event_schemes gives what the event makes the schemes of everything that it opened. */
void event_schemes(struct event *event, Seam__LotRecord *lot);
/* event_value gives a number of the lot rules, where several schemes meet the strictest; refused
 * with ERR_PARAM where the set has none. */
enum judgement event_value(struct event *event, struct dec *out, const char *key);

/* event_move changes the state of a lot; what may follow what stands in state.c. */
enum judgement event_move(struct event *event, Seam__LotRecord *lot, enum lot_state next);
/* event_touch says that owner, custodian or place of a lot changed. */
void event_touch(const struct event *event, Seam__LotRecord *lot);
/* event_consume takes kg out of a lot into other lots; *claim_kg (may be NULL) is the part of its
 * claim that goes along. */
void event_consume(struct event *event, Seam__LotRecord *lot, int64_t kg, int64_t *claim_kg);
/* event_reduce takes kg from what is there, with their part of its claim and of its carried gain;
 * the caller books it. Gives the claim that went along. */
int64_t event_reduce(Seam__LotRecord *lot, int64_t kg);

/* event_input, event_output: a part of the record. ERR_MEMORY. */
enum err NODISCARD event_input(struct event *event, const char *lot, int64_t kg,
                               const struct quality *quality);
enum err NODISCARD event_output(struct event *event, const char *lot, int64_t kg,
                                const struct quality *quality);
enum err NODISCARD event_loss(struct event *event, int64_t kg, const struct quality *quality);
/* event_finding records what was admitted and should be looked at. ERR_MEMORY. */
enum err NODISCARD event_finding(struct event *event, const char *code, const char *about,
                                 const char *amount, const char *limit);

/* event_finish asks the invariants, and writes lots, history, edges, lists and the record. */
enum judgement event_finish(struct event *event);

/* event_list appends to a list (view.h). */
enum err NODISCARD event_list(struct event *event, enum lot_list list, const char *owner,
                              const char *lot, const struct hash *id);
/* event_text copies a text into the transaction's arena; NULL when memory ends. */
char *event_text(const struct event *event, const char *text);
ProtobufCBinaryData event_data(const struct hash *hash);

#endif
