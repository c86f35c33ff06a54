/* SPDX-License-Identifier: Apache-2.0 */
/* The last dispute about this version that was not withdrawn speaks; a lock comes on top of it as
 * soon as nothing can change it any more. */

#include "ledger/assurance/dispute_standing.h"

#include "ledger/assurance/dispute_case.h"
#include "ledger/base/period.h"

enum err view_dispute(const Seam__DisputeRecord **out, struct overlay *state, const char *dispute,
                      struct arena *arena)
{
    Seam__DisputeRecord *record = NULL;
    const enum err err = dispute_record_read(&record, state, dispute, arena);
    if (err == OK) {
        *out = record;
    }
    return err;
}

enum err view_statement(const Seam__StatementRecord **out, struct overlay *state,
                        const char *dispute, uint32_t number, struct arena *arena)
{
    const struct state_key key = dispute_key_numbered(KEY_STATEMENT, dispute, number);
    ProtobufCMessage *message = NULL;
    const enum err err =
        record_get(&message, &seam__statement_record__descriptor, state, &key, arena);
    if (err == OK) {
        *out = (const Seam__StatementRecord *)message;
    }
    return err;
}

enum err view_disputes(const Seam__DisputeHead **out, struct overlay *state, const char *facility,
                       const char *period, struct arena *arena)
{
    return dispute_head_read(out, state, facility, period, arena);
}

static struct assurance_totals totals_in(const Seam__CategoryTotals *in)
{
    return (struct assurance_totals){
        .scope1 = grams_of(in->scope1_g),
        .scope2 = grams_of(in->scope2_g),
        .sinks = grams_of(in->sinks_g),
        .information = grams_of(in->information_g),
        .gross = grams_of(in->gross_g),
        .net = grams_of(in->net_g),
    };
}

/* Does the default rule leave what is in force? "Verified stands" means the opinion that stands: of
 * one that was withdrawn nothing is left. */
static bool leaves(const Seam__DisputeRecord *record, enum dispute_value value)
{
    return value == DISPUTE_VALUE_PENDING ||
           (value == DISPUTE_VALUE_DEFAULT &&
            !record_same(record->rules->default_rule, "REPORTED"));
}

/* The last dispute gives the grade; false: its value is that of what was before it, so that an
 * opening alone does not undo an earlier decision. */
static bool speaks(struct assurance_standing *standing, const Seam__DisputeRecord *record,
                   uint64_t time_ms)
{
    const Seam__CategoryTotals *totals = NULL;
    if (record->version != standing->version) {
        return false;
    }
    const enum dispute_value value = dispute_value_of(&totals, record, time_ms);
    if (value == DISPUTE_VALUE_NONE) {
        return false;
    }
    if (standing->dispute[0] == '\0') {
        standing->dispute = record->dispute;
        standing->grade =
            dispute_open(dispute_status(record, time_ms)) ? ASSURANCE_DISPUTED : ASSURANCE_SETTLED;
    }
    if (leaves(record, value)) {
        return value == DISPUTE_VALUE_DEFAULT;
    }
    if (totals != NULL) {
        standing->in_force = totals_in(totals);
    }
    return true;
}

static enum err add_lock(struct assurance_standing *standing, struct overlay *state,
                         const char *facility, const char *period, struct arena *arena)
{
    struct period parsed;
    if (period_parse(&parsed, bytes_text(period)) != OK) {
        return ERR_TYPE;
    }
    const Seam__AccountLock *lock = NULL;
    const enum err err = assurance_lock(&lock, state, facility, period_year(parsed), arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    for (size_t i = 0; i < lock->n_periods; i++) {
        if (record_same(lock->periods[i]->period, period) &&
            lock->periods[i]->version == standing->version) {
            standing->grade = ASSURANCE_LOCKED;
        }
    }
    return OK;
}

enum err dispute_standing(struct assurance_standing *standing, struct overlay *state,
                          const char *facility, const char *period, uint64_t time_ms,
                          struct arena *arena)
{
    const Seam__DisputeHead *head = NULL;
    enum err err = dispute_head_read(&head, state, facility, period, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    bool found = false;
    bool ended = true;
    for (size_t i = err == OK ? head->n_disputes : 0; i > 0 && !found; i--) {
        Seam__DisputeRecord *record = NULL;
        err = dispute_record_read(&record, state, head->disputes[i - 1], arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        found = speaks(standing, record, time_ms);
        ended = ended && (record->version != standing->version ||
                          dispute_ended(dispute_status(record, time_ms)));
    }
    return ended ? add_lock(standing, state, facility, period, arena) : OK;
}
