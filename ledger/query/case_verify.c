/* SPDX-License-Identifier: Apache-2.0 */
/* The dispute's own record is the table of contents: everything it counts must be there, and each
 * part must say what the transaction behind it says. */

#include "ledger/query/case_verify.h"

#include <assert.h>
#include <string.h>

#include "ledger/assurance/assurance.h"
#include "ledger/assurance/dispute.h"
#include "ledger/assurance/dispute_lines.h"
#include "ledger/assurance/dispute_state.h"
#include "ledger/assurance/view.h"
#include "ledger/codec/message.h"
#include "ledger/proto/registry.pb-c.h"
#include "ledger/query/bundle_state.h"

struct row {
    const char *name;
    const char *sentence;
};

#define ADJUST_TYPE 106

#define CASE_VERIFY_TABLE_ROW(id, name, sentence) [id] = {name, sentence},
static const struct row rows[CASE_VERIFY_FAILURE_COUNT] = {CASE_VERIFY_ROWS(CASE_VERIFY_TABLE_ROW)};
#undef CASE_VERIFY_TABLE_ROW

struct check {
    struct case_verify_result *result;
    struct arena *arena;
    struct overlay *state;
    const Seam__DisputeRecord *record;
    const Seam__DisputeDecide *decides[2]; /* as signed; NULL: by default */
};

const char *case_verify_name(const struct case_verify_result *result)
{
    assert(result->failure < CASE_VERIFY_FAILURE_COUNT);
    return result->failure == CASE_VERIFY_BUNDLE ? bundle_failure_name(&result->bundle)
                                                 : rows[result->failure].name;
}

const char *case_verify_sentence(const struct case_verify_result *result)
{
    assert(result->failure < CASE_VERIFY_FAILURE_COUNT);
    return result->failure == CASE_VERIFY_BUNDLE ? bundle_failure_sentence(&result->bundle)
                                                 : rows[result->failure].sentence;
}

/* --- what was signed -------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool same_data(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return bytes_equal(bytes_of(a.data, a.len), bytes_of(b.data, b.len));
}

static enum case_verify_failure about(struct check *check, ProtobufCBinaryData id,
                                      enum case_verify_failure failure)
{
    char *text = id.len == HASH_SIZE ? arena_alloc(check->arena, 2 * HASH_SIZE + 1) : NULL;
    if (text != NULL) {
        hex_encode(text, bytes_of(id.data, id.len));
        check->result->about = text;
    }
    return failure;
}

/* The transaction of an id; NULL where it is not in the bundle. */
static const struct bundle_tx *tx_of(const struct check *check, ProtobufCBinaryData id)
{
    const struct bundle_result *bundle = &check->result->bundle;
    for (size_t i = 0; i < bundle->tx_count; i++) {
        if (bytes_equal(bytes_of(id.data, id.len), hash_bytes(&bundle->txs[i].tx_id))) {
            return &bundle->txs[i];
        }
    }
    return NULL;
}

/* Its payload, where it is of this type and was sent by this organisation (NULL: any). */
static const ProtobufCMessage *payload_of(struct check *check, ProtobufCBinaryData id,
                                          uint32_t type, const char *organisation,
                                          const ProtobufCMessageDescriptor *descriptor)
{
    const struct bundle_tx *tx = tx_of(check, id);
    ProtobufCMessage *message = NULL;
    if (tx == NULL || tx->body->type != type ||
        (organisation != NULL && !same(tx->body->organisation, organisation)) ||
        message_unpack(&message, descriptor,
                       bytes_of(tx->body->payload.data, tx->body->payload.len), LIMIT_TX_BODY,
                       check->arena, NULL) != OK) {
        return NULL;
    }
    return message;
}

/* Two messages of one type are equal when their canonical bytes are. */
static bool same_message(struct check *check, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    struct bytes one;
    struct bytes other;
    return a != NULL && b != NULL && message_pack(&one, a, check->arena) == OK &&
           message_pack(&other, b, check->arena) == OK && bytes_equal(one, other);
}

/* --- steps ------------------------------------------------------------------------------------ */

static enum case_verify_failure read_record(struct check *check)
{
    const char *subject = check->result->bundle.bundle->manifest->subject;
    const enum err err = view_dispute(&check->record, check->state, subject, check->arena);
    if (err == ERR_MEMORY) {
        return CASE_VERIFY_MEMORY;
    }
    if (err != OK || check->record->n_claimants == 0 || check->record->n_decisions > 2 ||
        !same(check->record->dispute, subject)) {
        check->result->about = subject;
        return CASE_VERIFY_RECORD;
    }
    return CASE_VERIFY_OK;
}

static enum case_verify_failure check_account(struct check *check)
{
    const Seam__DisputeRecord *record = check->record;
    const Seam__AccountRecord *account = NULL;
    if (view_account_version(&account, check->state, record->facility, record->period,
                             record->version, check->arena) != OK) {
        return CASE_VERIFY_ACCOUNT;
    }
    const struct bundle_tx *tx = tx_of(check, account->tx_id);
    if (tx == NULL || tx->account == NULL ||
        !same_data(account->account_hash, record->account_hash) ||
        !bytes_equal(bytes_of(account->account_hash.data, account->account_hash.len),
                     hash_bytes(&tx->account_hash)) ||
        record->reported == NULL || tx->account->net_g != record->reported->net_g) {
        return about(check, account->tx_id, CASE_VERIFY_ACCOUNT);
    }
    return CASE_VERIFY_OK;
}

static bool open_agrees(struct check *check, const Seam__DisputeClaimant *claimant)
{
    const Seam__DisputeRecord *record = check->record;
    const Seam__DisputeOpen *in = (const Seam__DisputeOpen *)payload_of(
        check, claimant->tx_id, DISPUTE_OPEN_TYPE, claimant->organisation,
        &seam__dispute_open__descriptor);
    return in != NULL && same(in->dispute, record->dispute) &&
           same(in->facility, record->facility) && same(in->period, record->period) &&
           in->version == record->version && same_data(in->account_hash, record->account_hash) &&
           in->claim_count == claimant->claim_count && in->disputed_g == claimant->disputed_g &&
           same_data(in->claims_root, claimant->claims_root) &&
           same(in->relief, claimant->relief) && same(in->reason, claimant->reason);
}

static bool join_agrees(struct check *check, const Seam__DisputeClaimant *claimant)
{
    const Seam__DisputeJoin *in = (const Seam__DisputeJoin *)payload_of(
        check, claimant->tx_id, DISPUTE_JOIN_TYPE, claimant->organisation,
        &seam__dispute_join__descriptor);
    return in != NULL && same(in->dispute, check->record->dispute) &&
           in->claim_count == claimant->claim_count && in->disputed_g == claimant->disputed_g &&
           same_data(in->claims_root, claimant->claims_root) &&
           same(in->relief, claimant->relief) && same(in->reason, claimant->reason);
}

static enum case_verify_failure check_claimants(struct check *check)
{
    for (size_t i = 0; i < check->record->n_claimants; i++) {
        const Seam__DisputeClaimant *claimant = check->record->claimants[i];
        if (!(i == 0 ? open_agrees(check, claimant) : join_agrees(check, claimant))) {
            return about(check, claimant->tx_id, CASE_VERIFY_CLAIM);
        }
    }
    return CASE_VERIFY_OK;
}

static bool same_evidence(const Seam__StatementFile *in, const Seam__StatementRecord *statement)
{
    for (size_t i = 0; i < in->n_evidence && i < statement->n_evidence; i++) {
        if (!same_data(in->evidence[i], statement->evidence[i])) {
            return false;
        }
    }
    return in->n_evidence == statement->n_evidence;
}

static enum case_verify_failure check_statements(struct check *check)
{
    for (uint32_t i = 1; i <= check->record->statements; i++) {
        const Seam__StatementRecord *statement = NULL;
        if (view_statement(&statement, check->state, check->record->dispute, i, check->arena) !=
            OK) {
            return CASE_VERIFY_RECORD;
        }
        const Seam__StatementFile *in = (const Seam__StatementFile *)payload_of(
            check, statement->tx_id, STATEMENT_FILE_TYPE, statement->organisation,
            &seam__statement_file__descriptor);
        if (in == NULL || !same(in->dispute, check->record->dispute) ||
            !same(in->visibility, statement->visibility) || !same(in->text, statement->text) ||
            !same_data(in->ciphertext_hash, statement->ciphertext_hash) ||
            in->ciphertext_size != statement->ciphertext_size || !same_evidence(in, statement)) {
            return about(check, statement->tx_id, CASE_VERIFY_STATEMENT);
        }
        check->result->statements++;
    }
    return CASE_VERIFY_OK;
}

static enum case_verify_failure check_extensions(struct check *check)
{
    for (size_t i = 0; i < check->record->n_extensions; i++) {
        const Seam__DisputeExtension *extension = check->record->extensions[i];
        const Seam__DisputeExtend *in = (const Seam__DisputeExtend *)payload_of(
            check, extension->tx_id, DISPUTE_EXTEND_TYPE, NULL, &seam__dispute_extend__descriptor);
        if (in == NULL || !same(in->dispute, check->record->dispute) ||
            !same(in->deadline, extension->deadline) || !same(in->reason, extension->reason) ||
            in->working_days != extension->working_days) {
            return about(check, extension->tx_id, CASE_VERIFY_EXTENSION);
        }
    }
    return CASE_VERIFY_OK;
}

/* A default stands in the record because somebody noted it or appealed against it. */
static bool default_agrees(const struct check *check, const Seam__DisputeDecision *decision)
{
    const struct bundle_tx *tx = tx_of(check, decision->tx_id);
    return tx != NULL && decision->line_count == 0 && decision->lines_root.len == 0 &&
           (tx->body->type == DISPUTE_CLOSE_TYPE || tx->body->type == DISPUTE_APPEAL_TYPE);
}

static enum case_verify_failure check_decisions(struct check *check)
{
    for (size_t i = 0; i < check->record->n_decisions; i++) {
        const Seam__DisputeDecision *decision = check->record->decisions[i];
        if (same(decision->kind, "DEFAULT")) {
            if (!default_agrees(check, decision)) {
                return about(check, decision->tx_id, CASE_VERIFY_DECISION);
            }
            continue;
        }
        const Seam__DisputeDecide *in = (const Seam__DisputeDecide *)payload_of(
            check, decision->tx_id, DISPUTE_DECIDE_TYPE, decision->organisation,
            &seam__dispute_decide__descriptor);
        if (in == NULL || !same(in->dispute, check->record->dispute) || in->decision != i + 1 ||
            in->line_count != decision->line_count || !same(in->reason, decision->reason) ||
            !same_data(in->lines_root, decision->lines_root) || in->decided == NULL ||
            decision->totals == NULL ||
            !same_message(check, &in->decided->base, &decision->totals->base)) {
            return about(check, decision->tx_id, CASE_VERIFY_DECISION);
        }
        check->decides[i] = in;
    }
    return CASE_VERIFY_OK;
}

static enum case_verify_failure check_appeal(struct check *check)
{
    const Seam__DisputeAppealed *appeal = check->record->appeal;
    if (appeal == NULL) {
        return CASE_VERIFY_OK;
    }
    const Seam__DisputeAppeal *in = (const Seam__DisputeAppeal *)payload_of(
        check, appeal->tx_id, DISPUTE_APPEAL_TYPE, appeal->organisation,
        &seam__dispute_appeal__descriptor);
    return in != NULL && same(in->dispute, check->record->dispute) &&
                   same(in->grounds, appeal->grounds) &&
                   same_data(in->document_hash, appeal->document_hash)
               ? CASE_VERIFY_OK
               : about(check, appeal->tx_id, CASE_VERIFY_APPEAL);
}

/* --- publication ------------------------------------------------------------------------------ */

static bool shown_agrees(const Seam__DisputeRecord *record, const Seam__ShownLine *shown)
{
    if (shown->part == 0) {
        return false;
    }
    const size_t index = shown->part - 1;
    if (same(shown->list, "CLAIMS") && index < record->n_claimants) {
        return dispute_shown_check(shown, record->claimants[index]->claims_root,
                                   record->claimants[index]->claim_count);
    }
    return same(shown->list, "DECISION") && index < record->n_decisions &&
           dispute_shown_check(shown, record->decisions[index]->lines_root,
                               record->decisions[index]->line_count);
}

static enum case_verify_failure check_publication(struct check *check)
{
    const Seam__DisputePublication *publication = check->record->publication;
    if (publication == NULL) {
        return CASE_VERIFY_OK;
    }
    const Seam__DisputePublish *in = (const Seam__DisputePublish *)payload_of(
        check, publication->tx_id, DISPUTE_PUBLISH_TYPE, NULL, &seam__dispute_publish__descriptor);
    if (in == NULL || !same(in->dispute, check->record->dispute) ||
        !same(in->summary, publication->summary) || in->n_shown != publication->shown ||
        !same_data(in->document_hash, publication->document_hash)) {
        return about(check, publication->tx_id, CASE_VERIFY_PUBLICATION);
    }
    for (size_t i = 0; i < in->n_shown; i++) {
        if (!shown_agrees(check->record, in->shown[i])) {
            return about(check, publication->tx_id, CASE_VERIFY_SHOWN);
        }
        check->result->shown++;
    }
    return CASE_VERIFY_OK;
}

/* --- effects ---------------------------------------------------------------------------------- */

static enum err read_effect(struct check *check, uint32_t number, struct assurance_effect *out)
{
    return assurance_effect(out, check->state, check->record->dispute, number,
                            check->result->bundle.anchor.time_ms, check->arena);
}

static bool ordered(const Seam__DisputeDecide *decide, const Seam__EffectRecord *effect)
{
    for (size_t i = 0; decide != NULL && i < decide->n_effects; i++) {
        const Seam__EffectOrder *order = decide->effects[i];
        if (order->claim == effect->claim && same(order->kind, effect->kind) &&
            order->tonnes == effect->tonnes && order->cut_bp == effect->cut_bp &&
            order->year == effect->year) {
            return true;
        }
    }
    return false;
}

/* Used: by an adjustment of the registry that names it. */
static bool used_agrees(struct check *check, const Seam__EffectRecord *effect)
{
    if (effect->consumed_tx.len == 0) {
        return true;
    }
    const Seam__Adjust *in = (const Seam__Adjust *)payload_of(
        check, effect->consumed_tx, ADJUST_TYPE, effect->consumed_by, &seam__adjust__descriptor);
    return in != NULL && same(in->dispute, check->record->dispute) && in->effect == effect->number;
}

/* Ordered by its decision, or the opposite of one that the registry had used. */
static bool effect_agrees(struct check *check, uint32_t number, const Seam__EffectRecord *effect)
{
    struct assurance_effect before;
    if (effect->number != number || !used_agrees(check, effect) || effect->decision < 1 ||
        effect->decision > 2 || effect->decision > check->record->n_decisions) {
        return false;
    }
    if (effect->compensates == 0) {
        return ordered(check->decides[effect->decision - 1], effect);
    }
    return effect->compensates < number && read_effect(check, effect->compensates, &before) == OK &&
           before.record->tonnes == effect->tonnes && before.record->cut_bp == effect->cut_bp &&
           before.record->decision < effect->decision;
}

static enum case_verify_failure check_effects(struct check *check)
{
    for (uint32_t i = 1; i <= check->record->effects; i++) {
        struct assurance_effect effect;
        if (read_effect(check, i, &effect) != OK) {
            return CASE_VERIFY_RECORD;
        }
        if (!effect_agrees(check, i, effect.record)) {
            return CASE_VERIFY_EFFECT;
        }
        check->result->effects++;
    }
    return CASE_VERIFY_OK;
}

/* --- verification ----------------------------------------------------------------------------- */

static bool answer_agrees(struct check *check, const char *engagement, uint32_t number,
                          const Seam__FindingRecord *finding)
{
    if (finding->answer_tx.len == 0) {
        return true;
    }
    const Seam__FindingAnswer *in = (const Seam__FindingAnswer *)payload_of(
        check, finding->answer_tx, FINDING_ANSWER_TYPE, NULL, &seam__finding_answer__descriptor);
    return in != NULL && same(in->engagement, engagement) && in->number == number &&
           same_data(in->text_hash, finding->answer_hash) && in->agrees == finding->agrees;
}

static bool verdict_agrees(struct check *check, const char *engagement, uint32_t number,
                           const Seam__FindingRecord *finding)
{
    if (finding->verdict_tx.len == 0) {
        return true;
    }
    const Seam__FindingClose *in = (const Seam__FindingClose *)payload_of(
        check, finding->verdict_tx, FINDING_CLOSE_TYPE, NULL, &seam__finding_close__descriptor);
    return in != NULL && same(in->engagement, engagement) && in->number == number &&
           same(in->resolution, finding->resolution);
}

/* [KSSJ 6.1c] The opinion rests on this recomputation, unless the account was computed once more
 * after it. */
static enum case_verify_failure check_recompute(struct check *check,
                                                const Seam__OpinionRecord *opinion,
                                                const Seam__OpinionSubject *subject)
{
    const Seam__RecomputeRecord *record = NULL;
    if (view_recompute(&record, check->state, opinion->issue->engagement, subject->facility,
                       subject->period, check->arena) != OK) {
        return CASE_VERIFY_RECORD;
    }
    const Seam__Recompute *in = (const Seam__Recompute *)payload_of(
        check, record->tx_id, RECOMPUTE_TYPE, opinion->verifier, &seam__recompute__descriptor);
    if (in == NULL || !same(in->engagement, opinion->issue->engagement) ||
        !same(in->facility, subject->facility) || !same(in->period, subject->period) ||
        in->version != record->version || !same(in->outcome, record->outcome) ||
        in->differences != record->differences ||
        !same_data(in->account_hash, record->account_hash) ||
        !same_data(in->inputs_hash, record->inputs_hash) ||
        !same_data(in->difference_hash, record->difference_hash) ||
        !same_data(in->result_hash, record->result_hash) ||
        (record->height <= opinion->height &&
         !same_data(record->result_hash, subject->recompute_hash))) {
        return about(check, record->tx_id, CASE_VERIFY_RECOMPUTE);
    }
    check->result->recomputed = record->outcome;
    return CASE_VERIFY_OK;
}

static enum case_verify_failure check_findings(struct check *check, const char *engagement)
{
    const Seam__EngagementRecord *record = NULL;
    if (view_engagement(&record, check->state, engagement, check->arena) != OK) {
        return CASE_VERIFY_RECORD;
    }
    for (uint32_t i = 1; i <= record->findings; i++) {
        const Seam__FindingRecord *finding = NULL;
        if (view_finding(&finding, check->state, engagement, i, check->arena) != OK) {
            return CASE_VERIFY_RECORD;
        }
        /* One that the ledger raised itself stands behind the transaction that made it do so. */
        const struct bundle_tx *tx = tx_of(check, finding->tx_id);
        const ProtobufCMessage *raised = payload_of(check, finding->tx_id, FINDING_RAISE_TYPE, NULL,
                                                    &seam__finding_raise__descriptor);
        if (tx == NULL ||
            (!finding->automatic &&
             (finding->raise == NULL || !same_message(check, raised, &finding->raise->base))) ||
            !answer_agrees(check, engagement, i, finding) ||
            !verdict_agrees(check, engagement, i, finding)) {
            return about(check, finding->tx_id, CASE_VERIFY_FINDING);
        }
        check->result->findings++;
    }
    return CASE_VERIFY_OK;
}

/* What the opinion says of the account in dispute; NULL: nothing, or another total. */
static const Seam__OpinionSubject *subject_of(struct check *check, const Seam__OpinionIssue *issue)
{
    const Seam__DisputeRecord *record = check->record;
    for (size_t i = 0; i < issue->n_subjects; i++) {
        const Seam__OpinionSubject *subject = issue->subjects[i];
        if (same(subject->facility, record->facility) && same(subject->period, record->period) &&
            subject->version == record->version) {
            const bool agrees =
                record->verified == NULL ||
                (subject->verified != NULL &&
                 same_message(check, &subject->verified->base, &record->verified->base));
            return agrees ? subject : NULL;
        }
    }
    return NULL;
}

static enum case_verify_failure check_opinion(struct check *check)
{
    const Seam__OpinionRecord *opinion = NULL;
    if (check->record->opinion[0] == '\0') {
        return CASE_VERIFY_OK;
    }
    if (view_opinion(&opinion, check->state, check->record->opinion, check->arena) != OK ||
        opinion->issue == NULL) {
        return CASE_VERIFY_RECORD;
    }
    const ProtobufCMessage *issued =
        payload_of(check, opinion->tx_id, OPINION_ISSUE_TYPE, opinion->verifier,
                   &seam__opinion_issue__descriptor);
    const Seam__OpinionSubject *subject = subject_of(check, opinion->issue);
    if (!same_message(check, issued, &opinion->issue->base) || subject == NULL) {
        return about(check, opinion->tx_id, CASE_VERIFY_OPINION);
    }
    const enum case_verify_failure failure = check_recompute(check, opinion, subject);
    return failure == CASE_VERIFY_OK ? check_findings(check, opinion->issue->engagement) : failure;
}

/* --- all of it -------------------------------------------------------------------------------- */

static enum case_verify_failure check_case(struct check *check)
{
    static enum case_verify_failure (*const steps[])(struct check *) = {
        read_record,      check_account,   check_opinion, check_claimants,   check_statements,
        check_extensions, check_decisions, check_appeal,  check_publication, check_effects};
    enum case_verify_failure failure = CASE_VERIFY_OK;
    for (size_t i = 0; failure == CASE_VERIFY_OK && i < sizeof steps / sizeof steps[0]; i++) {
        failure = steps[i](check);
    }
    return failure;
}

enum case_verify_failure case_verify(struct case_verify_result *result, struct bytes genesis,
                                     struct bytes bundle, struct arena *arena)
{
    struct check check = {.result = result, .arena = arena};
    *result =
        (struct case_verify_result){.failure = CASE_VERIFY_BUNDLE, .about = "", .recomputed = ""};
    if (bundle_verify(&result->bundle, genesis, bundle, arena) != BUNDLE_OK) {
        return result->failure;
    }
    if (!same(result->bundle.bundle->manifest->kind, "CASE")) {
        result->failure = CASE_VERIFY_KIND;
        return result->failure;
    }
    if (bundle_state_open(&check.state, &result->bundle) != OK) {
        result->failure = CASE_VERIFY_MEMORY;
        return result->failure;
    }
    result->failure = check_case(&check);
    if (result->failure == CASE_VERIFY_OK) {
        result->dispute = check.record;
        result->status =
            dispute_status_name(dispute_status(check.record, result->bundle.anchor.time_ms));
    }
    overlay_drop(check.state);
    return result->failure;
}
