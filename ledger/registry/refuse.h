/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_REFUSE_H
#define LEDGER_REGISTRY_REFUSE_H

/* How the rules of this folder say no, and the small questions all of them ask. Inside this folder
 * only. Ids of transfers, orders, pledges and the like live side by side under KEY_ORDER, told
 * apart by their kind. */

#include "ledger/governance/view.h"
#include "ledger/proto/registry.pb-c.h"

/* unit_refuse fills detail and returns judgement. limit says what would have been possible. Texts
 * may be NULL. */
enum judgement unit_refuse(struct err_detail *detail, enum judgement judgement, enum err err,
                           const char *rule, const char *field, const char *limit,
                           const char *hint);
/* unit_refuse_amount: the limit is a number of units. */
enum judgement unit_refuse_amount(struct err_detail *detail, enum err err, const char *rule,
                                  const char *field, uint64_t possible, const char *hint);
/* unit_world is for what can fail by the world only; OK gives JUDGE_OK. */
enum judgement unit_world(struct err_detail *detail, enum err err);
/* unit_missing: what a view answered about id. ERR_ABSENT gives NOT_YET. */
enum judgement unit_missing(struct err_detail *detail, enum err err, const char *field,
                            const char *id);
/* unit_new: JUDGE_OK when nothing stands under key, NEVER with ERR_CONFLICT when something does.
 * The receipt will name key as created. */
enum judgement unit_new(struct rule_context *context, const struct state_key *key,
                        const char *field, struct err_detail *detail);
/* unit_put writes a record. */
enum judgement unit_put(struct rule_context *context, const struct state_key *key,
                        const ProtobufCMessage *record, struct err_detail *detail);
/* unit_link copies a key into the context's arena, for links functions; empty without memory. */
struct bytes unit_link(struct rule_context *context, const struct state_key *key);

/* What lives under KEY_ORDER. The letters are part of keys: never changed. */
enum order_kind {
    ORDER_TRANSFER = 'T',
    ORDER_FREEZE = 'F',
    ORDER_PLEDGE = 'P',
    ORDER_CANCELLATION = 'C',
    ORDER_ISSUE = 'I',
    ORDER_ALLOCATION = 'A',
    ORDER_RECOVERY = 'R',
    ORDER_EFFECT = 'E',
    ORDER_IMPORT = 'M',
    ORDER_EXPORT = 'X',
    ORDER_HASH_LOCK = 'H'
};

/* order_hash is what blocks carry as `by`: the hash of kind and id. */
void order_hash(struct hash *out, enum order_kind kind, const char *id);
struct state_key order_key(enum order_kind kind, const char *id);

/* unit_list appends id to a list of all (KEY_LIST); counter is the member of RegistryCounters that
 * counts it, given by its table. Tables: KEY_SCHEME, KEY_ASSET, KEY_HOLDING, KEY_PROJECT,
 * KEY_SERIES, KEY_ORDER (cancellations). */
enum err NODISCARD unit_list(struct rule_context *context, enum key_table table, const char *id);

#endif
