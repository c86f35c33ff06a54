/* SPDX-License-Identifier: Apache-2.0 */
/* The state counts the reports of each beginning, so that no number is given twice. */

#include "ledger/assurance/report_number.h"

#include <stdio.h>
#include <string.h>

#include "ledger/assurance/record.h"
#include "ledger/assurance/view.h"
#include "ledger/base/period.h"

#define CODE_SIZE 25
#define UNIT_DIGITS 6

/* Letters and digits of a text in capitals, the last `most` of them. */
static void code_of(char out[CODE_SIZE], const char *text, size_t most)
{
    char all[128];
    size_t size = 0;
    for (const char *at = text; *at != '\0' && size + 1 < sizeof all; at++) {
        const bool digit = *at >= '0' && *at <= '9';
        const bool small = *at >= 'a' && *at <= 'z';
        if (digit || small || (*at >= 'A' && *at <= 'Z')) {
            all[size++] = small ? (char)(*at - 'a' + 'A') : *at;
        }
    }
    const size_t from = size > most ? size - most : 0;
    memcpy(out, all + from, size - from);
    out[size - from] = '\0';
}

/* Six characters, zeros in front. */
static void unit_of(char out[CODE_SIZE], const Seam__OrganisationRecord *client)
{
    const char *text = client->organisation;
    char code[CODE_SIZE];
    for (size_t i = 0; i < client->n_ids; i++) {
        text = record_same(client->ids[i]->scheme, "USCC") ? client->ids[i]->value : text;
    }
    code_of(code, text, UNIT_DIGITS);
    memset(out, '0', UNIT_DIGITS);
    memcpy(out + UNIT_DIGITS - strlen(code), code, strlen(code) + 1);
}

/* Everything but the version. */
static enum err begin(char out[REPORT_NUMBER_SIZE], struct overlay *state,
                      const Seam__EngagementRecord *engagement, struct arena *arena)
{
    const Seam__FacilityRecord *facility = NULL;
    const Seam__OrganisationRecord *client = NULL;
    const Seam__AccreditationRecord *agency = NULL;
    struct period period;
    char province[CODE_SIZE];
    char number[CODE_SIZE];
    char unit[CODE_SIZE];
    if (engagement->n_scope == 0 ||
        period_parse(&period, bytes_text(engagement->scope[0]->period)) != OK) {
        return ERR_CORRUPT;
    }
    enum err err = view_facility(&facility, state, engagement->scope[0]->facility, arena);
    if (err == OK) {
        err = view_organisation(&client, state, engagement->client, arena);
    }
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    err = view_accreditation(&agency, state, engagement->verifier, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    code_of(province, facility->jurisdiction, CODE_SIZE - 1);
    code_of(number, err == OK ? agency->set->number : engagement->verifier, CODE_SIZE - 1);
    unit_of(unit, client);
    (void)snprintf(out, REPORT_NUMBER_SIZE, "%.24s-%.24s-%.6s-%u", province, number, unit,
                   period_year(period));
    return OK;
}

static enum err count_read(uint32_t *out, struct state_key *key, struct overlay *state,
                           const char *number, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    *key = state_key_of(KEY_REPORT_COUNT);
    state_key_id(key, KEY_REPORT_COUNT, number);
    const enum err err = record_get(&message, &seam__report_count__descriptor, state, key, arena);
    *out = err == OK ? ((const Seam__ReportCount *)message)->count : 0;
    return err == ERR_ABSENT ? OK : err;
}

static void add_version(char out[REPORT_NUMBER_SIZE], uint32_t version)
{
    const size_t size = strlen(out);
    (void)snprintf(out + size, REPORT_NUMBER_SIZE - size, "-%u", version);
}

enum err report_number_next(char out[REPORT_NUMBER_SIZE], struct overlay *state,
                            const Seam__EngagementRecord *engagement, struct arena *arena)
{
    struct state_key key;
    uint32_t count = 0;
    enum err err = begin(out, state, engagement, arena);
    if (err == OK) {
        err = count_read(&count, &key, state, out, arena);
    }
    if (err == OK) {
        add_version(out, count + 1);
    }
    return err;
}

enum judgement report_number_check(const struct engaging *in, const char *stated)
{
    char number[REPORT_NUMBER_SIZE];
    const enum err err =
        report_number_next(number, in->context->state, in->record, in->context->arena);
    if (err != OK || stated[0] == '\0' || record_same(stated, number)) {
        return refusal_of_world(in->detail, err);
    }
    return refusal_never(in->detail, (struct refusal){ERR_CONFLICT, "report_number", "F11", number,
                                                      "the number that follows; or none"});
}

enum err report_number_take(char out[REPORT_NUMBER_SIZE], struct rule_context *context,
                            const Seam__EngagementRecord *engagement)
{
    Seam__ReportCount record = SEAM__REPORT_COUNT__INIT;
    struct state_key key;
    enum err err = begin(out, context->state, engagement, context->arena);
    if (err == OK) {
        err = count_read(&record.count, &key, context->state, out, context->arena);
    }
    if (err == OK) {
        record.count++;
        record.number = out;
        err = record_put(context, &key, &record.base);
    }
    if (err == OK) {
        add_version(out, record.count);
    }
    return err;
}
