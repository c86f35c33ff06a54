/* SPDX-License-Identifier: Apache-2.0 */
/* Building and checking share their steps, so a draft that this file makes is one that this file
 * accepts. Lines are hashed as the bytes they are, never as a new encoding of them. */
#include "ledger/accounting/account.h"

#include "ledger/accounting/account_products.h"
#include "ledger/accounting/claim.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/message.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES_MAX (16 * 1024)

void account_hash(struct hash *out, struct bytes payload)
{
    hash_tagged(out, TAG_ACCOUNT, payload);
}

void account_secret(uint8_t secret[ACCOUNT_SECRET_SIZE], const uint8_t seed[ACCOUNT_SECRET_SIZE],
                    const char *facility)
{
    static_assert(ACCOUNT_SECRET_SIZE == HASH_SIZE, "a secret is a digest");
    struct hasher hasher;
    struct hash hash;
    hash_begin(&hasher, TAG_SALT);
    hash_add_u8(&hasher, 'F');
    hash_add(&hasher, bytes_of(seed, ACCOUNT_SECRET_SIZE));
    hash_add(&hasher, bytes_text(facility));
    hash_end(&hasher, &hash);
    memcpy(secret, hash.bytes, ACCOUNT_SECRET_SIZE);
}

/* The secret stands first and has a fixed size, each text its length, so no two keys meet. */
void account_salt(uint8_t salt[ACCOUNT_SALT_SIZE], const uint8_t secret[ACCOUNT_SECRET_SIZE],
                  const char *period, uint32_t version, char kind, struct bytes key)
{
    struct hasher hasher;
    struct hash hash;
    hash_begin(&hasher, TAG_SALT);
    hash_add_u8(&hasher, (uint8_t)kind);
    hash_add(&hasher, bytes_of(secret, ACCOUNT_SECRET_SIZE));
    hash_add_u64(&hasher, strlen(period));
    hash_add(&hasher, bytes_text(period));
    hash_add_u64(&hasher, version);
    hash_add_u64(&hasher, key.size);
    hash_add(&hasher, key);
    hash_end(&hasher, &hash);
    memcpy(salt, hash.bytes, ACCOUNT_SALT_SIZE);
}

/* --- roots -------------------------------------------------------------------------------------*/

static void leaf(struct hash *out, const char *tag, ProtobufCBinaryData salt,
                 ProtobufCBinaryData bytes)
{
    struct hasher hasher;
    merkle_leaf_begin(&hasher, tag);
    hash_add(&hasher, bytes_of(salt.data, salt.len));
    hash_add(&hasher, bytes_of(bytes.data, bytes.len));
    hash_end(&hasher, out);
}

enum err account_lines_root(struct hash *out, const Seam__AccountLines *detached,
                            struct arena *arena)
{
    const size_t count = detached->n_lines;
    struct hash *leaves = arena_alloc(arena, (count + 1) * sizeof *leaves);
    if (leaves == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const Seam__AccountLine *line = detached->lines[i];
        if (line->salt.len != ACCOUNT_SALT_SIZE) {
            return ERR_LENGTH;
        }
        leaf(&leaves[i], TAG_LINE_LEAF, line->salt, line->line);
    }
    merkle_root(out, leaves, count);
    return OK;
}

enum err account_evidence_root(struct hash *out, const Seam__AccountLines *detached,
                               struct arena *arena)
{
    const size_t count = detached->n_evidence;
    struct hash *leaves = arena_alloc(arena, (count + 1) * sizeof *leaves);
    if (leaves == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const Seam__AccountEvidence *item = detached->evidence[i];
        if (item->salt.len != ACCOUNT_SALT_SIZE) {
            return ERR_LENGTH;
        }
        leaf(&leaves[i], TAG_EVIDENCE_LEAF, item->salt, item->evidence);
    }
    merkle_root(out, leaves, count);
    return OK;
}

/* --- building ----------------------------------------------------------------------------------*/

struct build {
    const Seam__CalculationFile *file;
    const uint8_t *secret;
    uint32_t version;
    struct arena *arena;
};

static ProtobufCBinaryData data_of(struct bytes bytes)
{
    return (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
}

static enum err salted(const struct build *build, char kind, struct bytes key,
                       ProtobufCBinaryData *salt)
{
    uint8_t *bytes = arena_alloc(build->arena, ACCOUNT_SALT_SIZE);
    if (bytes == NULL) {
        return ERR_MEMORY;
    }
    account_salt(bytes, build->secret, build->file->period, build->version, kind, key);
    *salt = (ProtobufCBinaryData){.len = ACCOUNT_SALT_SIZE, .data = bytes};
    return OK;
}

/* The identity of a line: code, source, detail, separated by a byte that no id holds. */
static enum err line_key(struct bytes *out, const Seam__Line *line, struct arena *arena)
{
    const size_t room = 3 * (LIMIT_ID_TEXT + 1) + 1;
    char *text = arena_alloc(arena, room);
    if (text == NULL) {
        return ERR_MEMORY;
    }
    const int size =
        snprintf(text, room, "%s/%s/%s", line->code, line->source, calc_line_detail(line));
    assert(size > 0);
    assert((size_t)size < room); /* ids were checked by calc_run */
    *out = bytes_of(text, (size_t)size);
    return OK;
}

static enum err add_lines(const struct build *build, Seam__AccountLines *out)
{
    const Seam__CalculationFile *file = build->file;
    const size_t *order = calc_sorted(file, build->arena);
    Seam__AccountLine **lines =
        arena_alloc(build->arena, (file->n_lines + 1) * sizeof(Seam__AccountLine *));
    if (order == NULL || lines == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < file->n_lines; i++) {
        const Seam__Line *line = file->lines[order[i]];
        lines[i] = arena_alloc(build->arena, sizeof *lines[i]);
        struct bytes packed;
        struct bytes key;
        if (lines[i] == NULL) {
            return ERR_MEMORY;
        }
        seam__account_line__init(lines[i]);
        enum err err = message_pack(&packed, &line->base, build->arena);
        if (err == OK) {
            err = line_key(&key, line, build->arena);
        }
        if (err == OK) {
            err = salted(build, 'L', key, &lines[i]->salt);
        }
        if (err != OK) {
            return err;
        }
        lines[i]->line = data_of(packed);
    }
    out->lines = lines;
    out->n_lines = file->n_lines;
    return OK;
}

/* Evidence ascending by id; insertion, since files carry a handful. Twice the same id is refused
 * when the account is read again. */
static enum err add_evidence(const struct build *build, Seam__AccountLines *out)
{
    const Seam__CalculationFile *file = build->file;
    const size_t count = file->n_evidence;
    const Seam__Evidence **sorted = arena_alloc(build->arena, (count + 1) * sizeof *sorted);
    Seam__AccountEvidence **items =
        arena_alloc(build->arena, (count + 1) * sizeof(Seam__AccountEvidence *));
    if (sorted == NULL || items == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && strcmp(sorted[at - 1]->id, file->evidence[i]->id) > 0; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = file->evidence[i];
    }
    for (size_t i = 0; i < count; i++) {
        struct bytes packed;
        items[i] = arena_alloc(build->arena, sizeof *items[i]);
        if (items[i] == NULL) {
            return ERR_MEMORY;
        }
        seam__account_evidence__init(items[i]);
        enum err err = message_pack(&packed, &sorted[i]->base, build->arena);
        if (err == OK) {
            err = salted(build, 'E', bytes_text(sorted[i]->id), &items[i]->salt);
        }
        if (err != OK) {
            return err;
        }
        items[i]->evidence = data_of(packed);
    }
    out->evidence = items;
    out->n_evidence = count;
    return OK;
}

static bool reconstructed(const Seam__CalculationFile *file)
{
    for (size_t i = 0; i < file->n_lines; i++) {
        if (strcmp(file->lines[i]->origin, "RECONSTRUCTED") == 0) {
            return true;
        }
    }
    return false;
}

static enum err hash_data(ProtobufCBinaryData *out, const struct hash *hash, struct arena *arena)
{
    struct bytes kept;
    if (!arena_copy(arena, hash_bytes(hash), &kept)) {
        return ERR_MEMORY;
    }
    *out = data_of(kept);
    return OK;
}

static void copy_totals(Seam__Account *account, const Seam__CalculationResult *result)
{
    account->gross_g = result->gross_g;
    account->net_g = result->net_g;
    account->scope1_g = result->scope1_g;
    account->scope2_g = result->scope2_g;
    account->sinks_g = result->sinks_g;
    account->information_g = result->information_g;
    account->co2_g = result->co2_g;
    account->ch4_g = result->ch4_g;
}

static enum err add_roots(Seam__Account *account, const Seam__AccountLines *detached,
                          struct arena *arena)
{
    struct hash root;
    enum err err = account_lines_root(&root, detached, arena);
    if (err == OK) {
        err = hash_data(&account->lines_root, &root, arena);
    }
    account->line_count = (uint32_t)detached->n_lines;
    account->evidence_count = (uint32_t)detached->n_evidence;
    if (err == OK && detached->n_evidence > 0) {
        err = account_evidence_root(&root, detached, arena);
        if (err == OK) {
            err = hash_data(&account->evidence_root, &root, arena);
        }
    }
    return err;
}

static uint32_t boundary_of(const char *text)
{
    uint32_t value = 0;
    for (size_t i = 0; text[i] >= '0' && text[i] <= '9' && value < 100000000; i++) {
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    return value;
}

static enum err check_submission(const Seam__CalculationFile *file, uint32_t version,
                                 struct errors *errors)
{
    const bool value = file->state[0] == '\0' || strcmp(file->state, "VALUE") == 0;
    if (file->boundary[0] == '\0') {
        errors_add(errors, ERR_MISSING, "boundary", "KSSJ 5.1.2", "a version number",
                   "a submission names the boundary it covers");
        return ERR_MISSING;
    }
    if (file->reason[0] == '\0' && (version > 1 || !value)) {
        errors_add(errors, ERR_MISSING, "reason", NULL, NULL,
                   "corrections and periods without activity say why");
        return ERR_MISSING;
    }
    return OK;
}

enum err account_build(struct account_draft *out, const Seam__CalculationFile *file,
                       const struct set *set, uint32_t version, const struct hash *previous,
                       const uint8_t secret[ACCOUNT_SECRET_SIZE], struct arena *arena,
                       struct errors *errors)
{
    assert(out != NULL);
    assert(version >= 1);
    const Seam__CalculationResult *result = NULL;
    enum err err = calc_run(&result, file, set, CALC_SUBMISSION, arena, errors);
    if (err == OK) {
        err = check_submission(file, version, errors);
    }
    Seam__Account *account = arena_alloc(arena, sizeof *account);
    Seam__AccountLines *detached = arena_alloc(arena, sizeof *detached);
    if (err != OK || account == NULL || detached == NULL) {
        return err != OK ? err : ERR_MEMORY;
    }
    seam__account__init(account);
    seam__account_lines__init(detached);
    const struct build build = {.file = file, .secret = secret, .version = version, .arena = arena};
    account->facility = file->facility;
    account->kind = file->kind;
    account->period = file->period;
    account->version = version;
    account->boundary_version = boundary_of(file->boundary);
    account->state = file->state[0] != '\0' ? file->state : (char *)"VALUE";
    account->gwp = result->gwp;
    account->reconstructed = reconstructed(file);
    account->reason = file->reason;
    account->reason_code = file->reason_code;
    account->discovered_by = file->discovered_by;
    copy_totals(account, result);
    err = claim_list(&account->claims, &account->n_claims, file, arena);
    if (err == OK) {
        err = hash_data(&account->parameter_set_hash, &set->hash, arena);
    }
    if (err == OK && previous != NULL) {
        err = hash_data(&account->previous, previous, arena);
    }
    if (err == OK) {
        err = add_lines(&build, detached);
    }
    if (err == OK) {
        err = add_evidence(&build, detached);
    }
    if (err == OK) {
        err = add_roots(account, detached, arena);
    }
    if (err == OK) {
        err = account_products_seal(account, detached, file, result, secret, arena);
    }
    struct account_draft draft = {.account = account, .result = result};
    if (err == OK) {
        err = message_pack(&draft.payload, &account->base, arena);
    }
    if (err == OK) {
        err = message_pack(&draft.detached, &detached->base, arena);
    }
    if (err == OK && draft.detached.size > LIMIT_TX_DETACHED) {
        err = ERR_TOO_LARGE;
    }
    if (err != OK) {
        errors_add(errors, err, "lines", "D24", NULL, NULL);
        return err;
    }
    account_hash(&draft.hash, draft.payload);
    *out = draft;
    return OK;
}

/* --- checking ----------------------------------------------------------------------------------*/

static enum err refuse(struct err_detail *detail, enum err err, const char *field, size_t index,
                       const char *limit, const char *hint)
{
    err_set(detail, err, field, "D3", limit, hint);
    if (detail != NULL) {
        detail->line = (uint32_t)(index + 1);
    }
    return err;
}

static enum err read_lines(Seam__CalculationFile *file, const Seam__AccountLines *detached,
                           struct arena *arena, struct err_detail *detail)
{
    file->lines = arena_alloc(arena, (detached->n_lines + 1) * sizeof(Seam__Line *));
    if (file->lines == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < detached->n_lines; i++) {
        const Seam__AccountLine *in = detached->lines[i];
        ProtobufCMessage *message = NULL;
        if (in->salt.len != ACCOUNT_SALT_SIZE) {
            return refuse(detail, ERR_LENGTH, "salt", i, "16 bytes", NULL);
        }
        const enum err err =
            message_unpack(&message, &seam__line__descriptor, bytes_of(in->line.data, in->line.len),
                           LINE_BYTES_MAX, arena, detail);
        if (err != OK) {
            return err;
        }
        file->lines[i] = (Seam__Line *)message;
        if (i > 0 && calc_line_compare(file->lines[i - 1], file->lines[i]) >= 0) {
            return refuse(detail, ERR_NOT_CANONICAL, "lines", i,
                          "ascending by code, source, fuel or face", NULL);
        }
    }
    file->n_lines = detached->n_lines;
    return OK;
}

static enum err read_evidence(Seam__CalculationFile *file, const Seam__AccountLines *detached,
                              struct arena *arena, struct err_detail *detail)
{
    file->evidence = arena_alloc(arena, (detached->n_evidence + 1) * sizeof(Seam__Evidence *));
    if (file->evidence == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < detached->n_evidence; i++) {
        const Seam__AccountEvidence *in = detached->evidence[i];
        ProtobufCMessage *message = NULL;
        if (in->salt.len != ACCOUNT_SALT_SIZE) {
            return err_set(detail, ERR_LENGTH, "evidence", "D3", "salt of 16 bytes", NULL);
        }
        const enum err err = message_unpack(&message, &seam__evidence__descriptor,
                                            bytes_of(in->evidence.data, in->evidence.len),
                                            LINE_BYTES_MAX, arena, detail);
        if (err != OK) {
            return err;
        }
        file->evidence[i] = (Seam__Evidence *)message;
        if (i > 0 && strcmp(file->evidence[i - 1]->id, file->evidence[i]->id) >= 0) {
            return err_set(detail, ERR_NOT_CANONICAL, "evidence", "D3", "ascending by id", NULL);
        }
    }
    file->n_evidence = detached->n_evidence;
    return OK;
}

enum err account_file(const Seam__CalculationFile **out, const Seam__Account *account,
                      const Seam__AccountLines *detached, const struct set *set,
                      struct arena *arena, struct err_detail *detail)
{
    assert(out != NULL);
    Seam__CalculationFile *file = arena_alloc(arena, sizeof *file);
    char *boundary = arena_alloc(arena, 16);
    if (file == NULL || boundary == NULL) {
        return ERR_MEMORY;
    }
    seam__calculation_file__init(file);
    snprintf(boundary, 16, "%u", (unsigned)account->boundary_version);
    file->facility = account->facility;
    file->kind = account->kind;
    file->period = account->period;
    file->parameter_set = set->message->id;
    file->gwp = account->gwp;
    file->boundary = boundary;
    file->state = account->state;
    file->reason = account->reason;
    file->reason_code = account->reason_code;
    file->discovered_by = account->discovered_by;
    enum err err = OK;
    if (detached != NULL) {
        err = read_lines(file, detached, arena, detail);
        if (err == OK) {
            err = read_evidence(file, detached, arena, detail);
        }
        if (err == OK) {
            err = account_products_open(file, detached, arena, detail);
        }
    }
    if (err == OK) {
        *out = file;
    }
    return err;
}

static bool same_total(struct err_detail *detail, const char *field, int64_t stated, int64_t found)
{
    if (stated == found) {
        return true;
    }
    char limit[32];
    snprintf(limit, sizeof limit, "%lld", (long long)found);
    err_set(detail, ERR_TOTAL, field, "V07", limit, "what follows from the lines");
    return false;
}

static bool same_root(struct err_detail *detail, const char *field, ProtobufCBinaryData stated,
                      struct bytes found)
{
    if (bytes_equal(bytes_of(stated.data, stated.len), found)) {
        return true;
    }
    err_set(detail, ERR_TOTAL, field, "D3", NULL,
            "the root does not follow from the detached lines");
    return false;
}

static enum err compare_roots(const Seam__Account *account, const Seam__AccountLines *detached,
                              struct arena *arena, struct err_detail *detail)
{
    struct hash root;
    struct hash evidence;
    enum err err = account_lines_root(&root, detached, arena);
    if (err == OK) {
        err = account_evidence_root(&evidence, detached, arena);
    }
    if (err != OK) {
        return err;
    }
    const struct bytes expected =
        detached->n_evidence > 0 ? hash_bytes(&evidence) : bytes_of(NULL, 0);
    const bool same =
        same_total(detail, "line_count", account->line_count, (int64_t)detached->n_lines) &&
        same_root(detail, "lines_root", account->lines_root, hash_bytes(&root)) &&
        same_total(detail, "evidence_count", account->evidence_count,
                   (int64_t)detached->n_evidence) &&
        same_root(detail, "evidence_root", account->evidence_root, expected);
    return same ? OK : ERR_TOTAL;
}

static enum err compare_totals(const Seam__Account *account, const Seam__CalculationResult *result,
                               bool any_reconstructed, struct err_detail *detail)
{
    const bool same =
        same_total(detail, "gross_g", account->gross_g, result->gross_g) &&
        same_total(detail, "net_g", account->net_g, result->net_g) &&
        same_total(detail, "scope1_g", account->scope1_g, result->scope1_g) &&
        same_total(detail, "scope2_g", account->scope2_g, result->scope2_g) &&
        same_total(detail, "sinks_g", account->sinks_g, result->sinks_g) &&
        same_total(detail, "information_g", account->information_g, result->information_g) &&
        same_total(detail, "co2_g", account->co2_g, result->co2_g) &&
        same_total(detail, "ch4_g", account->ch4_g, result->ch4_g) &&
        same_total(detail, "reconstructed", account->reconstructed, any_reconstructed);
    return same ? OK : ERR_TOTAL;
}

static enum err compare_claims(const Seam__Account *account, const Seam__CalculationFile *file,
                               struct arena *arena, struct err_detail *detail)
{
    Seam__Claim **claims = NULL;
    size_t count = 0;
    const enum err err = claim_list(&claims, &count, file, arena);
    if (err != OK) {
        return err;
    }
    return claim_same(account, claims, count)
               ? OK
               : err_set(detail, ERR_TOTAL, "claims", "D29", NULL,
                         "the claims do not follow from the detached lines");
}

enum err account_recompute(const Seam__CalculationFile **file, const Seam__Account *account,
                           const Seam__AccountLines *detached, const struct set *set,
                           struct arena *arena, struct err_detail *detail)
{
    static const Seam__AccountLines none = SEAM__ACCOUNT_LINES__INIT;
    const Seam__AccountLines *lines = detached != NULL ? detached : &none;
    struct err_detail first;
    struct errors errors;
    memset(&first, 0, sizeof first);
    errors_init(&errors, &first, 1);
    enum err err = account_file(file, account, lines, set, arena, detail);
    if (err != OK) {
        return err;
    }
    const Seam__CalculationResult *result = NULL;
    err = calc_run(&result, *file, set, CALC_SUBMISSION, arena, &errors);
    if (err != OK) {
        if (detail != NULL && errors.count > 0) {
            *detail = first;
        }
        return err;
    }
    if (strcmp(result->gwp, account->gwp) != 0) {
        return err_set(detail, ERR_MISSING, "gwp", "methodology 6", result->gwp,
                       "an account names its GWP set");
    }
    err = compare_totals(account, result, reconstructed(*file), detail);
    if (err == OK) {
        err = compare_claims(account, *file, arena, detail);
    }
    if (err == OK) {
        err = compare_roots(account, lines, arena, detail);
    }
    return err == OK ? account_products_compare(account, lines, result, arena, detail) : err;
}
