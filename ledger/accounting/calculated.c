/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an account follows from its lines depends on bytes alone, and a node is asked it at the
 * door, when it builds and when it checks a block. So a yes is remembered under the hash of all
 * that it follows from; a no is worked out each time, with its reason. Whatever is read here to
 * answer goes into question(). */
#include "ledger/accounting/boundary.h"
#include "ledger/accounting/submission.h"
#include "ledger/codec/message.h"
#include "ledger/mutant.h"

#include <string.h>

/* The set that the account names, as published, if the scheme adopted it for the period. */
static enum judgement find_set(const struct submission *in, struct bytes *out)
{
    struct rule_context *context = in->context;
    struct hash hash;
    const Seam__ParameterSetRecord *record = NULL;
    const Seam__AdoptionRecord *adoption = NULL;
    const ProtobufCBinaryData named = in->account->parameter_set_hash;
    if (named.len != HASH_SIZE) {
        return submission_refuse(in, JUDGE_NEVER, ERR_LENGTH, "parameter_set_hash", "D7",
                                 "32 bytes", NULL);
    }
    memcpy(hash.bytes, named.data, HASH_SIZE);
    enum err err = view_parameter_set(&record, context->state, &hash, context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_SET, "parameter_set_hash",
                                  "not published on this chain");
    }
    err = view_adoption(&adoption, context->state, in->facility->scheme, &hash, context->arena);
    if (err != OK) {
        return submission_missing(in, err, ERR_SET, "parameter_set_hash",
                                  "not adopted by the scheme");
    }
    if (!view_adoption_covers(adoption, in->account->period)) {
        return submission_refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46",
                                 adoption->from_period, "not adopted for this period");
    }
    *out = bytes_of(record->parameter_set.data, record->parameter_set.len);
    return JUDGE_OK;
}

static void add_sized(struct hasher *hasher, struct bytes in)
{
    hash_add_u64(hasher, in.size);
    hash_add(hasher, in);
}

/* Names the question by everything that calculate reads: the account, whose hash is that of its
 * canonical bytes; its lines; the set, by its bytes rather than by the name the account gives it;
 * the boundary; the attested gas grade; the rules version. */
static enum err question(struct hash *out, const struct submission *in, struct bytes set)
{
    const struct rule_context *context = in->context;
    struct bytes boundary;
    struct hasher hasher;
    const enum err err = message_pack(&boundary, &in->boundary->base, context->arena);
    if (err != OK) {
        return err;
    }
    hash_begin(&hasher, TAG_CALCULATED);
    hash_add_u64(&hasher, context->rules_version);
    if (!LEDGER_MUTANT(LEDGER_MUTANT_KNOWN_BY_LINES)) {
        hash_add(&hasher, hash_bytes(&in->hash));
    }
    add_sized(&hasher, in->lines != NULL ? context->detached : bytes_of(NULL, 0));
    add_sized(&hasher, set);
    if (!LEDGER_MUTANT(LEDGER_MUTANT_KNOWN_BY_LINES)) {
        add_sized(&hasher, boundary);
    }
    add_sized(&hasher, bytes_text(view_gas_grade(in->facility, in->account->period)));
    hash_end(&hasher, out);
    return OK;
}

static enum judgement calculate(const struct submission *in, struct bytes bytes)
{
    struct set set;
    enum err err = set_stored(&set, bytes, in->context->arena, in->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    if (set.message->cross_check) {
        return submission_refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46", NULL,
                                 "a cross-check set cannot be submitted");
    }
    const bool value = strcmp(in->account->state, "VALUE") == 0;
    const Seam__CalculationFile *file = NULL;
    err = account_recompute(&file, in->account, in->lines, &set, in->context->arena, in->detail);
    if (err == OK && value) {
        const char *grade = view_gas_grade(in->facility, in->account->period);
        err = boundary_complete(file, in->boundary, &set, grade, in->detail);
    }
    if (err != OK) {
        if (in->detail != NULL && in->detail->err == OK) {
            err_set(in->detail, err, "lines", NULL, NULL, NULL);
        }
        return err == ERR_MEMORY ? JUDGE_UNABLE : JUDGE_NEVER;
    }
    return JUDGE_OK;
}

enum judgement submission_calculate(const struct submission *in)
{
    struct bytes set;
    struct hash name;
    enum judgement judgement = find_set(in, &set);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = question(&name, in, set);
    if (err != OK) {
        err_set(in->detail, err, "lines", NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    if (known_has(in->context->known, &name)) {
        return JUDGE_OK;
    }
    judgement = calculate(in, set);
    if (judgement == JUDGE_OK) {
        known_add(in->context->known, &name);
    }
    return judgement;
}
