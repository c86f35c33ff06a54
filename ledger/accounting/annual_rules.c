/* SPDX-License-Identifier: Apache-2.0 */
/* ANNUAL_SUBMIT: who, which year, which months, which true-ups, and only then the sums. */
#include "ledger/accounting/annual.h"
#include "ledger/accounting/status.h"
#include "ledger/accounting/submission.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/message.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* One annual account being judged. */
struct judging {
    struct rule_context *context;
    struct err_detail *detail;
    const Seam__AnnualAccount *annual;
    const Seam__AnnualLines *lines; /* NULL where nothing is detached */
    struct period year;
    struct bytes bytes;
    struct hash hash;
    const Seam__FacilityRecord *facility;
    const Seam__JurisdictionRecord *jurisdiction;
    const Seam__AnnualHead *head; /* NULL: no version yet */
    const Seam__Account *months[ANNUAL_MONTHS];
    struct annual_totals sum;
    uint64_t deadline;
    bool historic;
};

static enum judgement refuse(const struct judging *in, enum judgement judgement, enum err err,
                             const char *field, const char *rule, const char *limit,
                             const char *hint)
{
    err_set(in->detail, err, field, "KSSJ 5.2", limit, hint);
    if (in->detail != NULL) {
        snprintf(in->detail->rule, sizeof in->detail->rule, "%.40s", rule);
    }
    return judgement;
}

static enum judgement failed(const struct judging *in, enum err err, const char *field,
                             const char *what)
{
    if (err != ERR_ABSENT) {
        err_set(in->detail, err, field, NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    return refuse(in, JUDGE_NOT_YET, ERR_ABSENT, field, "D16", what, NULL);
}

static bool same_bytes(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return bytes_equal(bytes_of(a.data, a.len), bytes_of(b.data, b.len));
}

static ProtobufCBinaryData data_of(const struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)hash->bytes};
}

/* --- who and which year ------------------------------------------------------------------------*/

static enum judgement check_people(struct judging *in)
{
    const struct rule_context *context = in->context;
    for (size_t i = 1; i < context->signer_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (hash_equal(&context->signers[i].person, &context->signers[j].person)) {
                return refuse(in, JUDGE_NEVER, ERR_SECOND_PERSON, "signatures", "V22",
                              "two persons", NULL);
            }
        }
    }
    return JUDGE_OK;
}

static enum judgement check_facility(struct judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    struct rule_context *context = in->context;
    enum err err = view_facility(&in->facility, context->state, annual->facility, context->arena);
    if (err != OK) {
        return failed(in, err, "facility", annual->facility);
    }
    if (strcmp(in->facility->organisation, context->organisation_id) != 0) {
        return refuse(in, JUDGE_NEVER, ERR_ROLE, "facility", "4.2", in->facility->organisation,
                      "another organisation answers for this facility");
    }
    if (strcmp(in->facility->kind, annual->kind) != 0) {
        return refuse(in, JUDGE_NEVER, ERR_ENUM, "kind", "4.2", in->facility->kind, NULL);
    }
    if (strcmp(in->facility->cadence, "MONTH") != 0) {
        return refuse(in, JUDGE_NEVER, ERR_TYPE, "facility", "D30", "a facility with months",
                      "its yearly account is filed by ACCOUNT_SUBMIT");
    }
    if (!annual_year(&in->year, annual->year)) {
        return refuse(in, JUDGE_NEVER, ERR_TYPE, "year", "D30", "YYYY", NULL);
    }
    err = view_jurisdiction(&in->jurisdiction, context->state, in->facility->jurisdiction,
                            context->arena);
    return err == OK ? JUDGE_OK : failed(in, err, "jurisdiction", in->facility->jurisdiction);
}

/* --- versions ----------------------------------------------------------------------------------*/

static enum judgement check_taken(struct judging *in)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key =
        annual_version_key(in->annual->facility, in->year, in->annual->version);
    const enum err err = view_record(&message, &seam__annual_record__descriptor, in->context->state,
                                     state_key_bytes(&key), in->context->arena);
    if (err != OK) {
        return failed(in, err, "version", NULL);
    }
    const Seam__AnnualRecord *record = (const Seam__AnnualRecord *)message;
    if (same_bytes(record->annual_hash, data_of(&in->hash))) {
        return refuse(in, JUDGE_NEVER, ERR_DUPLICATE, "version", "D5", NULL,
                      "the same annual account is already there");
    }
    return refuse(in, JUDGE_NEVER, ERR_CONFLICT, "version", "D5", NULL,
                  "another content stands for this version");
}

static enum judgement check_version(struct judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    ProtobufCMessage *message = NULL;
    const struct state_key key = annual_key(annual->facility, in->year);
    const enum err err = view_record(&message, &seam__annual_head__descriptor, in->context->state,
                                     state_key_bytes(&key), in->context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return failed(in, err, "year", NULL);
    }
    in->head = err == OK ? (const Seam__AnnualHead *)message : NULL;
    const uint32_t current = in->head != NULL ? in->head->version : 0;
    if (annual->version <= current) {
        return check_taken(in);
    }
    if (annual->version != current + 1) {
        return refuse(in, JUDGE_NOT_YET, ERR_GAP, "version", "V03", NULL,
                      "the version before it is missing");
    }
    if (in->head != NULL ? !same_bytes(annual->previous, in->head->annual_hash)
                         : annual->previous.len != 0) {
        return refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "previous", "V03", NULL,
                      "not the hash of the version it replaces");
    }
    if (in->head != NULL && annual->reason[0] == '\0') {
        return refuse(in, JUDGE_NEVER, ERR_MISSING, "reason", "4.4", NULL,
                      "a later version says why");
    }
    return JUDGE_OK;
}

/* --- months ------------------------------------------------------------------------------------*/

/* The month must stand as the year says it does: a month that was corrected in the meantime has
 * another hash, one that will be has not got there yet. */
static enum judgement check_month(struct judging *in, uint32_t index)
{
    struct rule_context *context = in->context;
    const Seam__AnnualMonth *month = in->annual->months[index];
    const struct period period = annual_month(in->year, index);
    char text[PERIOD_TEXT_SIZE];
    ProtobufCMessage *message = NULL;
    period_text(text, period);
    if (strcmp(month->period, text) != 0) {
        return refuse(in, JUDGE_NEVER, ERR_GAP, "months", "B3", text,
                      "twelve months in order, none left out");
    }
    struct state_key key = submission_period_key(KEY_ACCOUNT, in->annual->facility, period);
    enum err err = view_record(&message, &seam__account_head__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == ERR_ABSENT) {
        return refuse(in, JUDGE_NOT_YET, ERR_GAP, "months", "B3", text,
                      "this month has no account yet");
    }
    if (err != OK) {
        return failed(in, err, "months", text);
    }
    const Seam__AccountHead *head = (const Seam__AccountHead *)message;
    if (month->version > head->version) {
        return refuse(in, JUDGE_NOT_YET, ERR_GAP, "months", "B3", text,
                      "this version of the month is not there yet");
    }
    if (month->version != head->version || !same_bytes(month->account_hash, head->account_hash)) {
        return refuse(in, JUDGE_NEVER, ERR_SUPERSEDED, "months", "B3", text,
                      "not the account that counts for this month");
    }
    key = submission_version_key(in->annual->facility, period, head->version);
    err = view_record(&message, &seam__account_record__descriptor, context->state,
                      state_key_bytes(&key), context->arena);
    if (err == OK) {
        const ProtobufCBinaryData bytes = ((const Seam__AccountRecord *)message)->account;
        err = message_unpack(&message, &seam__account__descriptor, bytes_of(bytes.data, bytes.len),
                             LIMIT_STATE_VALUE, context->arena, NULL);
    }
    if (err != OK) {
        err_set(in->detail, ERR_CORRUPT, "months", NULL, text, NULL);
        return JUDGE_UNABLE;
    }
    in->months[index] = (const Seam__Account *)message;
    if (!annual_add_month(&in->sum, in->months[index])) {
        return refuse(in, JUDGE_NEVER, ERR_RANGE, "months", "D34", text, NULL);
    }
    return JUDGE_OK;
}

static enum judgement check_months(struct judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    if (annual->n_months != ANNUAL_MONTHS) {
        return refuse(in, JUDGE_NEVER, ERR_GAP, "months", "B3", "12", "all months of the year");
    }
    enum judgement judgement = JUDGE_OK;
    for (uint32_t i = 0; i < ANNUAL_MONTHS && judgement == JUDGE_OK; i++) {
        judgement = check_month(in, i);
    }
    if (judgement == JUDGE_OK &&
        (in->sum.gross_g != annual->months_gross_g || in->sum.net_g != annual->months_net_g)) {
        char limit[24];
        const bool gross = in->sum.gross_g != annual->months_gross_g;
        snprintf(limit, sizeof limit, "%lld", (long long)(gross ? in->sum.gross_g : in->sum.net_g));
        return refuse(in, JUDGE_NEVER, ERR_TOTAL, gross ? "months_gross_g" : "months_net_g", "V07",
                      limit, NULL);
    }
    return judgement;
}

/* --- true-ups ----------------------------------------------------------------------------------*/

static enum judgement read_set(const struct judging *in, struct set *set, ProtobufCBinaryData named,
                               const char *period)
{
    struct rule_context *context = in->context;
    struct hash hash;
    const Seam__ParameterSetRecord *record = NULL;
    const Seam__AdoptionRecord *adoption = NULL;
    if (named.len != HASH_SIZE) {
        return refuse(in, JUDGE_NEVER, ERR_LENGTH, "parameter_set_hash", "D7", "32 bytes", NULL);
    }
    memcpy(hash.bytes, named.data, HASH_SIZE);
    enum err err = view_parameter_set(&record, context->state, &hash, context->arena);
    if (err == OK) {
        err = view_adoption(&adoption, context->state, in->facility->scheme, &hash, context->arena);
    }
    if (err == ERR_ABSENT) {
        return refuse(in, JUDGE_NOT_YET, ERR_SET, "parameter_set_hash", "D7", NULL,
                      "not published, or not adopted by the scheme");
    }
    if (err != OK) {
        return failed(in, err, "parameter_set_hash", NULL);
    }
    if (!view_adoption_covers(adoption, period)) {
        return refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46", adoption->from_period,
                      "not adopted for this month");
    }
    err = set_stored(set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                     context->arena, in->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    return set->message->cross_check ? refuse(in, JUDGE_NEVER, ERR_SET, "parameter_set_hash", "D46",
                                              NULL, "a cross-check set counts for no account")
                                     : JUDGE_OK;
}

/* Does the line stand in the month, and is the new one what the body names? */
static enum judgement check_path(const struct judging *in, const Seam__TrueUp *true_up,
                                 const Seam__TrueUpLines *lines, const Seam__Account *month)
{
    struct merkle_path path = {.count = 0};
    struct hash root;
    struct hash leaf;
    if (lines->salt.len != MERKLE_SALT_SIZE || lines->new_salt.len != MERKLE_SALT_SIZE) {
        return refuse(in, JUDGE_NEVER, ERR_LENGTH, "salt", "D3", "16 bytes", NULL);
    }
    if (lines->n_path > MERKLE_PATH_MAX || month->lines_root.len != HASH_SIZE) {
        return refuse(in, JUDGE_NEVER, ERR_LENGTH, "path", "D3", NULL,
                      "the path of a line of a month with lines");
    }
    for (size_t i = 0; i < lines->n_path; i++) {
        if (lines->path[i].len != HASH_SIZE) {
            return refuse(in, JUDGE_NEVER, ERR_LENGTH, "path", "D3", "32 bytes", NULL);
        }
        memcpy(path.siblings[i].bytes, lines->path[i].data, HASH_SIZE);
    }
    path.count = (uint8_t)lines->n_path;
    memcpy(root.bytes, month->lines_root.data, HASH_SIZE);
    merkle_line_leaf(&leaf, lines->salt.data, bytes_of(lines->line.data, lines->line.len));
    if (lines->index >= month->line_count ||
        !merkle_path_verify(&root, lines->index, month->line_count, &leaf, &path)) {
        return refuse(in, JUDGE_NEVER, ERR_TOTAL, "path", "D3", NULL,
                      "the line does not stand in the month");
    }
    merkle_line_leaf(&leaf, lines->new_salt.data,
                     bytes_of(lines->new_line.data, lines->new_line.len));
    if (!same_bytes(true_up->leaf, data_of(&leaf))) {
        return refuse(in, JUDGE_NEVER, ERR_TOTAL, "leaf", "D3", NULL,
                      "not the leaf of the new line");
    }
    return JUDGE_OK;
}

/* The body's statements beside what follows from the lines. */
static enum judgement compare(const struct judging *in, const Seam__TrueUp *true_up,
                              const Seam__Line *line, const struct annual_difference *found)
{
    const struct {
        const char *field;
        int64_t stated;
        int64_t found;
    } grams[] = {{"co2e_g", true_up->co2e_g, found->co2e_g},
                 {"co2_g", true_up->co2_g, found->co2_g},
                 {"ch4_g", true_up->ch4_g, found->ch4_g}};
    if (strcmp(true_up->code, line->code) != 0 || strcmp(true_up->source, line->source) != 0 ||
        strcmp(true_up->detail, calc_line_detail(line)) != 0) {
        return refuse(in, JUDGE_NEVER, ERR_PARAM, "code", "D37", NULL, "the key of another line");
    }
    for (size_t i = 0; i < sizeof grams / sizeof grams[0]; i++) {
        if (grams[i].stated != grams[i].found) {
            char limit[24];
            snprintf(limit, sizeof limit, "%lld", (long long)grams[i].found);
            return refuse(in, JUDGE_NEVER, ERR_TOTAL, grams[i].field, "D37", limit, NULL);
        }
    }
    if (strcmp(true_up->scope, found->scope) != 0) {
        return refuse(in, JUDGE_NEVER, ERR_TOTAL, "scope", "D37", found->scope, NULL);
    }
    if (strcmp(true_up->old_factor, found->old_factor) != 0 ||
        strcmp(true_up->new_factor, found->new_factor) != 0) {
        const bool old = strcmp(true_up->old_factor, found->old_factor) != 0;
        return refuse(in, JUDGE_NEVER, ERR_PARAM, old ? "old_factor" : "new_factor", "D37",
                      old ? found->old_factor : found->new_factor,
                      "published factors as the lines have them, else empty");
    }
    return JUDGE_OK;
}

static enum judgement check_true_up(struct judging *in, const Seam__TrueUp *true_up,
                                    const Seam__TrueUpLines *lines)
{
    struct arena *arena = in->context->arena;
    struct period period;
    if (period_parse(&period, bytes_text(true_up->month)) != OK ||
        period.cadence != CADENCE_MONTH || period.number / ANNUAL_MONTHS != in->year.number) {
        return refuse(in, JUDGE_NEVER, ERR_RANGE, "month", "D37", in->annual->year,
                      "a month of the year");
    }
    const Seam__Account *month = in->months[period.number % ANNUAL_MONTHS];
    struct set old_set;
    struct set new_set;
    const Seam__Line *old_line = NULL;
    const Seam__Line *new_line = NULL;
    struct annual_difference found;
    enum judgement judgement = check_path(in, true_up, lines, month);
    if (judgement == JUDGE_OK) {
        judgement = read_set(in, &old_set, month->parameter_set_hash, true_up->month);
    }
    if (judgement == JUDGE_OK) {
        const bool own = true_up->parameter_set_hash.len > 0;
        new_set = old_set;
        judgement =
            own ? read_set(in, &new_set, true_up->parameter_set_hash, true_up->month) : JUDGE_OK;
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = annual_line(&old_line, lines->line, arena, in->detail);
    if (err == OK) {
        err = annual_line(&new_line, lines->new_line, arena, in->detail);
    }
    if (err == OK) {
        err = annual_evaluate(&found, month, true_up->reason, old_line, &old_set, new_line,
                              &new_set, arena, in->detail);
    }
    if (err != OK) {
        if (in->detail != NULL && in->detail->err == OK) {
            err_set(in->detail, err, "true_ups", "D37", NULL, NULL);
        }
        return view_judgement(err, JUDGE_NEVER);
    }
    return compare(in, true_up, new_line, &found);
}

static int order(const Seam__TrueUp *a, const Seam__TrueUp *b)
{
    const char *const left[] = {a->month, a->code, a->source, a->detail};
    const char *const right[] = {b->month, b->code, b->source, b->detail};
    int found = 0;
    for (size_t i = 0; i < 4 && found == 0; i++) {
        found = strcmp(left[i], right[i]);
    }
    return found;
}

static enum judgement check_true_ups(struct judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    const size_t count = in->lines != NULL ? in->lines->n_lines : 0;
    if (count != annual->n_true_ups) {
        return refuse(in, JUDGE_NEVER, ERR_MISSING, "detached", "D3", "one entry a true-up", NULL);
    }
    enum judgement judgement = JUDGE_OK;
    for (size_t i = 0; i < count && judgement == JUDGE_OK; i++) {
        if (i > 0 && order(annual->true_ups[i - 1], annual->true_ups[i]) >= 0) {
            judgement = refuse(in, JUDGE_NEVER, ERR_NOT_CANONICAL, "true_ups", "D37",
                               "ascending by month, code, source, detail", NULL);
        } else {
            judgement = check_true_up(in, annual->true_ups[i], in->lines->lines[i]);
        }
        if (judgement == JUDGE_OK && !annual_add_true_up(&in->sum, annual->true_ups[i])) {
            judgement = refuse(in, JUDGE_NEVER, ERR_RANGE, "true_ups", "D34", NULL, NULL);
        }
        if (judgement != JUDGE_OK && in->detail != NULL) {
            in->detail->line = (uint32_t)(i + 1);
        }
    }
    return judgement;
}

static enum judgement check_totals(struct judging *in)
{
    const Seam__AnnualAccount *annual = in->annual;
    const struct annual_totals *sum = &in->sum;
    const struct {
        const char *field;
        int64_t stated;
        int64_t found;
    } totals[] = {{"gross_g", annual->gross_g, sum->gross_g},
                  {"net_g", annual->net_g, sum->net_g},
                  {"scope1_g", annual->scope1_g, sum->scope1_g},
                  {"scope2_g", annual->scope2_g, sum->scope2_g},
                  {"sinks_g", annual->sinks_g, sum->sinks_g},
                  {"information_g", annual->information_g, sum->information_g},
                  {"co2_g", annual->co2_g, sum->co2_g},
                  {"ch4_g", annual->ch4_g, sum->ch4_g}};
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        if (totals[i].stated != totals[i].found) {
            char limit[24];
            snprintf(limit, sizeof limit, "%lld", (long long)totals[i].found);
            return refuse(in, JUDGE_NEVER, ERR_TOTAL, totals[i].field, "V07", limit,
                          "months and true-ups, added");
        }
    }
    return JUDGE_OK;
}

/* --- what stays --------------------------------------------------------------------------------*/

/* Late is a year whose first version comes after the yearly deadline of the jurisdiction; one that
 * ended before the chain began is historic instead (D30). */
static enum judgement note_calendar(struct judging *in)
{
    struct rule_context *context = in->context;
    const Seam__ChainState *chain = NULL;
    const enum err err = view_chain(&chain, context->state, context->arena);
    if (err != OK) {
        return failed(in, err, "chain", NULL);
    }
    in->deadline = status_deadline_ms(in->year, in->jurisdiction, 0);
    in->historic =
        period_end_ms(in->year, in->jurisdiction->utc_offset_minutes) <= chain->genesis_time_ms;
    if (in->head != NULL) {
        context->receipt_flags |= RECEIPT_SUPERSEDES;
        return JUDGE_OK;
    }
    if (in->historic) {
        context->receipt_flags |= RECEIPT_HISTORIC;
        return JUDGE_OK;
    }
    context->days_late = days_late(context->time_ms, in->deadline);
    if (context->days_late > 0) {
        context->receipt_flags |= RECEIPT_LATE;
    }
    return JUDGE_OK;
}

static enum err put_record(const struct judging *in)
{
    struct rule_context *context = in->context;
    Seam__AnnualRecord record = SEAM__ANNUAL_RECORD__INIT;
    ProtobufCBinaryData persons[LIMIT_TX_SIGNATURES];
    assert(context->signer_count <= LIMIT_TX_SIGNATURES);
    for (size_t i = 0; i < context->signer_count; i++) {
        persons[i] = data_of(&context->signers[i].person);
    }
    record.annual =
        (ProtobufCBinaryData){.len = in->bytes.size, .data = (uint8_t *)(uintptr_t)in->bytes.data};
    record.annual_hash = data_of(&in->hash);
    record.tx_id = data_of(&context->tx_id);
    record.organisation = (char *)(uintptr_t)context->organisation_id;
    record.persons = persons;
    record.n_persons = context->signer_count;
    record.height = context->height;
    record.time_ms = context->time_ms;
    record.deadline_ms = in->deadline;
    record.days_late = context->days_late;
    record.historic = in->historic;
    const struct state_key key =
        annual_version_key(in->annual->facility, in->year, in->annual->version);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    return err != OK ? err : rule_created(context, state_key_bytes(&key));
}

static enum err put_head(const struct judging *in)
{
    struct rule_context *context = in->context;
    Seam__AnnualHead head = SEAM__ANNUAL_HEAD__INIT;
    head.facility = in->annual->facility;
    head.year = in->annual->year;
    head.version = in->annual->version;
    head.annual_hash = data_of(&in->hash);
    head.height = context->height;
    head.time_ms = context->time_ms;
    head.first_height = in->head != NULL ? in->head->first_height : context->height;
    head.first_time_ms = in->head != NULL ? in->head->first_time_ms : context->time_ms;
    const struct state_key key = annual_key(in->annual->facility, in->year);
    const enum err err =
        view_put(context->state, state_key_bytes(&key), &head.base, context->arena);
    return err != OK || in->head != NULL ? err : rule_created(context, state_key_bytes(&key));
}

/* [KSSJ 5.2.1] */
static enum judgement annual_submit(struct rule_context *context, const ProtobufCMessage *payload,
                                    const ProtobufCMessage *detached, struct err_detail *detail)
{
    enum judgement (*const steps[])(struct judging *) = {
        check_people,   check_facility, check_version, check_months,
        check_true_ups, check_totals,   note_calendar};
    struct judging *in = arena_alloc(context->arena, sizeof *in);
    if (in == NULL) {
        err_set(detail, ERR_MEMORY, NULL, NULL, NULL, NULL);
        return JUDGE_UNABLE;
    }
    in->context = context;
    in->detail = detail;
    in->annual = (const Seam__AnnualAccount *)payload;
    in->lines = (const Seam__AnnualLines *)detached;
    enum err err = message_pack(&in->bytes, payload, context->arena);
    if (err != OK) {
        return failed(in, err, "annual", NULL);
    }
    annual_hash(&in->hash, in->bytes);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const enum judgement judgement = steps[i](in);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    err = put_record(in);
    if (err == OK) {
        err = put_head(in);
    }
    return err == OK ? JUDGE_OK : failed(in, err, "annual", NULL);
}

static struct bytes keep(struct rule_context *context, const struct state_key *key)
{
    struct bytes out = bytes_of(NULL, 0);
    return arena_copy(context->arena, state_key_bytes(key), &out) ? out : bytes_of(NULL, 0);
}

/* A first version waits for its December, a later one for the version before it. */
static void annual_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__AnnualAccount *annual = (const Seam__AnnualAccount *)payload;
    struct period year;
    if (!annual_year(&year, annual->year) || annual->version == 0) {
        return;
    }
    struct state_key key = annual_version_key(annual->facility, year, annual->version);
    *creates = keep(context, &key);
    if (annual->version > 1) {
        key = annual_version_key(annual->facility, year, annual->version - 1);
    } else {
        const uint32_t version =
            annual->n_months == ANNUAL_MONTHS ? annual->months[ANNUAL_MONTHS - 1]->version : 1;
        key = submission_version_key(annual->facility, annual_month(year, ANNUAL_MONTHS - 1),
                                     version);
    }
    *needs = keep(context, &key);
}

/* The transaction that anchored this very content (decision D5). */
static enum err annual_duplicate(struct rule_context *context, const ProtobufCMessage *payload,
                                 struct hash *first)
{
    const Seam__AnnualAccount *annual = (const Seam__AnnualAccount *)payload;
    ProtobufCMessage *message = NULL;
    struct period year;
    struct bytes bytes;
    struct hash hash;
    if (!annual_year(&year, annual->year)) {
        return ERR_ABSENT;
    }
    const struct state_key key = annual_version_key(annual->facility, year, annual->version);
    enum err err = view_record(&message, &seam__annual_record__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        err = message_pack(&bytes, payload, context->arena);
    }
    if (err != OK) {
        return err;
    }
    const Seam__AnnualRecord *record = (const Seam__AnnualRecord *)message;
    annual_hash(&hash, bytes);
    if (record->tx_id.len != HASH_SIZE || !same_bytes(record->annual_hash, data_of(&hash))) {
        return ERR_ABSENT;
    }
    memcpy(first->bytes, record->tx_id.data, HASH_SIZE);
    return OK;
}

static const struct rule_row rows[] = {
    {.type = ANNUAL_SUBMIT_TYPE,
     .name = "ANNUAL_SUBMIT",
     .operation = "SubmitAnnual",
     .payload = &seam__annual_account__descriptor,
     .detached = &seam__annual_lines__descriptor,
     .roles = ROLE_MINE | ROLE_GROUP,
     .signatures = 2,
     .usages = {USAGE_SUBMIT, USAGE_APPROVE},
     .apply = annual_submit,
     .links = annual_links,
     .duplicate = annual_duplicate,
     .cost = 20,
     .clause = "KSSJ 5.2.1",
     .since = 1,
     .help_en = "Anchors the year of a facility: its twelve months and explicit true-ups."},
};

const struct rule_table annual_rules = {rows, sizeof rows / sizeof rows[0]};
