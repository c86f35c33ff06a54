/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves are hashed as the bytes they are, and only then read. */

#include "ledger/assurance/dispute_lines.h"

#include <stdio.h>
#include <string.h>

#include "ledger/assurance/dispute.h"
#include "ledger/assurance/record.h"
#include "ledger/base/num.h"
#include "ledger/chain/merkle.h"

#define LEAF_BYTES_MAX 4096

static bool leaf_hash(struct hash *out, const char *tag, const Seam__DisputeLeaf *leaf)
{
    struct hasher hasher;
    if (leaf->salt.len != MERKLE_SALT_SIZE) {
        return false;
    }
    merkle_leaf_begin(&hasher, tag);
    hash_add(&hasher, bytes_of(leaf->salt.data, leaf->salt.len));
    hash_add(&hasher, bytes_of(leaf->content.data, leaf->content.len));
    hash_end(&hasher, out);
    return true;
}

enum err dispute_lines_root(struct hash *out, const char *tag, const Seam__DisputeLines *lines,
                            struct arena *arena)
{
    struct hash *leaves = arena_alloc(arena, (lines->n_lines + 1) * sizeof *leaves);
    if (leaves == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < lines->n_lines; i++) {
        if (!leaf_hash(&leaves[i], tag, lines->lines[i])) {
            return ERR_LENGTH;
        }
    }
    merkle_root(out, leaves, lines->n_lines);
    return OK;
}

/* --- what claims and decided lines share ------------------------------------------------------*/

enum judgement dispute_leaves_check(const struct dispute_leaves *in, ProtobufCBinaryData root)
{
    struct hash made;
    const Seam__DisputeLines lines = {.base =
                                          PROTOBUF_C_MESSAGE_INIT(&seam__dispute_lines__descriptor),
                                      .n_lines = in->count,
                                      .lines = (Seam__DisputeLeaf **)(uintptr_t)in->leaves};
    const enum err err = dispute_lines_root(&made, in->tag, &lines, in->arena);
    if (err == ERR_MEMORY) {
        return refusal_of_world(in->detail, err);
    }
    if (err != OK) {
        return refusal_never(in->detail,
                             (struct refusal){err, "detached", "D3", "16 bytes of salt", NULL});
    }
    if (!record_data_equal(root, record_data(&made))) {
        char text[2 * HASH_SIZE + 1];
        hex_encode(text, hash_bytes(&made));
        return refusal_never(in->detail,
                             (struct refusal){ERR_TOTAL, in->root_field, "V24", text, NULL});
    }
    return JUDGE_OK;
}

enum judgement dispute_leaf_read(ProtobufCMessage **out, const struct dispute_leaves *in,
                                 size_t index, const ProtobufCMessageDescriptor *type)
{
    const ProtobufCBinaryData content = in->leaves[index]->content;
    const enum err err = message_unpack(out, type, bytes_of(content.data, content.len),
                                        LEAF_BYTES_MAX, in->arena, in->detail);
    if (err == OK) {
        return JUDGE_OK;
    }
    return view_judgement(err, JUDGE_NEVER);
}

enum judgement dispute_leaf_refuse(const struct dispute_leaves *in, size_t index, enum err err,
                                   const char *field, const char *limit, const char *hint)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s[%zu].%s", in->name, index, field);
    return refusal_never(in->detail, (struct refusal){err, path, "3.3", limit, hint});
}

static enum judgement leaf_refuse_amount(const struct dispute_leaves *in, size_t index,
                                         const char *field, int64_t due, const char *hint)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)due);
    return dispute_leaf_refuse(in, index, ERR_TOTAL, field, text, hint);
}

/* --- claims -----------------------------------------------------------------------------------*/

static bool texts_valid(const Seam__DisputeClaim *claim)
{
    return strlen(claim->code) <= LIMIT_ID_TEXT && strlen(claim->source) <= LIMIT_ID_TEXT &&
           strlen(claim->detail) <= LIMIT_ID_TEXT && strlen(claim->category) <= LIMIT_ID_TEXT;
}

/* Is it about something, and are its amounts those of this? */
static enum judgement claim_subject(const struct dispute_leaves *in, size_t index,
                                    const struct dispute_subject *subject,
                                    const Seam__DisputeClaim *claim)
{
    struct dispute_amount amount;
    const enum err err = dispute_subject_amount(&amount, subject, claim);
    if (err == ERR_ENUM) {
        return dispute_leaf_refuse(in, index, err, "category", NULL,
                                   "SCOPE1, SCOPE2, SINK, INFORMATION");
    }
    if (err == ERR_MISSING) {
        return refusal_never(in->detail,
                             (struct refusal){err, "account", "V24", NULL,
                                              "the lines of the account, to find this one"});
    }
    if (err == ERR_ABSENT) {
        return dispute_leaf_refuse(in, index, err, "code", NULL,
                                   "no line of the account, nor of a finding that counts");
    }
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    if (dispute_category_of(claim->category) != amount.category) {
        return dispute_leaf_refuse(in, index, ERR_ENUM, "category",
                                   dispute_category_field(amount.category), "that of the line");
    }
    if (claim->reported_g != amount.reported_g) {
        return leaf_refuse_amount(in, index, "reported_g", amount.reported_g, "by the account");
    }
    if (claim->stated_g != amount.stated_g) {
        return leaf_refuse_amount(in, index, "stated_g", amount.stated_g,
                                  "reported, with the findings that count");
    }
    return JUDGE_OK;
}

static enum judgement claim_check(const struct dispute_leaves *in, size_t index,
                                  const Seam__DisputeClaim **claims, int64_t *sum)
{
    const Seam__DisputeClaim *claim = claims[index];
    int64_t change = 0;
    if (!texts_valid(claim)) {
        return dispute_leaf_refuse(in, index, ERR_LENGTH, "code", NULL,
                                   "a line of the account, or none");
    }
    if (claim->reason[0] == '\0' || strlen(claim->reason) > DISPUTE_REASON_MAX) {
        return dispute_leaf_refuse(in, index, ERR_MISSING, "reason", NULL,
                                   "a reason of at most 500 bytes");
    }
    if (!num_sub_i64(&change, claim->claimed_g, claim->stated_g) || change == 0 ||
        change == INT64_MIN || !num_add_i64(sum, *sum, change < 0 ? -change : change)) {
        return dispute_leaf_refuse(in, index, ERR_RANGE, "claimed_g", NULL,
                                   "another amount than stated");
    }
    for (size_t i = 0; i < index; i++) {
        if (dispute_subject_same(claims[i], claim)) {
            return dispute_leaf_refuse(in, index, ERR_TWICE, "code", NULL, "one claim a line");
        }
    }
    return JUDGE_OK;
}

static enum judgement claims_each(const struct dispute_leaves *in,
                                  const struct dispute_subject *subject, int64_t disputed_g)
{
    const Seam__DisputeClaim *claims[DISPUTE_CLAIMS_MAX];
    enum judgement judgement = JUDGE_OK;
    int64_t sum = 0;
    for (size_t i = 0; judgement == JUDGE_OK && i < in->count; i++) {
        ProtobufCMessage *message = NULL;
        judgement = dispute_leaf_read(&message, in, i, &seam__dispute_claim__descriptor);
        if (judgement == JUDGE_OK) {
            claims[i] = (const Seam__DisputeClaim *)message;
            judgement = claim_check(in, i, claims, &sum);
        }
        if (judgement == JUDGE_OK) {
            judgement = claim_subject(in, i, subject, claims[i]);
        }
    }
    if (judgement == JUDGE_OK && sum != disputed_g) {
        char text[32];
        (void)snprintf(text, sizeof text, "%lld", (long long)sum);
        return refusal_never(in->detail, (struct refusal){ERR_TOTAL, "disputed_g", "3.3", text,
                                                          "the magnitudes of all changes"});
    }
    return judgement;
}

enum judgement dispute_claims_check(const ProtobufCMessage *detached,
                                    const struct dispute_claimed *claimed,
                                    const Seam__DisputeRecord *record, struct overlay *state,
                                    struct arena *arena, struct err_detail *detail)
{
    const Seam__DisputeLines *lines = (const Seam__DisputeLines *)detached;
    struct dispute_subject subject;
    if (claimed->count < 1 || claimed->count > DISPUTE_CLAIMS_MAX) {
        return refusal_never(detail,
                             (struct refusal){ERR_RANGE, "claim_count", "3.3", "1..100", NULL});
    }
    if (lines == NULL) {
        return refusal_never(detail, (struct refusal){ERR_MISSING, "detached", "D3", NULL,
                                                      "the lines of the dispute"});
    }
    if (lines->n_lines != claimed->count || lines->n_claims != 0) {
        return refusal_never(
            detail, (struct refusal){ERR_TOTAL, "claim_count", "D3", NULL, "one leaf for each"});
    }
    const struct dispute_leaves leaves = {
        lines->lines, lines->n_lines, TAG_DISPUTE_CLAIM, "lines", "claims_root", arena, detail};
    const enum judgement judgement = dispute_leaves_check(&leaves, claimed->root);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err =
        dispute_subject_open(&subject, state, record, lines->account, arena, detail);
    if (err != OK) {
        (void)err_set(detail, err, "account", "V24", NULL, "the lines that were anchored");
        return view_judgement(err, JUDGE_NEVER);
    }
    return claims_each(&leaves, &subject, claimed->disputed_g);
}

bool dispute_shown_check(const Seam__ShownLine *shown, ProtobufCBinaryData root, uint32_t count)
{
    struct hash expected;
    struct hash leaf;
    struct merkle_path path = {0};
    const char *tag = record_same(shown->list, "CLAIMS") ? TAG_DISPUTE_CLAIM : TAG_DECISION_LINE;
    if (!record_hash(&expected, root) || shown->leaf == NULL || shown->index >= count ||
        shown->n_path > MERKLE_PATH_MAX || !leaf_hash(&leaf, tag, shown->leaf)) {
        return false;
    }
    for (size_t i = 0; i < shown->n_path; i++) {
        if (!record_hash(&path.siblings[i], shown->path[i])) {
            return false;
        }
    }
    path.count = (uint8_t)shown->n_path;
    return merkle_path_verify(&expected, shown->index, count, &leaf, &path);
}
