/* SPDX-License-Identifier: Apache-2.0 */
/* A period's number is its key; the cadence stands in the record and must agree. */
#include "ledger/accounting/view.h"

#include "ledger/accounting/account.h"
#include "ledger/accounting/annual.h"
#include "ledger/base/period.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/message.h"

#include <string.h>

bool view_account_key(struct state_key *out, const char *facility, const char *period)
{
    struct period parsed;
    if (period_parse(&parsed, bytes_text(period)) != OK) {
        return false;
    }
    *out = state_key_of(KEY_ACCOUNT);
    state_key_id(out, KEY_FACILITY, facility);
    state_key_u32(out, parsed.number);
    return true;
}

bool view_account_version_key(struct state_key *out, const char *facility, const char *period,
                              uint32_t version)
{
    struct state_key key;
    if (!view_account_key(&key, facility, period)) {
        return false;
    }
    key.data[0] = KEY_ACCOUNT_VERSION;
    state_key_u32(&key, version);
    *out = key;
    return true;
}

enum err view_account(const Seam__AccountHead **out, struct overlay *state, const char *facility,
                      const char *period, struct arena *arena)
{
    struct state_key key;
    if (!view_account_key(&key, facility, period)) {
        return ERR_TYPE;
    }
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__account_head__descriptor, state, state_key_bytes(&key), arena);
    if (err != OK) {
        return err;
    }
    const Seam__AccountHead *head = (const Seam__AccountHead *)message;
    if (strcmp(head->period, period) != 0) {
        return ERR_ABSENT; /* the facility accounts in another cadence */
    }
    *out = head;
    return OK;
}

enum err view_account_version(const Seam__AccountRecord **out, struct overlay *state,
                              const char *facility, const char *period, uint32_t version,
                              struct arena *arena)
{
    const Seam__AccountHead *head = NULL;
    struct state_key key;
    enum err err = view_account(&head, state, facility, period, arena);
    if (err != OK) {
        return err;
    }
    if (!view_account_version_key(&key, facility, period, version)) {
        return ERR_TYPE;
    }
    ProtobufCMessage *message = NULL;
    err = view_record(&message, &seam__account_record__descriptor, state, state_key_bytes(&key),
                      arena);
    if (err == OK) {
        *out = (const Seam__AccountRecord *)message;
    }
    return err;
}

enum err view_account_body(const Seam__Account **out, const Seam__AccountRecord *record,
                           struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    const enum err err = message_unpack(&message, &seam__account__descriptor,
                                        bytes_of(record->account.data, record->account.len),
                                        LIMIT_TX_BODY, arena, NULL);
    if (err != OK) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    *out = (const Seam__Account *)message;
    return OK;
}

/* The parameter set that an account names. NIL and SUSPENDED name none. */
static enum err set_of(struct set *out, struct overlay *state, const Seam__Account *account,
                       struct arena *arena, struct err_detail *detail)
{
    const Seam__ParameterSetRecord *record = NULL;
    struct hash hash;
    if (account->parameter_set_hash.len != HASH_SIZE) {
        return ERR_ABSENT;
    }
    memcpy(hash.bytes, account->parameter_set_hash.data, HASH_SIZE);
    const enum err err = view_parameter_set(&record, state, &hash, arena);
    return err == OK
               ? set_stored(out, bytes_of(record->parameter_set.data, record->parameter_set.len),
                            arena, detail)
               : err;
}

enum err view_account_result(const Seam__CalculationResult **out, struct overlay *state,
                             const Seam__Account *account, struct bytes lines, struct arena *arena,
                             struct err_detail *detail)
{
    const Seam__CalculationFile *file = NULL;
    ProtobufCMessage *message = NULL;
    struct errors errors;
    struct set set;
    enum err err = set_of(&set, state, account, arena, detail);
    if (err == OK) {
        err = message_unpack(&message, &seam__account_lines__descriptor, lines, LIMIT_TX_DETACHED,
                             arena, detail);
    }
    if (err == OK) {
        err = account_recompute(&file, account, (const Seam__AccountLines *)message, &set, arena,
                                detail);
    }
    if (err == OK) {
        err = errors_new(&errors, arena);
    }
    return err == OK ? calc_run(out, file, &set, CALC_SUBMISSION, arena, &errors) : err;
}

enum err view_annual(const Seam__AnnualAccount **out, uint64_t *filed_ms, struct overlay *state,
                     const char *facility, uint32_t year, struct arena *arena)
{
    if (year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX) {
        return ERR_TYPE;
    }
    const struct period period = {.cadence = CADENCE_YEAR, .number = year - PERIOD_YEAR_MIN};
    struct state_key key = annual_key(facility, period);
    ProtobufCMessage *message = NULL;
    enum err err =
        view_record(&message, &seam__annual_head__descriptor, state, state_key_bytes(&key), arena);
    if (err != OK) {
        return err;
    }
    const Seam__AnnualHead *head = (const Seam__AnnualHead *)message;
    key = annual_version_key(facility, period, head->version);
    err = view_record(&message, &seam__annual_record__descriptor, state, state_key_bytes(&key),
                      arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    const Seam__AnnualRecord *record = (const Seam__AnnualRecord *)message;
    err = message_unpack(&message, &seam__annual_account__descriptor,
                         bytes_of(record->annual.data, record->annual.len), LIMIT_TX_BODY, arena,
                         NULL);
    if (err != OK) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    *out = (const Seam__AnnualAccount *)message;
    *filed_ms = record->time_ms;
    return OK;
}

static enum err lines_anchored(const Seam__Account *account, const Seam__AccountLines *lines,
                               struct arena *arena, struct err_detail *detail)
{
    struct hash root;
    const enum err err = account_lines_root(&root, lines, arena);
    if (err != OK) {
        return err;
    }
    return lines->n_lines == account->line_count &&
                   bytes_equal(hash_bytes(&root),
                               bytes_of(account->lines_root.data, account->lines_root.len))
               ? OK
               : err_set(detail, ERR_TOTAL, "detached.accounts", "D3", account->period,
                         "not the lines below the anchored root");
}

/* Without its evidence and products, which change no gram of a line. */
static enum err lines_calculated(const Seam__CalculationResult **out, struct overlay *state,
                                 const Seam__Account *account, const Seam__AccountLines *lines,
                                 struct arena *arena, struct err_detail *detail)
{
    const Seam__CalculationFile *file = NULL;
    struct err_detail first;
    struct errors errors;
    struct set set;
    enum err err = set_of(&set, state, account, arena, detail);
    if (err == OK) {
        err = account_file(&file, account, lines, &set, arena, detail);
    }
    memset(&first, 0, sizeof first);
    errors_init(&errors, &first, 1);
    if (err == OK) {
        err = calc_run(out, file, &set, CALC_ALONE, arena, &errors);
        if (err != OK && detail != NULL && errors.count > 0) {
            *detail = first;
        }
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

enum err view_account_weights(struct account_weight **out, size_t *count, struct overlay *state,
                              const Seam__Account *account, const Seam__AccountLines *lines,
                              struct arena *arena, struct err_detail *detail)
{
    const Seam__CalculationResult *result = NULL;
    enum err err = lines_anchored(account, lines, arena, detail);
    if (err == OK) {
        err = lines_calculated(&result, state, account, lines, arena, detail);
    }
    if (err != OK) {
        return err;
    }
    struct account_weight *weights = arena_alloc(arena, (lines->n_lines + 1) * sizeof *weights);
    if (weights == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < lines->n_lines; i++) {
        const Seam__AccountLine *line = lines->lines[i];
        merkle_line_leaf(&weights[i].leaf, line->salt.data,
                         bytes_of(line->line.data, line->line.len));
        weights[i].co2e = grams_of(result->lines[i]->co2e_g);
    }
    *out = weights;
    *count = lines->n_lines;
    return OK;
}
