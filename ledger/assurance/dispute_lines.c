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
#define REASON_MAX 500

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

struct list {
    const Seam__DisputeLines *lines;
    const char *tag;
    const char *count_field;
    const char *root_field;
    struct arena *arena;
    struct err_detail *detail;
};

static enum judgement list_check(const struct list *in, uint32_t count, ProtobufCBinaryData root)
{
    struct hash made;
    if (in->lines == NULL) {
        return refusal_never(in->detail, (struct refusal){ERR_MISSING, "detached", "D3", NULL,
                                                          "the lines of the dispute"});
    }
    if (count == 0 || count > DISPUTE_CLAIMS_MAX * DISPUTE_CLAIMANTS_MAX ||
        in->lines->n_lines != count) {
        return refusal_never(in->detail, (struct refusal){ERR_TOTAL, in->count_field, "D3", NULL,
                                                          "one leaf for each"});
    }
    const enum err err = dispute_lines_root(&made, in->tag, in->lines, in->arena);
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

static enum judgement leaf_read(ProtobufCMessage **out, const struct list *in, size_t index,
                                const ProtobufCMessageDescriptor *type)
{
    const ProtobufCBinaryData content = in->lines->lines[index]->content;
    const enum err err = message_unpack(out, type, bytes_of(content.data, content.len),
                                        LEAF_BYTES_MAX, in->arena, in->detail);
    if (err == OK) {
        return JUDGE_OK;
    }
    return view_judgement(err, JUDGE_NEVER);
}

static enum judgement leaf_refuse(const struct list *in, size_t index, enum err err,
                                  const char *field, const char *hint)
{
    char path[64];
    (void)snprintf(path, sizeof path, "lines[%zu].%s", index, field);
    return refusal_never(in->detail, (struct refusal){err, path, "3.3", NULL, hint});
}

/* --- claims -----------------------------------------------------------------------------------*/

static bool texts_valid(const Seam__DisputeClaim *claim)
{
    return strlen(claim->code) <= LIMIT_ID_TEXT && strlen(claim->source) <= LIMIT_ID_TEXT &&
           strlen(claim->detail) <= LIMIT_ID_TEXT;
}

static bool same_line(const Seam__DisputeClaim *a, const Seam__DisputeClaim *b)
{
    return record_same(a->code, b->code) && record_same(a->source, b->source) &&
           record_same(a->detail, b->detail);
}

static enum judgement claim_check(const struct list *in, size_t index,
                                  const Seam__DisputeClaim **claims, int64_t *sum)
{
    const Seam__DisputeClaim *claim = claims[index];
    int64_t change = 0;
    if (!texts_valid(claim)) {
        return leaf_refuse(in, index, ERR_LENGTH, "code", "a line of the account, or none");
    }
    if (claim->reason[0] == '\0' || strlen(claim->reason) > REASON_MAX) {
        return leaf_refuse(in, index, ERR_MISSING, "reason", "a reason of at most 500 bytes");
    }
    if (!num_sub_i64(&change, claim->claimed_g, claim->stated_g) || change == 0 ||
        change == INT64_MIN || !num_add_i64(sum, *sum, change < 0 ? -change : change)) {
        return leaf_refuse(in, index, ERR_RANGE, "claimed_g", "another amount than stated");
    }
    for (size_t i = 0; i < index; i++) {
        if (same_line(claims[i], claim)) {
            return leaf_refuse(in, index, ERR_TWICE, "code", "one claim a line");
        }
    }
    return JUDGE_OK;
}

enum judgement dispute_claims_check(const ProtobufCMessage *detached, uint32_t count,
                                    ProtobufCBinaryData root, int64_t disputed_g,
                                    struct arena *arena, struct err_detail *detail)
{
    const struct list in = {(const Seam__DisputeLines *)detached,
                            TAG_DISPUTE_CLAIM,
                            "claim_count",
                            "claims_root",
                            arena,
                            detail};
    if (count > DISPUTE_CLAIMS_MAX) {
        return refusal_never(detail,
                             (struct refusal){ERR_RANGE, "claim_count", "3.3", "1..100", NULL});
    }
    enum judgement judgement = list_check(&in, count, root);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const Seam__DisputeClaim *claims[DISPUTE_CLAIMS_MAX];
    int64_t sum = 0;
    for (size_t i = 0; judgement == JUDGE_OK && i < count; i++) {
        ProtobufCMessage *message = NULL;
        judgement = leaf_read(&message, &in, i, &seam__dispute_claim__descriptor);
        if (judgement == JUDGE_OK) {
            claims[i] = (const Seam__DisputeClaim *)message;
            judgement = claim_check(&in, i, claims, &sum);
        }
    }
    if (judgement == JUDGE_OK && sum != disputed_g) {
        char text[32];
        (void)snprintf(text, sizeof text, "%lld", (long long)sum);
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "disputed_g", "3.3", text,
                                                      "the magnitudes of all changes"});
    }
    return judgement;
}

/* --- decided lines ----------------------------------------------------------------------------*/

enum outcome { OUTCOME_NONE, OUTCOME_VERIFIED, OUTCOME_REPORTED, OUTCOME_THIRD };

static enum outcome outcome_of(const char *text)
{
    static const char *const names[] = {"", "CONFIRM_VERIFIED", "CONFIRM_REPORTED", "THIRD_VALUE"};
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        if (record_same(text, names[i])) {
            return (enum outcome)i;
        }
    }
    return OUTCOME_NONE;
}

static bool totals_equal(const Seam__CategoryTotals *a, const Seam__CategoryTotals *b)
{
    return a->scope1_g == b->scope1_g && a->scope2_g == b->scope2_g && a->sinks_g == b->sinks_g &&
           a->information_g == b->information_g && a->gross_g == b->gross_g && a->net_g == b->net_g;
}

static enum judgement totals_check(const struct list *list, const struct dispute_decided *in,
                                   enum outcome all, int64_t change)
{
    const Seam__CategoryTotals *decided = in->decision->decided;
    int64_t net = 0;
    if (!num_add_i64(&net, in->in_force->net_g, change) || net != decided->net_g) {
        char text[32];
        (void)snprintf(text, sizeof text, "%lld", (long long)net);
        return refusal_never(list->detail, (struct refusal){ERR_TOTAL, "decided.net_g", "3.3", text,
                                                            "in force plus the changes"});
    }
    const Seam__CategoryTotals *side = NULL;
    if (all == OUTCOME_VERIFIED) {
        side = in->verified;
    } else if (all == OUTCOME_REPORTED) {
        side = in->reported;
    }
    if (side != NULL && !totals_equal(side, decided)) {
        return refusal_never(list->detail, (struct refusal){ERR_TOTAL, "decided", "3.3", NULL,
                                                            "the totals of the confirmed side"});
    }
    return JUDGE_OK;
}

static enum judgement decided_line(const struct list *list, const struct dispute_decided *in,
                                   size_t index, enum outcome *outcome, int64_t *change)
{
    ProtobufCMessage *message = NULL;
    const enum judgement judgement =
        leaf_read(&message, list, index, &seam__decision_line__descriptor);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const Seam__DecisionLine *line = (const Seam__DecisionLine *)message;
    *outcome = outcome_of(line->outcome);
    if (line->claim != index + 1) {
        return leaf_refuse(list, index, ERR_GAP, "claim", "each claim once, in order");
    }
    if (*outcome == OUTCOME_NONE || (*outcome == OUTCOME_VERIFIED && in->verified == NULL)) {
        return leaf_refuse(list, index, ERR_ENUM, "outcome",
                           "CONFIRM_VERIFIED (with an opinion), CONFIRM_REPORTED, THIRD_VALUE");
    }
    if (line->reason[0] == '\0' || strlen(line->reason) > REASON_MAX) {
        return leaf_refuse(list, index, ERR_MISSING, "reason", "a reason of at most 500 bytes");
    }
    if (!num_add_i64(change, *change, line->change_g)) {
        return leaf_refuse(list, index, ERR_RANGE, "change_g", NULL);
    }
    return JUDGE_OK;
}

enum judgement dispute_decided_check(const ProtobufCMessage *detached,
                                     const struct dispute_decided *in, struct arena *arena,
                                     struct err_detail *detail)
{
    const struct list list = {(const Seam__DisputeLines *)detached,
                              TAG_DECISION_LINE,
                              "line_count",
                              "lines_root",
                              arena,
                              detail};
    if (in->decision->line_count != in->claims) {
        return refusal_never(detail, (struct refusal){ERR_INCOMPLETE, "line_count", "3.3", NULL,
                                                      "a line for each claim"});
    }
    enum judgement judgement =
        list_check(&list, in->decision->line_count, in->decision->lines_root);
    enum outcome all = OUTCOME_NONE;
    int64_t change = 0;
    for (size_t i = 0; judgement == JUDGE_OK && i < in->claims; i++) {
        enum outcome outcome = OUTCOME_NONE;
        judgement = decided_line(&list, in, i, &outcome, &change);
        all = i == 0 || all == outcome ? outcome : OUTCOME_THIRD;
    }
    return judgement == JUDGE_OK ? totals_check(&list, in, all, change) : judgement;
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
