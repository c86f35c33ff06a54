/* SPDX-License-Identifier: Apache-2.0 */
/* A finding's effect is what its category's total would change by. It counts in the verified total
 * when the finding was closed as ADJUSTED, or, as the conservative estimate, when it stayed
 * UNRESOLVED; a finding that the client corrected in a new version counts nothing. */
#include "ledger/assurance/finding.h"

#include "ledger/assurance/correction.h"
#include "ledger/assurance/rules.h"

#include "ledger/base/num.h"
#include "ledger/crypto/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REFS_MAX 20
#define ROUNDS_MAX 10

void finding_text_hash(struct hash *out, const Seam__FindingText *text)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_FINDING);
    hash_add(&hasher, bytes_of(text->salt.data, text->salt.len));
    hash_add_u8(&hasher, 0);
    hash_add(&hasher, bytes_text(text->text));
    hash_add_u8(&hasher, 0);
    hash_add(&hasher, bytes_text(text->correction));
    hash_end(&hasher, out);
}

bool finding_add_to(Seam__CategoryTotals *totals, const char *category, int64_t effect_g)
{
    Seam__CategoryTotals sum = *totals;
    bool fits = false;
    if (record_same(category, "SCOPE1")) {
        fits = num_add_i64(&sum.scope1_g, totals->scope1_g, effect_g) &&
               num_add_i64(&sum.gross_g, totals->gross_g, effect_g) &&
               num_add_i64(&sum.net_g, totals->net_g, effect_g);
    } else if (record_same(category, "SCOPE2")) {
        fits = num_add_i64(&sum.scope2_g, totals->scope2_g, effect_g) &&
               num_add_i64(&sum.gross_g, totals->gross_g, effect_g) &&
               num_add_i64(&sum.net_g, totals->net_g, effect_g);
    } else if (record_same(category, "SINK")) {
        fits = num_add_i64(&sum.sinks_g, totals->sinks_g, effect_g) &&
               num_sub_i64(&sum.net_g, totals->net_g, effect_g);
    } else if (record_same(category, "INFORMATION")) {
        fits = num_add_i64(&sum.information_g, totals->information_g, effect_g);
    }
    if (fits) {
        *totals = sum;
    }
    return fits;
}

/* D3: words are for the parties; the body names them by a hash that the detached part must give. */
static enum judgement text_fits(ProtobufCBinaryData named, const ProtobufCMessage *detached,
                                bool required, struct err_detail *detail)
{
    const Seam__FindingText *text = (const Seam__FindingText *)detached;
    struct hash hash;
    if (named.len == 0 && text == NULL) {
        return required ? refusal_never(detail, (struct refusal){ERR_MISSING, "text_hash", "D3",
                                                                 NULL, "say what it is about"})
                        : JUDGE_OK;
    }
    if (text == NULL || named.len == 0) {
        return refusal_never(detail,
                             (struct refusal){ERR_MISSING, text == NULL ? "detached" : "text_hash",
                                              "D3", NULL, "text and its hash"});
    }
    if (text->salt.len != FINDING_SALT_SIZE || text->text[0] == '\0') {
        return refusal_never(detail, (struct refusal){ERR_LENGTH, "detached.salt", "D3",
                                                      "16 bytes and a text", NULL});
    }
    finding_text_hash(&hash, text);
    if (!record_data_equal(named, record_data(&hash))) {
        return refusal_never(detail, (struct refusal){ERR_TOTAL, "text_hash", "D3", NULL,
                                                      "not the hash of the text"});
    }
    return JUDGE_OK;
}

static enum judgement finding_read(Seam__FindingRecord **out, const struct engaging *in,
                                   uint32_t number)
{
    const struct state_key key = record_key_numbered(KEY_FINDING, in->record->engagement, number);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__finding_record__descriptor, in->context->state,
                                    &key, in->context->arena);
    if (err != OK) {
        return refusal_of_view(in->detail, err, "number", in->record->engagement);
    }
    *out = (Seam__FindingRecord *)message;
    return JUDGE_OK;
}

static enum judgement finding_move(const struct engaging *in, Seam__FindingRecord *finding,
                                   enum finding_state next)
{
    uint8_t state = (uint8_t)finding->state;
    const enum err err = sm_move(&finding_machine, &state, (uint8_t)next, in->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    finding->state = state;
    return JUDGE_OK;
}

static bool settled(uint32_t state)
{
    return state == FINDING_CLOSED || state == FINDING_UNRESOLVED;
}

static enum judgement finding_put(struct engaging *in, const Seam__FindingRecord *finding,
                                  uint32_t before)
{
    const struct state_key key =
        record_key_numbered(KEY_FINDING, in->record->engagement, finding->raise->number);
    const enum err err = record_put(in->context, &key, &finding->base);
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    if (settled(finding->state) && !settled(before)) {
        assert(in->record->findings_open > 0);
        in->record->findings_open--;
    } else if (!settled(finding->state) && settled(before)) {
        in->record->findings_open++;
    }
    return engaging_put(in);
}

/* --- raise --------------------------------------------------------------------------------------
 */

/* The account must be there, in this version or an earlier one. */
static enum judgement subject_valid(const struct engaging *in, const Seam__FindingRaise *raise)
{
    const Seam__AccountHead *head = NULL;
    const enum judgement judgement = engaging_covers(in, raise->facility, raise->period);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err =
        view_account(&head, in->context->state, raise->facility, raise->period, in->context->arena);
    if (err != OK) {
        return refusal_of_view(in->detail, err, "period", raise->period);
    }
    if (raise->version > head->version) {
        return refusal_not_yet(in->detail, (struct refusal){ERR_GAP, "version", "V03", NULL,
                                                            "there is no such version yet"});
    }
    return JUDGE_OK;
}

static enum judgement content_valid(const struct engaging *in, const Seam__FindingRaise *raise)
{
    if (raise->n_refs > REFS_MAX) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_LENGTH, "refs", "3.2", "20", "references"});
    }
    if (record_same(raise->kind, "COMMENT") && raise->effect_g != 0) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "effect_g", "3.2", "0",
                                                          "a comment has no effect"});
    }
    if (record_same(raise->kind, "BALANCE") != (raise->size_t[0] != '\0')) {
        return refusal_never(in->detail, (struct refusal){ERR_MISSING, "size_t", "D38", NULL,
                                                          "tonnes, of a finding on a balance"});
    }
    return JUDGE_OK;
}

/* What the basis says of the meter and of the time, by the rule it names. */
static bool correction_input_of(struct correction_input *out, const Seam__FindingRaise *raise)
{
    const Seam__CorrectionBasis *basis = raise->basis;
    *out = (struct correction_input){
        .amount = basis->amount_g,
        .side = record_same(raise->category, "SINK") ? CORRECTION_DOWN : CORRECTION_UP,
        .calibrated = !record_same(basis->rule, "UNCALIBRATED"),
        .specified_ppm = basis->specified_ppm,
        .found_ppm = basis->found_ppm,
        .hours = basis->hours,
        .hours_missing = basis->hours_missing,
        .measured = !record_same(basis->rule, "DEFAULT"),
        .default_amount = basis->default_g,
    };
    const bool meter =
        record_same(basis->rule, "UNCALIBRATED") || record_same(basis->rule, "OVER_TOLERANCE");
    return (basis->device[0] != '\0') == meter;
}

/* [F11] V15: the effect is not chosen, it follows from the rule of the guide. No device is
 * registered on the ledger, so what is known of a meter is what the verifier has read, named by its
 * hash. */
static enum judgement correction_valid(const struct engaging *in, const Seam__FindingRaise *raise)
{
    struct correction_input input;
    struct correction made;
    char limit[24];
    if (raise->basis == NULL) {
        return JUDGE_OK;
    }
    if (!record_same(raise->kind, "NONCONFORMITY") && !record_same(raise->kind, "ERROR")) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_ENUM, "kind", "F11", "ERROR, NONCONFORMITY",
                                              "of a conservative correction"});
    }
    if (!correction_input_of(&input, raise)) {
        return refusal_never(in->detail, (struct refusal){ERR_MISSING, "basis.device", "F11", NULL,
                                                          "the meter, where one is meant"});
    }
    const enum err err = correction_of(&made, &input);
    if (err != OK) {
        return refusal_never(in->detail, (struct refusal){err, "basis", "F11", NULL,
                                                          "amounts from 0, accuracies up to 10^6, "
                                                          "some time known"});
    }
    if (!record_same(correction_kind_text(made.kind), raise->basis->rule)) {
        return refusal_never(in->detail, (struct refusal){ERR_CONFLICT, "basis.rule", "F11",
                                                          correction_kind_text(made.kind),
                                                          "what is stated gives another rule"});
    }
    if (raise->effect_g != made.effect) {
        (void)snprintf(limit, sizeof limit, "%lld", (long long)made.effect);
        return refusal_never(in->detail, (struct refusal){ERR_TOTAL, "effect_g", "F11", limit,
                                                          "the effect follows from the "
                                                          "correction"});
    }
    return JUDGE_OK;
}

enum judgement finding_add(struct engaging *in, const Seam__FindingRaise *raise, bool automatic)
{
    struct rule_context *context = in->context;
    if (in->record->findings >= ENGAGEMENT_FINDINGS_MAX) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "number", "D42", "500",
                                                          "findings of one engagement"});
    }
    Seam__FindingRecord finding = SEAM__FINDING_RECORD__INIT;
    finding.raise = (Seam__FindingRaise *)(uintptr_t)raise;
    finding.state = FINDING_RAISED;
    finding.automatic = automatic;
    finding.tx_id = record_data(&context->tx_id);
    finding.height = context->height;
    finding.time_ms = context->time_ms;
    const struct state_key key =
        record_key_numbered(KEY_FINDING, in->record->engagement, raise->number);
    const enum err err = record_add(context, &key, &finding.base);
    if (err != OK) {
        return refusal_of_world(in->detail, err);
    }
    in->record->findings++;
    in->record->findings_open++;
    return JUDGE_OK;
}

static enum judgement number_next(const struct engaging *in, uint32_t number)
{
    char limit[16];
    const uint32_t next = in->record->findings + 1;
    if (number == next) {
        return JUDGE_OK;
    }
    (void)snprintf(limit, sizeof limit, "%u", (unsigned)next);
    const struct refusal refusal = {number < next ? ERR_CONFLICT : ERR_GAP, "number", "D5", limit,
                                    "findings are numbered without a gap"};
    return number < next ? refusal_never(in->detail, refusal)
                         : refusal_not_yet(in->detail, refusal);
}

/* [KSSJ 6.1c] */
enum judgement finding_raise(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    const Seam__FindingRaise *raise = (const Seam__FindingRaise *)payload;
    struct engaging in;
    enum judgement judgement = engaging_load(&in, context, raise->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&in, TEAM_VERIFIERS);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_open(&in, false);
    }
    if (judgement == JUDGE_OK) {
        judgement = number_next(&in, raise->number);
    }
    if (judgement == JUDGE_OK) {
        judgement = subject_valid(&in, raise);
    }
    if (judgement == JUDGE_OK) {
        judgement = content_valid(&in, raise);
    }
    if (judgement == JUDGE_OK) {
        judgement = correction_valid(&in, raise);
    }
    if (judgement == JUDGE_OK) {
        judgement = text_fits(raise->text_hash, detached, true, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_worked(&in);
    }
    if (judgement == JUDGE_OK) {
        judgement = finding_add(&in, raise, false);
    }
    return judgement == JUDGE_OK ? engaging_put(&in) : judgement;
}

void finding_raise_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__FindingRaise *in = (const Seam__FindingRaise *)payload;
    struct state_key key = record_key_numbered(KEY_FINDING, in->engagement, in->number);
    *creates = record_link(context, &key);
    key = in->number > 1 ? record_key_numbered(KEY_FINDING, in->engagement, in->number - 1)
                         : record_key(KEY_ENGAGEMENT, in->engagement);
    *needs = record_link(context, &key);
}

/* --- answer -------------------------------------------------------------------------------------
 */

enum judgement finding_answer(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    const Seam__FindingAnswer *answer = (const Seam__FindingAnswer *)payload;
    struct engaging in;
    Seam__FindingRecord *finding = NULL;
    enum judgement judgement = engaging_load(&in, context, answer->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_client(&in);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_open(&in, false);
    }
    if (judgement == JUDGE_OK) {
        judgement = finding_read(&finding, &in, answer->number);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (finding->rounds >= ROUNDS_MAX) {
        return refusal_never(
            detail, (struct refusal){ERR_CLOSED, "number", "F11", "10", "answers to one finding"});
    }
    const uint32_t before = finding->state;
    judgement = finding_move(&in, finding, FINDING_ANSWERED);
    if (judgement == JUDGE_OK && answer->n_evidence > REFS_MAX) {
        judgement = refusal_never(
            detail, (struct refusal){ERR_LENGTH, "evidence", "3.2", "20", "references"});
    }
    if (judgement == JUDGE_OK) {
        judgement = text_fits(answer->text_hash, detached, true, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    finding->rounds++;
    finding->agrees = answer->agrees;
    finding->evidence = answer->evidence;
    finding->n_evidence = answer->n_evidence;
    finding->answer_hash = answer->text_hash;
    finding->answer_tx = record_data(&context->tx_id);
    finding->effect_g = 0;
    return finding_put(&in, finding, before);
}

/* --- what the verifier makes of it --------------------------------------------------------------
 */

/* An unresolved finding counts against the account, never for it. */
static enum judgement conservative(const struct engaging *in, const Seam__FindingRecord *finding,
                                   int64_t effect_g)
{
    const char *category = finding->raise->category;
    const bool emission = record_same(category, "SCOPE1") || record_same(category, "SCOPE2");
    const bool sink = record_same(category, "SINK");
    if ((emission && effect_g < 0) || (sink && effect_g > 0)) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "effect_g", "F11", NULL,
                                                          "the estimate must be conservative: more "
                                                          "emission, less sink"});
    }
    return JUDGE_OK;
}

/* [F11] What a correction amounts to follows from its basis, when it is raised and ever after. */
static enum judgement as_its_basis(const struct engaging *in, const Seam__FindingRecord *finding,
                                   int64_t effect_g)
{
    const Seam__FindingRaise *raise = finding->raise;
    if (raise->basis == NULL || effect_g == raise->effect_g) {
        return JUDGE_OK;
    }
    char limit[24];
    (void)snprintf(limit, sizeof limit, "%" PRId64, raise->effect_g);
    return refusal_never(in->detail,
                         (struct refusal){ERR_TOTAL, "effect_g", "F11", limit,
                                          "the effect of a correction follows from its basis"});
}

/* What was settled before is closed again only because its version does not count any more:
 * otherwise a client that corrects the account would leave an effect nobody can take away. */
static enum judgement close_as(const struct engaging *in, Seam__FindingRecord *finding,
                               const char *resolution, uint32_t before)
{
    const Seam__AccountHead *head = NULL;
    if (settled(before) && !record_same(resolution, "CORRECTED")) {
        return refusal_never(
            in->detail, (struct refusal){ERR_STATE_MACHINE, "resolution", "4.4", "CORRECTED",
                                         "a settled finding is closed for a new version only"});
    }
    if (record_same(resolution, "CORRECTED")) {
        const enum err err = view_account(&head, in->context->state, finding->raise->facility,
                                          finding->raise->period, in->context->arena);
        if (err != OK) {
            return refusal_of_view(in->detail, err, "period", finding->raise->period);
        }
        if (head->version <= finding->raise->version) {
            return refusal_not_yet(in->detail, (struct refusal){ERR_GAP, "resolution", "4.4", NULL,
                                                                "the account was not corrected"});
        }
    } else if (!record_same(resolution, "ADJUSTED") && !record_same(resolution, "NO_EFFECT")) {
        return refusal_never(in->detail, (struct refusal){ERR_ENUM, "resolution", "4.4",
                                                          "ADJUSTED, CORRECTED, NO_EFFECT", NULL});
    }
    if (record_same(resolution, "NO_EFFECT") && finding->raise->basis != NULL &&
        finding->n_evidence == 0) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_MISSING, "evidence", "F11", NULL,
                                              "a correction falls only by what the client shows "
                                              "against its basis"});
    }
    if (!record_same(resolution, "ADJUSTED")) {
        finding->effect_g = 0;
    }
    finding->resolution = (char *)(uintptr_t)resolution;
    finding->closed_ms = in->context->time_ms;
    return JUDGE_OK;
}

static enum judgement verdict_apply(const struct engaging *in, Seam__FindingRecord *finding,
                                    const Seam__FindingClose *close)
{
    static const struct {
        const char *verdict;
        enum finding_state next;
    } verdicts[] = {{"ACCEPT", FINDING_ACCEPTED},
                    {"REJECT", FINDING_REJECTED},
                    {"CLOSE", FINDING_CLOSED},
                    {"UNRESOLVED", FINDING_UNRESOLVED}};
    size_t at = 0;
    while (at < sizeof verdicts / sizeof verdicts[0] &&
           !record_same(verdicts[at].verdict, close->verdict)) {
        at++;
    }
    if (at == sizeof verdicts / sizeof verdicts[0]) {
        return refusal_never(in->detail,
                             (struct refusal){ERR_ENUM, "verdict", "4.4",
                                              "ACCEPT, REJECT, CLOSE, UNRESOLVED", NULL});
    }
    const enum finding_state next = verdicts[at].next;
    const uint32_t before = finding->state;
    enum judgement judgement = finding_move(in, finding, next);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if ((next == FINDING_CLOSED || next == FINDING_REJECTED) && close->effect_g != 0) {
        return refusal_never(in->detail, (struct refusal){ERR_RANGE, "effect_g", "4.4", "0",
                                                          "the effect is agreed when the answer "
                                                          "is accepted"});
    }
    if (next == FINDING_CLOSED) {
        return close_as(in, finding, close->resolution, before);
    }
    if (close->resolution[0] != '\0') {
        return refusal_never(in->detail, (struct refusal){ERR_ENUM, "resolution", "4.4", NULL,
                                                          "only when a finding is closed"});
    }
    if (next != FINDING_REJECTED) { /* a rejected answer settles nothing yet */
        judgement = as_its_basis(in, finding, close->effect_g);
    }
    if (judgement == JUDGE_OK && next == FINDING_UNRESOLVED) {
        judgement = conservative(in, finding, close->effect_g);
    }
    if (record_same(finding->raise->kind, "COMMENT") && close->effect_g != 0) {
        judgement = refusal_never(in->detail, (struct refusal){ERR_RANGE, "effect_g", "3.2", "0",
                                                               "a comment has no effect"});
    }
    finding->effect_g = close->effect_g;
    return judgement;
}

enum judgement finding_close(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    const Seam__FindingClose *close = (const Seam__FindingClose *)payload;
    struct engaging in;
    Seam__FindingRecord *finding = NULL;
    enum judgement judgement = engaging_load(&in, context, close->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&in, TEAM_VERIFIERS);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_open(&in, false);
    }
    if (judgement == JUDGE_OK) {
        judgement = finding_read(&finding, &in, close->number);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const uint32_t before = finding->state;
    judgement = verdict_apply(&in, finding, close);
    if (judgement == JUDGE_OK) {
        const bool speaks = record_same(close->verdict, "REJECT");
        judgement = text_fits(close->text_hash, detached, speaks, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_worked(&in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (close->text_hash.len > 0) {
        finding->verdict_hash = close->text_hash;
    }
    finding->verdict_tx = record_data(&context->tx_id);
    return finding_put(&in, finding, before);
}

#define NEEDS_FINDING(rule, Type)                                                                  \
    void rule##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)                                  \
    {                                                                                              \
        const Type *in = (const Type *)payload;                                                    \
        const struct state_key key = record_key_numbered(KEY_FINDING, in->engagement, in->number); \
        (void)creates;                                                                             \
        *needs = record_link(context, &key);                                                       \
    }

NEEDS_FINDING(finding_answer, Seam__FindingAnswer)
NEEDS_FINDING(finding_close, Seam__FindingClose)
