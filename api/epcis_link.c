/* SPDX-License-Identifier: Apache-2.0 */
/* A URN names its scheme, a link its application identifier; a row of a table says how long the
 * key's number is and what may follow it. Both end in the same writer, which never overruns. */

#include "api/epcis_link.h"

#include "ledger/provenance/identifier.h"

#include <stdio.h>
#include <string.h>

#define DOMAIN "https://id.gs1.org"
#define GTIN_DIGITS 13 /* of 14, without the check digit */
#define PART_MAX 64

/* --- a bounded text --------------------------------------------------------------------------- */

struct line {
    char text[EPCIS_LINK_SIZE];
    size_t size;
    bool failed;
};

static void put(struct line *line, const char *text, size_t size)
{
    if (line->failed || size >= sizeof line->text - line->size) {
        line->failed = true;
        return;
    }
    memcpy(line->text + line->size, text, size);
    line->size += size;
    line->text[line->size] = '\0';
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static bool finish(char *out, const struct line *line)
{
    if (line->failed) {
        return false;
    }
    memcpy(out, line->text, line->size + 1);
    return true;
}

/* A part of the text being read. */
struct part {
    const char *at;
    size_t size;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct part part)
{
    for (size_t i = 0; i < part.size; i++) {
        if (!is_digit(part.at[i])) {
            return false;
        }
    }
    return true;
}

static bool is(struct part part, const char *text)
{
    return part.size == strlen(text) && memcmp(part.at, text, part.size) == 0;
}

/* What serials, batches and extensions are made of, and % of an escape. */
static bool is_word(struct part part)
{
    for (size_t i = 0; i < part.size; i++) {
        const char c = part.at[i];
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !is_digit(c) && (c == '\0' || strchr("!\"%&'()*+,-./:;<=>?_#", c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* Symbols that a link must escape and a URN need not. */
static void put_word(struct line *line, struct part part)
{
    for (size_t i = 0; i < part.size; i++) {
        char escaped[4];
        if (strchr("!()*+,:", part.at[i]) != NULL) {
            snprintf(escaped, sizeof escaped, "%%%02X", (unsigned)(unsigned char)part.at[i]);
            put(line, escaped, 3);
        } else {
            put(line, part.at + i, 1);
        }
    }
}

/* --- URNs ------------------------------------------------------------------------------------- */

enum tail {
    TAIL_NONE,
    TAIL_SERIAL, /* follows behind its own identifier */
    TAIL_JOINED, /* is joined to the number */
    TAIL_EXTENSION, /* as a serial; "0" is none */
    TAIL_PIECES, /* two digits of the piece, two of their count, then a serial */
};

/* number: digits of company prefix and reference without the check digit; 0: the reference is a
 * word and there is no check digit. first: the reference's first digit stands before the prefix. */
struct scheme {
    const char *name;
    const char *link; /* what stands before the number */
    const char *before_tail;
    size_t number;
    enum tail tail;
    bool first;
    bool zero; /* the number is led by 0 */
};

static const struct scheme schemes[] = {
    {"id:sgtin:", "/01/", "/21/", GTIN_DIGITS, TAIL_SERIAL, true, false},
    {"id:sscc:", "/00/", NULL, 17, TAIL_NONE, true, false},
    {"id:sgln:", "/414/", "/254/", 12, TAIL_EXTENSION, false, false},
    {"id:pgln:", "/417/", NULL, 12, TAIL_NONE, false, false},
    {"id:grai:", "/8003/", "", 12, TAIL_JOINED, false, true},
    {"id:giai:", "/8004/", NULL, 0, TAIL_NONE, false, false},
    {"id:gsrn:", "/8018/", NULL, 17, TAIL_NONE, false, false},
    {"id:gsrnp:", "/8017/", NULL, 17, TAIL_NONE, false, false},
    {"id:gdti:", "/253/", "", 12, TAIL_JOINED, false, false},
    {"id:cpi:", "/8010/", "/8011/", 0, TAIL_SERIAL, false, false},
    {"id:sgcn:", "/255/", "", 12, TAIL_JOINED, false, false},
    {"id:ginc:", "/401/", NULL, 0, TAIL_NONE, false, false},
    {"id:gsin:", "/402/", NULL, 16, TAIL_NONE, false, false},
    {"id:itip:", "/8006/", "/21/", GTIN_DIGITS, TAIL_PIECES, true, false},
    {"id:upui:", "/01/", "/235/", GTIN_DIGITS, TAIL_SERIAL, true, false},
    {"class:lgtin:", "/01/", "/10/", GTIN_DIGITS, TAIL_SERIAL, true, false},
    {"idpat:sgtin:", "/01/", "/21/", GTIN_DIGITS, TAIL_SERIAL, true, false},
    {"idpat:grai:", "/8003/", "", 12, TAIL_JOINED, false, true},
    {"idpat:gdti:", "/253/", "", 12, TAIL_JOINED, false, false},
    {"idpat:sgcn:", "/255/", "", 12, TAIL_JOINED, false, false},
    {"idpat:cpi:", "/8010/", "/8011/", 0, TAIL_SERIAL, false, false},
    {"idpat:itip:", "/8006/", "/21/", GTIN_DIGITS, TAIL_PIECES, true, false},
    {"idpat:upui:", "/01/", "/235/", GTIN_DIGITS, TAIL_SERIAL, true, false},
};

/* Takes what stands before the next point, or all; false where nothing is left to take. */
static bool take(const char **text, struct part *part)
{
    if (*text == NULL) {
        return false;
    }
    const char *point = strchr(*text, '.');
    part->at = *text;
    part->size = point != NULL ? (size_t)(point - *text) : strlen(*text);
    *text = point != NULL ? point + 1 : NULL;
    return true;
}

/* Prefix and reference as one number with its check digit. */
static bool put_number(struct line *line, const struct scheme *scheme, struct part prefix,
                       struct part reference)
{
    char number[24];
    size_t size = 0;
    if (!all_digits(reference) || prefix.size + reference.size != scheme->number ||
        (scheme->first && reference.size == 0)) {
        return false;
    }
    if (scheme->zero) {
        number[size++] = '0';
    }
    if (scheme->first) {
        number[size++] = reference.at[0];
        reference.at++;
        reference.size--;
    }
    memcpy(number + size, prefix.at, prefix.size);
    size += prefix.size;
    memcpy(number + size, reference.at, reference.size);
    size += reference.size;
    number[size] = identifier_check_digit(number, size);
    put(line, number, size + 1);
    return true;
}

static bool put_pieces(struct line *line, const char **rest)
{
    for (int i = 0; i < 2; i++) {
        struct part digits;
        if (!take(rest, &digits) || digits.size != 2 || !all_digits(digits)) {
            return false;
        }
        put(line, digits.at, digits.size);
    }
    return true;
}

static bool put_tail(struct line *line, const struct scheme *scheme, const char *rest)
{
    if (scheme->tail == TAIL_NONE) {
        return rest == NULL;
    }
    if (scheme->tail == TAIL_PIECES && !put_pieces(line, &rest)) {
        return false;
    }
    if (rest == NULL || rest[0] == '\0' || strlen(rest) > PART_MAX) {
        return false;
    }
    const struct part tail = {rest, strlen(rest)};
    const bool pattern = strncmp(scheme->name, "idpat:", 6) == 0;
    if (pattern) {
        return is(tail, "*");
    }
    if (!is_word(tail)) {
        return false;
    }
    if (scheme->tail != TAIL_EXTENSION || !is(tail, "0")) {
        put_text(line, scheme->before_tail);
        put_word(line, tail);
    }
    return true;
}

/* A reference that is a word: the last point of a CPI parts it from the serial, all of it belongs
 * to the reference elsewhere. */
static bool put_reference(struct line *line, const struct scheme *scheme, struct part prefix,
                          const char **rest)
{
    const char *point = scheme->tail == TAIL_SERIAL ? strrchr(*rest, '.') : NULL;
    struct part reference = {*rest, point != NULL ? (size_t)(point - *rest) : strlen(*rest)};
    if (reference.size == 0 || reference.size > PART_MAX || !is_word(reference) ||
        (scheme->tail == TAIL_SERIAL && point == NULL)) {
        return false;
    }
    put(line, prefix.at, prefix.size);
    put_word(line, reference);
    *rest = point != NULL ? point + 1 : NULL;
    return true;
}

static bool of_urn(char *out, const char *text)
{
    const struct scheme *scheme = NULL;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && scheme == NULL; i++) {
        const size_t size = strlen(schemes[i].name);
        if (strncmp(text, schemes[i].name, size) == 0) {
            scheme = &schemes[i];
            text += size;
        }
    }
    struct line line = {.size = 0};
    struct part prefix;
    struct part reference;
    if (scheme == NULL || !take(&text, &prefix) || prefix.size < 6 || prefix.size > 12 ||
        !all_digits(prefix) || text == NULL) {
        return false;
    }
    put_text(&line, DOMAIN);
    put_text(&line, scheme->link);
    if (scheme->number == 0) {
        if (!put_reference(&line, scheme, prefix, &text)) {
            return false;
        }
    } else if (!take(&text, &reference) || !put_number(&line, scheme, prefix, reference)) {
        return false;
    }
    return put_tail(&line, scheme, text) && finish(out, &line);
}

/* --- links ------------------------------------------------------------------------------------ */

/* digits: how long the number is, 0: a word; more: what may be joined to it. fine: identifiers that
 * may follow, the finest first, separated by blanks. */
struct key {
    const char *ai;
    const char *name;
    size_t digits;
    size_t more;
    const char *fine[3];
};

static const struct key keys[] = {
    {"00", "sscc", 18, 0, {NULL}},         {"01", "gtin", 14, 0, {"21", "235", "10"}},
    {"253", "gdti", 13, 17, {NULL}},       {"255", "gcn", 13, 12, {NULL}},
    {"401", "ginc", 0, 30, {NULL}},        {"402", "gsin", 17, 0, {NULL}},
    {"414", "gln", 13, 0, {"254"}},        {"417", "party", 13, 0, {NULL}},
    {"8003", "grai", 14, 16, {NULL}},      {"8004", "giai", 0, 30, {NULL}},
    {"8006", "itip", 18, 0, {"21", "10"}}, {"8010", "cpid", 0, 30, {"8011"}},
    {"8017", "gsrnp", 18, 0, {NULL}},      {"8018", "gsrn", 18, 0, {NULL}},
};

#define SEGMENTS_MAX 24

static const struct key *key_of(struct part part)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (is(part, keys[i].ai) || is(part, keys[i].name)) {
            return &keys[i];
        }
    }
    return NULL;
}

static bool is_qualifier(struct part part, const char *ai)
{
    return is(part, ai) || (strcmp(ai, "10") == 0 && is(part, "lot")) ||
           (strcmp(ai, "21") == 0 && is(part, "ser"));
}

/* A GTIN of 8, 12 or 13 digits is the same one with zeros in front. */
static bool put_value(struct line *line, const struct key *key, struct part value)
{
    if (strcmp(key->ai, "01") == 0 && (value.size == 8 || value.size == 12 || value.size == 13)) {
        put(line, "000000", 14 - value.size);
    } else if (value.size < key->digits || value.size > key->digits + key->more) {
        return false;
    }
    const struct part number = {value.at, key->digits < value.size ? key->digits : value.size};
    const struct part four = {value.at, 4};
    put(line, value.at, value.size);
    return value.size >= 4 && all_digits(number) && all_digits(four) && is_word(value);
}

static bool put_fine(struct line *line, const struct key *key, const struct part *rest,
                     size_t count)
{
    for (size_t i = 0; i < 3 && key->fine[i] != NULL; i++) {
        for (size_t j = 0; j + 1 < count; j += 2) {
            if (is_qualifier(rest[j], key->fine[i]) && rest[j + 1].size > 0) {
                put_text(line, "/");
                put_text(line, key->fine[i]);
                put_text(line, "/");
                put(line, rest[j + 1].at, rest[j + 1].size);
                return is_word(rest[j + 1]);
            }
        }
    }
    return true;
}

static bool of_link(char *out, const char *text)
{
    struct part parts[SEGMENTS_MAX];
    size_t count = 0;
    const char *at = strstr(text, "//") + 2;
    const size_t size = strcspn(at, "?#");
    const char *end = at + size;
    while (at <= end && count < SEGMENTS_MAX) {
        const size_t next = strcspn(at, "/?#");
        parts[count++] = (struct part){at, next};
        at += next + 1;
    }
    for (size_t i = 1; i + 1 < count; i++) {
        struct line line = {.size = 0};
        const struct key *key = key_of(parts[i]);
        if (key == NULL) {
            continue;
        }
        put_text(&line, DOMAIN "/");
        put_text(&line, key->ai);
        put_text(&line, "/");
        if (put_value(&line, key, parts[i + 1])) {
            return put_fine(&line, key, parts + i + 2, count - i - 2) && finish(out, &line);
        }
    }
    return false;
}

bool epcis_link(char out[EPCIS_LINK_SIZE], const char *text)
{
    if (strncmp(text, "urn:epc:", 8) == 0) {
        return of_urn(out, text + 8);
    }
    if (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0) {
        return of_link(out, text);
    }
    return false;
}
