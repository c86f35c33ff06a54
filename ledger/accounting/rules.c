/* SPDX-License-Identifier: Apache-2.0 */
/* The three account transactions as the rest of the ledger sees them: one row each. */
#include "ledger/accounting/accounting.h"
#include "ledger/accounting/submission.h"
#include "ledger/codec/message.h"

#include <string.h>

static enum judgement value_rule(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail,
                                 bool correction)
{
    struct submission in;
    const enum judgement judgement = submission_start(&in, context, payload, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    in.lines = (const Seam__AccountLines *)detached;
    if (detached == NULL) {
        return submission_refuse(&in, JUDGE_NEVER, ERR_MISSING, "detached", "D3", NULL,
                                 "the lines of the account");
    }
    if ((in.account->version > 1) != correction) {
        return submission_refuse(&in, JUDGE_NEVER, ERR_RANGE, "version", "4.3",
                                 correction ? "2 or more" : "1",
                                 "ACCOUNT_SUBMIT begins, ACCOUNT_CORRECT follows");
    }
    return submission_judge(&in, false);
}

/* [KSSJ 5.2.1] */
static enum judgement account_submit(struct rule_context *context, const ProtobufCMessage *payload,
                                     const ProtobufCMessage *detached, struct err_detail *detail)
{
    return value_rule(context, payload, detached, detail, false);
}

static enum judgement account_correct(struct rule_context *context, const ProtobufCMessage *payload,
                                      const ProtobufCMessage *detached, struct err_detail *detail)
{
    return value_rule(context, payload, detached, detail, true);
}

static enum judgement account_nil(struct rule_context *context, const ProtobufCMessage *payload,
                                  const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct submission in;
    const enum judgement judgement = submission_start(&in, context, payload, detail);
    return judgement == JUDGE_OK ? submission_judge(&in, true) : judgement;
}

static struct bytes keep(struct rule_context *context, const struct state_key *key)
{
    struct bytes out = bytes_of(NULL, 0);
    if (!arena_copy(context->arena, state_key_bytes(key), &out)) {
        return bytes_of(NULL, 0);
    }
    return out;
}

/* Version 1 waits for version 1 of the period before; the first period for its facility; a
 * correction for the version it replaces. */
static void account_links(struct rule_context *context, const ProtobufCMessage *payload,
                          struct bytes *creates, struct bytes *needs)
{
    const Seam__Account *account = (const Seam__Account *)payload;
    struct period period;
    if (period_parse(&period, bytes_text(account->period)) != OK || account->version == 0) {
        return;
    }
    struct state_key key = submission_version_key(account->facility, period, account->version);
    *creates = keep(context, &key);
    if (account->version > 1) {
        key = submission_version_key(account->facility, period, account->version - 1);
    } else if (account->previous.len > 0 && period.number > 0) {
        period.number--;
        key = submission_version_key(account->facility, period, 1);
    } else {
        key = state_key_named(KEY_FACILITY, account->facility);
    }
    *needs = keep(context, &key);
}

/* The transaction that anchored this very account (decision D5). */
static enum err account_duplicate(struct rule_context *context, const ProtobufCMessage *payload,
                                  struct hash *first)
{
    const Seam__Account *account = (const Seam__Account *)payload;
    struct period period;
    struct bytes bytes;
    struct hash hash;
    if (period_parse(&period, bytes_text(account->period)) != OK) {
        return ERR_ABSENT;
    }
    const struct state_key key =
        submission_version_key(account->facility, period, account->version);
    ProtobufCMessage *message = NULL;
    enum err err = view_record(&message, &seam__account_record__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        err = message_pack(&bytes, payload, context->arena);
    }
    if (err != OK) {
        return err;
    }
    const Seam__AccountRecord *record = (const Seam__AccountRecord *)message;
    account_hash(&hash, bytes);
    if (record->tx_id.len != HASH_SIZE ||
        !bytes_equal(bytes_of(record->account_hash.data, record->account_hash.len),
                     hash_bytes(&hash))) {
        return ERR_ABSENT;
    }
    memcpy(first->bytes, record->tx_id.data, HASH_SIZE);
    return OK;
}

static const struct rule_row rows[] = {
    {.type = ACCOUNT_SUBMIT_TYPE,
     .name = "ACCOUNT_SUBMIT",
     .operation = "SubmitAccount",
     .payload = &seam__account__descriptor,
     .detached = &seam__account_lines__descriptor,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = account_submit,
     .links = account_links,
     .duplicate = account_duplicate,
     .cost = 10,
     .clause = "KSSJ 5.2.1",
     .since = 1,
     .help_en = "Anchors the account of a facility for one period."},
    {.type = ACCOUNT_CORRECT_TYPE,
     .name = "ACCOUNT_CORRECT",
     .operation = "CorrectAccount",
     .payload = &seam__account__descriptor,
     .detached = &seam__account_lines__descriptor,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = account_correct,
     .links = account_links,
     .duplicate = account_duplicate,
     .cost = 10,
     .clause = "KSSJ 5.2.1",
     .since = 1,
     .help_en = "Replaces the account of a period by a new version, with its reason."},
    {.type = ACCOUNT_NIL_TYPE,
     .name = "ACCOUNT_NIL",
     .operation = "DeclareNil",
     .payload = &seam__account__descriptor,
     .detached = NULL,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = account_nil,
     .links = account_links,
     .duplicate = account_duplicate,
     .cost = 5,
     .clause = "KSSJ 5.1.1",
     .since = 1,
     .help_en = "Declares a period without activity, NIL or SUSPENDED."},
};

const struct rule_table accounting_rules = {rows, sizeof rows / sizeof rows[0]};
