/* SPDX-License-Identifier: Apache-2.0 */
/* A line whose own numbers are wrong has its own error; here it counts as nothing. */
#include "ledger/accounting/claim.h"

#include "ledger/accounting/code.h"
#include "ledger/accounting/form.h"
#include "ledger/base/buf.h"
#include "ledger/crypto/hash.h"
#include "ledger/crypto/tags.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SLOW "L_SLOWOX"
#define FIRE "L_SPCOMB"
#define FACE_PLACES 6 /* of m */
#define AREA_PLACES 4 /* of months and years */

static const Seam__Line *line_of(const struct calc *calc, size_t index, const char *code)
{
    const Seam__Line *line = calc->file->lines[index];
    return strcmp(line->code, code) == 0 && line->not_occurring[0] == '\0' ? line : NULL;
}

static void fail(struct calc *calc, size_t index, enum err err, const char *field,
                 const char *limit, const char *hint)
{
    struct line line = {.calc = calc,
                        .in = calc->file->lines[index],
                        .index = index,
                        .row =
                            code_find(calc->set->message->edition, calc->file->lines[index]->code)};
    line_fail(&line, err, field, limit, hint);
}

/* A fraction in units of 10^-9, 0 where it is none. */
static int64_t billionths(const char *text)
{
    struct dec value;
    if (dec_parse(&value, bytes_text(text)) != OK || value.m < 0 ||
        dec_compare(value, dec_of(1, 0)) > 0) {
        return 0;
    }
    return value.m * (int64_t)dec_power((unsigned)DEC_DECIMALS - value.s);
}

/* The sum of m up to and with this line, of all lines of its face. */
static void check_face(struct calc *calc, size_t index, const Seam__Line *line)
{
    const int64_t whole = (int64_t)dec_power(DEC_DECIMALS);
    int64_t sum = 0;
    for (size_t i = 0; i <= index; i++) {
        const Seam__Line *other = line_of(calc, i, SLOW);
        if (other != NULL && strcmp(other->face, line->face) == 0) {
            sum += billionths(other->m);
        }
    }
    if (line->face[0] != '\0' && sum > whole) {
        char text[DEC_TEXT_SIZE];
        char limit[64];
        dec_text(text, dec_of(sum, DEC_DECIMALS));
        snprintf(limit, sizeof limit, "1, found %.24s", text);
        fail(calc, index, ERR_M_CUM, "m", limit,
             "the lines of a face oxidise at most the whole of its coal");
    }
}

/* A fire without a face is at the whole source. */
static bool same_coal(const Seam__Line *fire, const Seam__Line *slow)
{
    return fire->face[0] != '\0' ? strcmp(fire->face, slow->face) == 0
                                 : strcmp(fire->source, slow->source) == 0;
}

static void check_fire(struct calc *calc, size_t index, const Seam__Line *fire)
{
    for (size_t i = 0; i < calc->file->n_lines; i++) {
        const Seam__Line *slow = line_of(calc, i, SLOW);
        if (slow != NULL && same_coal(fire, slow)) {
            char limit[64];
            snprintf(limit, sizeof limit, "line %u", (unsigned)(i + 1));
            fail(calc, index, ERR_OVERLAP, fire->face[0] != '\0' ? "face" : "source", limit,
                 "this coal oxidises slowly in the same period; the burning part is a face of its "
                 "own");
            return;
        }
    }
}

static void check_land(struct calc *calc, size_t index, const char *code)
{
    const Seam__Line *line = line_of(calc, index, code);
    if (line == NULL || line->polygon.len == 0) {
        return;
    }
    const struct bytes polygon = bytes_of(line->polygon.data, line->polygon.len);
    for (size_t i = 0; i < index; i++) {
        const Seam__Line *other = line_of(calc, i, code);
        if (other != NULL &&
            bytes_equal(polygon, bytes_of(other->polygon.data, other->polygon.len))) {
            char limit[64];
            snprintf(limit, sizeof limit, "line %u", (unsigned)(i + 1));
            fail(calc, index, ERR_AREA_DUP, "polygon", limit,
                 "one piece of land is credited once a period");
            return;
        }
    }
}

void claim_check(struct calc *calc)
{
    for (size_t i = 0; i < calc->file->n_lines; i++) {
        const Seam__Line *slow = line_of(calc, i, SLOW);
        const Seam__Line *fire = line_of(calc, i, FIRE);
        if (slow != NULL) {
            check_face(calc, i, slow);
        } else if (fire != NULL) {
            check_fire(calc, i, fire);
        }
        check_land(calc, i, "L_SINK_SOIL");
        check_land(calc, i, "L_SINK_VEG");
    }
}

/* --- what an account claims --------------------------------------------------------------------*/

struct list {
    struct arena *arena;
    Seam__Claim **claims;
    size_t count;
};

static void name_claim(struct hash *out, const char *kind, const char *owner, struct bytes what)
{
    uint8_t text[8 + LIMIT_ID_TEXT + LIMIT_ID_TEXT + HASH_SIZE];
    struct writer writer = writer_of(text, sizeof text);
    write_bytes(&writer, bytes_text(kind));
    write_u8(&writer, 0);
    write_bytes(&writer, bytes_text(owner));
    write_u8(&writer, 0);
    write_bytes(&writer, what);
    assert(!writer.failed);
    hash_tagged(out, TAG_CLAIM, writer_bytes(&writer));
}

static int compare_key(const Seam__Claim *claim, const struct hash *key)
{
    return memcmp(claim->key.data, key->bytes, HASH_SIZE);
}

/* The claim of this key, in its place; a new one where there is none. */
static Seam__Claim *claim_of(struct list *list, const struct hash *key)
{
    size_t at = list->count;
    while (at > 0 && compare_key(list->claims[at - 1], key) > 0) {
        at--;
    }
    if (at > 0 && compare_key(list->claims[at - 1], key) == 0) {
        return list->claims[at - 1];
    }
    struct bytes kept;
    Seam__Claim *claim = arena_alloc(list->arena, sizeof *claim);
    if (claim == NULL || !arena_copy(list->arena, hash_bytes(key), &kept)) {
        return NULL;
    }
    seam__claim__init(claim);
    claim->key = (ProtobufCBinaryData){.len = kept.size, .data = (uint8_t *)(uintptr_t)kept.data};
    for (size_t i = list->count; i > at; i--) {
        list->claims[i] = list->claims[i - 1];
    }
    list->claims[at] = claim;
    list->count++;
    return claim;
}

static uint64_t units(const char *text, unsigned places)
{
    struct dec value = {.m = 0, .s = 0};
    const enum err err = dec_parse(&value, bytes_text(text));
    assert(err == OK); /* the line was evaluated */
    assert(value.m >= 0);
    assert(value.s <= places);
    (void)err;
    return (uint64_t)value.m * dec_power(places - value.s);
}

static bool add_face(struct list *list, const char *facility, const Seam__Line *line)
{
    struct hash key;
    name_claim(&key, "FACE", facility, bytes_text(line->face));
    Seam__Claim *claim = claim_of(list, &key);
    if (claim == NULL) {
        return false;
    }
    claim->kind = (char *)"FACE";
    claim->amount += units(line->m, FACE_PLACES);
    claim->limit = dec_power(FACE_PLACES);
    return true;
}

static bool add_area(struct list *list, struct period period, const Seam__Line *line)
{
    struct hash key;
    name_claim(&key, "AREA", line->code, bytes_of(line->polygon.data, line->polygon.len));
    Seam__Claim *claim = claim_of(list, &key);
    if (claim == NULL) {
        return false;
    }
    claim->kind = (char *)"AREA";
    claim->from = line->measured_start;
    claim->to = line->measured_end;
    claim->amount = units(form_months(line, period), AREA_PLACES);
    claim->limit = 12 * units(line->years, AREA_PLACES);
    return true;
}

enum err claim_list(Seam__Claim ***out, size_t *count, const Seam__CalculationFile *file,
                    struct arena *arena)
{
    struct period period;
    struct list list = {.arena = arena, .count = 0};
    const enum err err = period_parse(&period, bytes_text(file->period));
    assert(err == OK);
    (void)err;
    list.claims = arena_alloc(arena, (file->n_lines + 1) * sizeof(Seam__Claim *));
    if (list.claims == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < file->n_lines; i++) {
        const Seam__Line *line = file->lines[i];
        bool good = true;
        if (line->not_occurring[0] != '\0') {
            continue;
        }
        if (strcmp(line->code, SLOW) == 0) {
            good = add_face(&list, file->facility, line);
        } else if (strncmp(line->code, "L_SINK_", 7) == 0) {
            good = add_area(&list, period, line);
        }
        if (!good) {
            return ERR_MEMORY;
        }
    }
    *out = list.claims;
    *count = list.count;
    return OK;
}

bool claim_same(const Seam__Account *account, Seam__Claim *const *claims, size_t count)
{
    if (account->n_claims != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const Seam__Claim *a = account->claims[i];
        const Seam__Claim *b = claims[i];
        if (strcmp(a->kind, b->kind) != 0 || strcmp(a->from, b->from) != 0 ||
            strcmp(a->to, b->to) != 0 || a->amount != b->amount || a->limit != b->limit ||
            !bytes_equal(bytes_of(a->key.data, a->key.len), bytes_of(b->key.data, b->key.len))) {
            return false;
        }
    }
    return true;
}
