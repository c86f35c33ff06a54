/* SPDX-License-Identifier: Apache-2.0 */
/* Who may read which file, who did, and what came of it [KSSJ 6.1b]. The ledger holds hashes: of
 * the file, of the sealed file key, of a salted line. A file that is missing or is another one than
 * its hash says becomes a finding without anybody's doing (3.2). */
#include "ledger/assurance/finding.h"
#include "ledger/assurance/rules.h"

#include "ledger/chain/merkle.h"

#include <string.h>

static enum judgement reader_valid(struct rule_context *context, const char *reader,
                                   struct err_detail *detail)
{
    const Seam__OrganisationRecord *record = NULL;
    if (record_same(reader, context->organisation_id)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "reader", "V24", NULL,
                                                      "the owner reads its own files anyway"});
    }
    return refusal_of_view(detail,
                           view_organisation(&record, context->state, reader, context->arena),
                           "reader", reader);
}

/* An engagement that is named must be one of the sender's. */
static enum judgement engagement_fits(struct rule_context *context, const char *engagement,
                                      struct err_detail *detail)
{
    struct engaging in;
    if (engagement[0] == '\0') {
        return JUDGE_OK;
    }
    const enum judgement judgement = engaging_load(&in, context, engagement, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (!record_same(in.record->client, context->organisation_id) &&
        !record_same(in.record->verifier, context->organisation_id)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "engagement", "D42", NULL,
                                                      "an engagement of others"});
    }
    return JUDGE_OK;
}

static enum judgement grant_read(Seam__GrantRecord **out, struct rule_context *context,
                                 const char *owner, ProtobufCBinaryData evidence,
                                 const char *reader, struct err_detail *detail)
{
    struct hash hash;
    ProtobufCMessage *message = NULL;
    if (!record_hash(&hash, evidence)) {
        return refusal_never(detail,
                             (struct refusal){ERR_LENGTH, "evidence", "V24", "32 bytes", NULL});
    }
    const struct state_key key = record_key_grant(owner, &hash, reader);
    const enum err err =
        record_get(&message, &seam__grant_record__descriptor, context->state, &key, context->arena);
    if (err == OK) {
        *out = (Seam__GrantRecord *)message;
    }
    return refusal_of_view(detail, err, "evidence", reader);
}

static enum judgement grant_put(struct rule_context *context, const Seam__GrantRecord *grant,
                                struct err_detail *detail)
{
    struct hash hash;
    if (!record_hash(&hash, grant->evidence)) {
        return refusal_of_world(detail, ERR_CORRUPT);
    }
    const struct state_key key = record_key_grant(grant->owner, &hash, grant->reader);
    return refusal_of_world(detail, record_put(context, &key, &grant->base));
}

/* --- grant and revoke ---------------------------------------------------------------------------
 */

/* A grant that was revoked can be given again; one in force is not given twice. */
enum judgement evidence_grant(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EvidenceGrant *in = (const Seam__EvidenceGrant *)payload;
    Seam__GrantRecord fresh = SEAM__GRANT_RECORD__INIT;
    Seam__GrantRecord *grant = &fresh;
    enum judgement judgement = reader_valid(context, in->reader, detail);
    if (judgement == JUDGE_OK) {
        judgement = engagement_fits(context, in->engagement, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    judgement =
        grant_read(&grant, context, context->organisation_id, in->evidence, in->reader, NULL);
    if (judgement == JUDGE_UNABLE) {
        return refusal_of_world(detail, ERR_STORAGE);
    }
    const bool first = judgement != JUDGE_OK;
    if (!first && grant->revoked_height == 0) {
        return refusal_never(detail, (struct refusal){ERR_DUPLICATE, "evidence", "D5", NULL,
                                                      "this reader has it already"});
    }
    grant->evidence = in->evidence;
    grant->owner = (char *)(uintptr_t)context->organisation_id;
    grant->reader = in->reader;
    grant->reader_key = in->reader_key;
    grant->envelope_hash = in->envelope_hash;
    grant->engagement = in->engagement;
    grant->granted_height = context->height;
    grant->granted_ms = context->time_ms;
    grant->revoked_height = 0;
    grant->revoked_ms = 0;
    if (first) {
        char hex[2 * HASH_SIZE + 1];
        hex_encode(hex, bytes_of(in->evidence.data, in->evidence.len));
        const enum err err = record_list(context, KEY_GRANT, in->reader, hex);
        if (err != OK) {
            return refusal_of_world(detail, err);
        }
    }
    return grant_put(context, grant, detail);
}

void evidence_grant_links(struct rule_context *context, const ProtobufCMessage *payload,
                          struct bytes *creates, struct bytes *needs)
{
    const Seam__EvidenceGrant *in = (const Seam__EvidenceGrant *)payload;
    struct hash hash;
    if (record_hash(&hash, in->evidence)) {
        const struct state_key key = record_key_grant(context->organisation_id, &hash, in->reader);
        *creates = record_link(context, &key);
    }
    const struct state_key reader = state_key_named(KEY_ORGANISATION, in->reader);
    *needs = record_link(context, &reader);
}

enum judgement evidence_revoke(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EvidenceRevoke *in = (const Seam__EvidenceRevoke *)payload;
    Seam__GrantRecord *grant = NULL;
    const enum judgement judgement =
        grant_read(&grant, context, context->organisation_id, in->evidence, in->reader, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (grant->revoked_height != 0) {
        return refusal_never(detail, (struct refusal){ERR_STATE_MACHINE, "evidence", "V24", NULL,
                                                      "revoked already"});
    }
    grant->revoked_height = context->height;
    grant->revoked_ms = context->time_ms;
    grant->revoke_reason = in->reason;
    return grant_put(context, grant, detail);
}

void evidence_revoke_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__EvidenceRevoke *in = (const Seam__EvidenceRevoke *)payload;
    struct hash hash;
    (void)creates;
    if (record_hash(&hash, in->evidence)) {
        const struct state_key key = record_key_grant(context->organisation_id, &hash, in->reader);
        *needs = record_link(context, &key);
    }
}

/* --- the log of disclosures ----------------------------------------------------------------------
 */

/* SERVED is the owner's word; RECEIVED, MISSING, MISMATCH, UNSIGNED and LATE are the reader's. */
static enum judgement outcome_valid(const struct rule_context *context,
                                    const Seam__EvidenceDisclose *in,
                                    const Seam__GrantRecord *grant, struct err_detail *detail)
{
    const bool served = record_same(in->outcome, "SERVED");
    if (!record_same(context->organisation_id, served ? in->owner : in->reader)) {
        return refusal_never(
            detail, (struct refusal){ERR_ROLE, "outcome", "V24", served ? in->owner : in->reader,
                                     "the owner says SERVED, the reader the rest"});
    }
    if (served && grant->revoked_height != 0) {
        return refusal_never(
            detail, (struct refusal){ERR_CLOSED, "evidence", "V24", NULL, "the grant was revoked"});
    }
    if (record_same(in->outcome, "MISMATCH") !=
        (in->found_hash.len == HASH_SIZE && !record_data_equal(in->found_hash, in->evidence))) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "found_hash", "3.2", NULL,
                                                      "MISMATCH names another hash, nothing else "
                                                      "does"});
    }
    return JUDGE_OK;
}

/* What is wrong with a file that was granted for an engagement under way concerns this engagement:
 * its verifier does not note it beside the findings. */
static enum judgement no_finding_needed(struct rule_context *context,
                                        const Seam__EvidenceDisclose *in,
                                        const Seam__GrantRecord *grant, struct err_detail *detail)
{
    struct engaging engaging;
    if (grant->engagement[0] == '\0') {
        return JUDGE_OK;
    }
    enum judgement judgement = engaging_load(&engaging, context, grant->engagement, detail);
    engaging.detail = NULL; /* only asked */
    if (judgement == JUDGE_OK && record_same(engaging.record->verifier, in->reader) &&
        engaging_open(&engaging, false) == JUDGE_OK) {
        judgement = refusal_never(detail, (struct refusal){ERR_MISSING, "engagement", "3.2",
                                                           grant->engagement,
                                                           "it becomes a finding there"});
    }
    return judgement;
}

/* Failure cases of 3.2: evidence that is missing, another file, unsigned or late is a finding at
 * once. */
static enum judgement finding_of(uint32_t *number, struct rule_context *context,
                                 const Seam__EvidenceDisclose *in, struct err_detail *detail)
{
    struct engaging engaging;
    const Seam__AccountHead *head = NULL;
    enum judgement judgement = engaging_load(&engaging, context, in->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&engaging, TEAM_VERIFIERS);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_open(&engaging, false);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_covers(&engaging, in->facility, in->period);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err =
        view_account(&head, context->state, in->facility, in->period, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "period", in->period);
    }
    ProtobufCBinaryData refs[] = {in->evidence};
    Seam__FindingRaise raise = SEAM__FINDING_RAISE__INIT;
    raise.engagement = in->engagement;
    raise.number = engaging.record->findings + 1;
    /* a file that is another one, or one that is right and was not signed or came too late */
    const bool form = record_same(in->outcome, "UNSIGNED") || record_same(in->outcome, "LATE");
    raise.kind = (char *)(uintptr_t)(form ? "NONCONFORMITY" : "EVIDENCE_MISMATCH");
    raise.facility = in->facility;
    raise.period = in->period;
    raise.version = head->version;
    raise.category = (char *)(uintptr_t) "SCOPE1";
    raise.code = in->code;
    raise.source = in->source;
    raise.detail = in->detail;
    raise.field = (char *)(uintptr_t)(form ? in->outcome : "");
    raise.refs = refs;
    raise.n_refs = 1;
    *number = raise.number;
    judgement = finding_add(&engaging, &raise, true);
    return judgement == JUDGE_OK ? engaging_put(&engaging) : judgement;
}

static enum judgement disclosure_put(struct rule_context *context, const Seam__EvidenceDisclose *in,
                                     Seam__GrantRecord *grant, uint32_t finding,
                                     struct err_detail *detail)
{
    struct hash hash;
    if (!record_hash(&hash, in->evidence)) {
        return refusal_of_world(detail, ERR_CORRUPT);
    }
    Seam__DisclosureRecord record = SEAM__DISCLOSURE_RECORD__INIT;
    record.outcome = in->outcome;
    record.found_hash = in->found_hash;
    record.by = (char *)(uintptr_t)context->organisation_id;
    record.engagement = in->engagement;
    record.finding = finding;
    record.tx_id = record_data(&context->tx_id);
    record.height = context->height;
    record.time_ms = context->time_ms;
    const struct state_key key =
        record_key_disclosure(in->owner, &hash, in->reader, grant->disclosures + 1);
    const enum err err = record_add(context, &key, &record.base);
    if (err != OK) {
        return refusal_of_world(detail, err);
    }
    grant->disclosures++;
    return grant_put(context, grant, detail);
}

enum judgement evidence_disclose(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__EvidenceDisclose *in = (const Seam__EvidenceDisclose *)payload;
    Seam__GrantRecord *grant = NULL;
    uint32_t finding = 0;
    enum judgement judgement =
        grant_read(&grant, context, in->owner, in->evidence, in->reader, detail);
    if (judgement == JUDGE_OK) {
        judgement = outcome_valid(context, in, grant, detail);
    }
    const bool bad = !record_same(in->outcome, "SERVED") && !record_same(in->outcome, "RECEIVED");
    if (judgement == JUDGE_OK && in->engagement[0] != '\0') {
        judgement = bad ? finding_of(&finding, context, in, detail)
                        : engagement_fits(context, in->engagement, detail);
    } else if (judgement == JUDGE_OK && bad) {
        judgement = no_finding_needed(context, in, grant, detail);
    }
    return judgement == JUDGE_OK ? disclosure_put(context, in, grant, finding, detail) : judgement;
}

void evidence_disclose_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    const Seam__EvidenceDisclose *in = (const Seam__EvidenceDisclose *)payload;
    struct hash hash;
    (void)creates;
    if (record_hash(&hash, in->evidence)) {
        const struct state_key key = record_key_grant(in->owner, &hash, in->reader);
        *needs = record_link(context, &key);
    }
}

/* --- one line of an account
 * ------------------------------------------------------------------------ */

/* V24: leaf, index and path lead to the anchored root. The leaf is salted, so it tells nothing of
 * the line, and the path nothing of the others. */
static enum judgement leaf_anchored(struct rule_context *context, const Seam__LineReveal *in,
                                    struct err_detail *detail)
{
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    struct merkle_path path = {0};
    struct hash leaf;
    struct hash root;
    enum err err = view_account_version(&record, context->state, in->facility, in->period,
                                        in->version, context->arena);
    if (err == OK) {
        err = view_account_body(&account, record, context->arena);
    }
    if (err != OK) {
        return refusal_of_view(detail, err, "version", in->period);
    }
    bool fits = in->n_path <= MERKLE_PATH_MAX && in->index < account->line_count &&
                record_hash(&leaf, in->leaf) && record_hash(&root, account->lines_root);
    for (size_t i = 0; fits && i < in->n_path; i++) {
        fits = record_hash(&path.siblings[i], in->path[i]);
        path.count++;
    }
    if (!fits || !merkle_path_verify(&root, in->index, account->line_count, &leaf, &path)) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "leaf", "V24", NULL,
                                                      "no line of the anchored account"});
    }
    return JUDGE_OK;
}

enum judgement line_reveal(struct rule_context *context, const ProtobufCMessage *payload,
                           const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LineReveal *in = (const Seam__LineReveal *)payload;
    const Seam__FacilityRecord *facility = NULL;
    const enum err err = view_facility(&facility, context->state, in->facility, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "facility", in->facility);
    }
    if (!record_same(facility->organisation, context->organisation_id)) {
        return refusal_never(detail,
                             (struct refusal){ERR_ROLE, "facility", "V24", facility->organisation,
                                              "its owner reveals a line"});
    }
    enum judgement judgement = reader_valid(context, in->reader, detail);
    if (judgement == JUDGE_OK) {
        judgement = engagement_fits(context, in->engagement, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = leaf_anchored(context, in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct state_key key;
    if (!record_key_reveal(&key, in->facility, in->period, in->version, in->index, in->reader)) {
        return refusal_of_world(detail, ERR_CORRUPT);
    }
    Seam__LineRevealRecord record = SEAM__LINE_REVEAL_RECORD__INIT;
    record.leaf = in->leaf;
    record.reader = in->reader;
    record.envelope_hash = in->envelope_hash;
    record.engagement = in->engagement;
    record.tx_id = record_data(&context->tx_id);
    record.height = context->height;
    record.time_ms = context->time_ms;
    return refusal_of_world(detail, record_add(context, &key, &record.base));
}

void line_reveal_links(struct rule_context *context, const ProtobufCMessage *payload,
                       struct bytes *creates, struct bytes *needs)
{
    const Seam__LineReveal *in = (const Seam__LineReveal *)payload;
    struct state_key key;
    (void)creates;
    if (view_account_version_key(&key, in->facility, in->period, in->version)) {
        *needs = record_link(context, &key);
    }
}
