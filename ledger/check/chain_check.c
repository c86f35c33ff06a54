/* SPDX-License-Identifier: Apache-2.0 */
/* From a facility's first period to its head: every period has a head, every head its versions, and
 * each version names the hash of what stood before it. */

#include "ledger/check/chain_check.h"

#include <string.h>

#include "ledger/base/period.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/proto/account.pb-c.h"

#define BUDGET ((size_t)64 << 20)

static struct state_key account_key(enum key_table table, const char *facility, uint32_t number)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, number);
    return key;
}

/* What a facility's chain is: first and last period, or none. */
struct span {
    const Seam__FacilityRecord *facility;
    const Seam__FacilityHead *head; /* NULL: no account yet */
    struct period first;
    struct period last;
};

static enum err span_of(struct span *out, struct overlay *state, const char *id,
                        struct arena *arena, struct err_detail *detail)
{
    struct span span = {.head = NULL};
    enum err err = view_facility(&span.facility, state, id, arena);
    if (err != OK) {
        return check_broken(detail, err, id, "a listed facility is missing");
    }
    struct state_key key = state_key_of(KEY_FACILITY_HEAD);
    state_key_id(&key, KEY_FACILITY, id);
    ProtobufCMessage *message = NULL;
    err = view_record(&message, &seam__facility_head__descriptor, state, state_key_bytes(&key),
                      arena);
    if (err != OK && err != ERR_ABSENT) {
        return check_broken(detail, err, id, "its head cannot be read");
    }
    if (period_parse(&span.first, bytes_text(span.facility->start_period)) != OK) {
        return check_broken(detail, OK, id, "its first period is none");
    }
    span.last = span.first;
    if (err == OK) {
        span.head = (const Seam__FacilityHead *)message;
        if (period_parse(&span.last, bytes_text(span.head->period)) != OK ||
            span.last.cadence != span.first.cadence || span.last.number < span.first.number) {
            return check_broken(detail, OK, id, "its head is not after its first period");
        }
    }
    *out = span;
    return OK;
}

static enum err head_of(const Seam__AccountHead **out, struct overlay *state, const char *facility,
                        uint32_t number, struct arena *arena)
{
    const struct state_key key = account_key(KEY_ACCOUNT, facility, number);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__account_head__descriptor, state, state_key_bytes(&key), arena);
    if (err == OK) {
        *out = (const Seam__AccountHead *)message;
    }
    return err;
}

/* --- months-are-dense ------------------------------------------------------------------------ */

static enum err months_hold(const struct span *span, struct overlay *state,
                            struct err_detail *detail)
{
    const char *facility = span->facility->facility;
    const uint32_t end = span->head != NULL ? span->last.number + 1 : span->first.number;
    for (uint32_t number = span->first.number; number <= end; number++) {
        struct arena arena;
        const Seam__AccountHead *head = NULL;
        char period[PERIOD_TEXT_SIZE];
        arena_init(&arena, BUDGET);
        period_text(period, (struct period){span->first.cadence, number});
        enum err err = head_of(&head, state, facility, number, &arena);
        if (number == end) {
            err = err == ERR_ABSENT
                      ? OK
                      : check_broken(detail, err, facility, "an account after the head");
        } else if (err != OK) {
            err = check_broken(detail, err, facility, "a period has no account");
        } else if (strcmp(head->period, period) != 0 || strcmp(head->facility, facility) != 0 ||
                   head->version == 0) {
            err = check_broken(detail, OK, facility, "an account stands under another's key");
        }
        arena_free(&arena);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static enum err facility_months(void *context, struct overlay *state, const Seam__ListEntry *entry,
                                struct arena *arena, struct err_detail *detail)
{
    (void)context;
    struct span span;
    const enum err err = span_of(&span, state, entry->id, arena, detail);
    if (err != OK) {
        return err;
    }
    if (span.head != NULL && span.head->periods != span.last.number - span.first.number + 1) {
        return check_broken(detail, OK, entry->id, "its head counts other periods than there are");
    }
    return months_hold(&span, state, detail);
}

static enum err every_facility(struct overlay *state, check_entry each, struct arena *arena,
                               struct err_detail *detail)
{
    const Seam__Counters *counters = NULL;
    const enum err err = view_counters(&counters, state, arena);
    if (err != OK) {
        return check_broken(detail, err, "counters", "the counters are missing");
    }
    return check_each(state, KEY_FACILITY, NULL, counters->facilities, each, NULL, detail);
}

enum err chain_check_months(struct overlay *state, struct arena *arena, struct err_detail *detail)
{
    return every_facility(state, facility_months, arena, detail);
}

/* --- heads-match-versions -------------------------------------------------------------------- */

static bool data_equal(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
    return bytes_equal(bytes_of(a->data, a->len), bytes_of(b->data, b->len));
}

static enum err version_of(const Seam__AccountRecord **record, const Seam__Account **account,
                           struct overlay *state, const char *facility, uint32_t number,
                           uint32_t version, struct arena *arena)
{
    struct state_key key = account_key(KEY_ACCOUNT_VERSION, facility, number);
    state_key_u32(&key, version);
    ProtobufCMessage *message = NULL;
    enum err err = view_record(&message, &seam__account_record__descriptor, state,
                               state_key_bytes(&key), arena);
    if (err != OK) {
        return err;
    }
    *record = (const Seam__AccountRecord *)message;
    err = message_unpack(&message, &seam__account__descriptor,
                         bytes_of((*record)->account.data, (*record)->account.len), LIMIT_TX_BODY,
                         arena, NULL);
    if (err != OK) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    *account = (const Seam__Account *)message;
    return OK;
}

/* Does some version of a period have this hash? What version 1 of the next period followed may have
 * been corrected since. */
static enum err some_version(bool *out, struct overlay *state, const char *facility,
                             uint32_t number, const ProtobufCBinaryData *hash, struct arena *arena)
{
    const Seam__AccountHead *head = NULL;
    enum err err = head_of(&head, state, facility, number, arena);
    *out = false;
    for (uint32_t version = 1; err == OK && !*out && version <= head->version; version++) {
        const Seam__AccountRecord *record = NULL;
        const Seam__Account *account = NULL;
        err = version_of(&record, &account, state, facility, number, version, arena);
        *out = err == OK && data_equal(&record->account_hash, hash);
    }
    return err;
}

static enum err version_holds(const struct span *span, struct overlay *state, uint32_t number,
                              uint32_t version, ProtobufCBinaryData *before, struct arena *arena,
                              struct err_detail *detail)
{
    const char *facility = span->facility->facility;
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    struct hash hash;
    enum err err = version_of(&record, &account, state, facility, number, version, arena);
    if (err != OK) {
        return check_broken(detail, err, facility, "a version of an account is missing");
    }
    hash_tagged(&hash, TAG_ACCOUNT, bytes_of(record->account.data, record->account.len));
    if (record->account_hash.len != HASH_SIZE ||
        memcmp(record->account_hash.data, hash.bytes, HASH_SIZE) != 0) {
        return check_broken(detail, OK, facility, "an account is not what its hash says");
    }
    if (account->version != version || strcmp(account->facility, facility) != 0) {
        return check_broken(detail, OK, facility, "an account stands under another's key");
    }
    bool follows = version > 1 && data_equal(&account->previous, before);
    if (version == 1 && number == span->first.number) {
        follows = account->previous.len == 0;
    } else if (version == 1) {
        err = some_version(&follows, state, facility, number - 1, &account->previous, arena);
    }
    if (err != OK || !follows) {
        return check_broken(detail, err, facility, "an account does not name the one before it");
    }
    *before = record->account_hash;
    return OK;
}

static enum err period_versions(const struct span *span, struct overlay *state, uint32_t number,
                                struct arena *arena, struct err_detail *detail)
{
    const char *facility = span->facility->facility;
    const Seam__AccountHead *head = NULL;
    ProtobufCBinaryData last = {0};
    enum err err = head_of(&head, state, facility, number, arena);
    if (err != OK) {
        return check_broken(detail, err, facility, "a period has no account");
    }
    for (uint32_t version = 1; version <= head->version; version++) {
        err = version_holds(span, state, number, version, &last, arena, detail);
        if (err != OK) {
            return err;
        }
    }
    if (!data_equal(&head->account_hash, &last)) {
        return check_broken(detail, OK, facility, "a head does not name its newest version");
    }
    struct state_key key = account_key(KEY_ACCOUNT_VERSION, facility, number);
    state_key_u32(&key, head->version + 1);
    bool more = false;
    err = view_exists(&more, state, state_key_bytes(&key));
    if (err != OK || more) {
        return check_broken(detail, err, facility, "there is a version after the newest");
    }
    if (number == span->last.number && !data_equal(&span->head->account_hash, &last)) {
        return check_broken(detail, OK, facility, "the facility's head names another account");
    }
    return OK;
}

static enum err facility_versions(void *context, struct overlay *state,
                                  const Seam__ListEntry *entry, struct arena *arena,
                                  struct err_detail *detail)
{
    (void)context;
    struct span span;
    enum err err = span_of(&span, state, entry->id, arena, detail);
    if (err != OK || span.head == NULL) {
        return err;
    }
    for (uint32_t number = span.first.number; err == OK && number <= span.last.number; number++) {
        struct arena scratch;
        arena_init(&scratch, BUDGET);
        err = period_versions(&span, state, number, &scratch, detail);
        arena_free(&scratch);
    }
    return err;
}

enum err chain_check_versions(struct overlay *state, struct arena *arena, struct err_detail *detail)
{
    return every_facility(state, facility_versions, arena, detail);
}
