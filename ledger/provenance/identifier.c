/* SPDX-License-Identifier: Apache-2.0 */
/* One check digit rule serves GTIN, SSCC and GLN. A lot id spells the GTIN with all 14 digits, so
 * that one lot has one name; the other spellings are read, never stored. */

#include "ledger/provenance/identifier.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/governance/id.h"

#define GTIN_DIGITS 14
#define SSCC_DIGITS 18
#define GLN_DIGITS 13

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_batch(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/* How many digits text begins with. */
static size_t digits_of(const char *text)
{
    size_t count = 0;
    while (is_digit(text[count])) {
        count++;
    }
    return count;
}

char identifier_check_digit(const char *digits, size_t size)
{
    uint32_t sum = 0;
    assert(size > 0);
    for (size_t i = 0; i < size; i++) {
        const uint32_t weight = (size - i) % 2 == 1 ? 3 : 1;
        assert(is_digit(digits[i]));
        sum += (uint32_t)(digits[i] - '0') * weight;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static bool number_valid(const char *text, size_t digits)
{
    return digits_of(text) == digits && text[digits] == '\0' &&
           identifier_check_digit(text, digits - 1) == text[digits - 1];
}

bool identifier_gtin_valid(const char *text)
{
    return number_valid(text, GTIN_DIGITS);
}

bool identifier_sscc_valid(const char *text)
{
    return number_valid(text, SSCC_DIGITS);
}

static bool batch_valid(const char *batch)
{
    size_t size = 0;
    while (is_batch(batch[size])) {
        size++;
    }
    return batch[size] == '\0' && size >= 1 && size <= BATCH_MAX;
}

bool identifier_lot_valid(const char *text)
{
    return digits_of(text) == GTIN_DIGITS && text[GTIN_DIGITS] == '.' &&
           identifier_check_digit(text, GTIN_DIGITS - 1) == text[GTIN_DIGITS - 1] &&
           batch_valid(text + GTIN_DIGITS + 1);
}

bool identifier_place_is_sgln(const char *text)
{
    return digits_of(text) == GLN_DIGITS && (text[GLN_DIGITS] == '\0' || text[GLN_DIGITS] == '.');
}

bool identifier_place_valid(const char *text)
{
    return identifier_place_is_sgln(text) ? id_number_valid("SGLN", text) : id_text_valid(text);
}

void identifier_lot_gtin(char *out, const char *lot)
{
    assert(identifier_lot_valid(lot));
    memcpy(out, lot, GTIN_DIGITS);
    out[GTIN_DIGITS] = '\0';
}

const char *identifier_lot_batch(const char *lot)
{
    assert(identifier_lot_valid(lot));
    return lot + GTIN_DIGITS + 1;
}

void identifier_lot_link(char *out, const char *lot)
{
    char gtin[GTIN_SIZE];
    identifier_lot_gtin(gtin, lot);
    (void)snprintf(out, LOT_LINK_SIZE, "https://id.gs1.org/01/%s/10/%s", gtin,
                   identifier_lot_batch(lot));
}

/* The first digit of a GTIN-14 belongs to the item reference of the URN, the check digit to none.
 */
bool identifier_lot_urn(char *out, const char *lot, size_t prefix_digits)
{
    if (prefix_digits < 6 || prefix_digits > 12) {
        return false;
    }
    char gtin[GTIN_SIZE];
    identifier_lot_gtin(gtin, lot);
    const int prefix = (int)prefix_digits;
    (void)snprintf(out, LOT_LINK_SIZE, "urn:epc:class:lgtin:%.*s.%c%.*s.%s", prefix, gtin + 1,
                   gtin[0], 12 - prefix, gtin + 1 + prefix, identifier_lot_batch(lot));
    return true;
}

/* Joins 14 digits and a batch, when both have their form. */
static bool lot_write(char *out, const char *gtin, const char *batch)
{
    char text[LOT_ID_SIZE];
    if (!batch_valid(batch)) {
        return false;
    }
    (void)snprintf(text, sizeof text, "%.14s.%s", gtin, batch);
    if (!identifier_lot_valid(text)) {
        return false;
    }
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool link_read(char *out, const char *text)
{
    const char *gtin = strstr(text, "/01/");
    if (gtin == NULL) {
        return false;
    }
    gtin += 4;
    if (digits_of(gtin) != GTIN_DIGITS || strncmp(gtin + GTIN_DIGITS, "/10/", 4) != 0) {
        return false;
    }
    return lot_write(out, gtin, gtin + GTIN_DIGITS + 4);
}

static bool urn_read(char *out, const char *text)
{
    static const char head[] = "urn:epc:class:lgtin:";
    if (strncmp(text, head, sizeof head - 1) != 0) {
        return false;
    }
    const char *prefix = text + sizeof head - 1;
    const size_t prefix_digits = digits_of(prefix);
    if (prefix_digits < 6 || prefix_digits > 12 || prefix[prefix_digits] != '.') {
        return false;
    }
    const char *item = prefix + prefix_digits + 1;
    const size_t item_digits = digits_of(item);
    if (item_digits + prefix_digits != GTIN_DIGITS - 1 || item[item_digits] != '.') {
        return false;
    }
    char gtin[GTIN_SIZE];
    (void)snprintf(gtin, sizeof gtin, "%c%.*s%.*s", item[0], (int)prefix_digits, prefix,
                   (int)item_digits - 1, item + 1);
    gtin[GTIN_DIGITS - 1] = identifier_check_digit(gtin, GTIN_DIGITS - 1);
    gtin[GTIN_DIGITS] = '\0';
    return lot_write(out, gtin, item + item_digits + 1);
}

bool identifier_lot_read(char *out, const char *text)
{
    if (identifier_lot_valid(text)) {
        memcpy(out, text, strlen(text) + 1);
        return true;
    }
    if (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) {
        return link_read(out, text);
    }
    return urn_read(out, text);
}
