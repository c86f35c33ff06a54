/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are appended field by field into a fixed array; an overrun is our bug, since every field has
 * a fixed width. The check digits follow the schemes' own texts; [memory] marks in the domain notes
 * are covered by vectors of numbers that exist. */

#include "ledger/governance/id.h"

#include <assert.h>
#include <string.h>

#include "ledger/crypto/hash.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool id_valid(const char *text, bool capitals)
{
    size_t size = 0;
    for (; text[size] != '\0'; size++) {
        const char c = text[size];
        if (size == LIMIT_ID_TEXT) {
            return false;
        }
        if (is_digit(c) || is_lower(c) || (capitals && is_upper(c))) {
            continue;
        }
        if (size == 0 || (c != '.' && c != '_' && c != '-')) {
            return false;
        }
    }
    return size > 0;
}

bool id_text_valid(const char *text)
{
    return id_valid(text, false);
}

bool id_code_valid(const char *text)
{
    return id_valid(text, true);
}

void id_hash(struct hash *out, enum key_table kind, const char *text)
{
    hash_id(out, (uint8_t)kind, text);
}

/* --- keys ------------------------------------------------------------------------------------ */

static void state_key_add(struct state_key *key, const uint8_t *data, size_t size)
{
    assert(size <= sizeof key->data - key->size);
    memcpy(key->data + key->size, data, size);
    key->size += size;
}

static void state_key_number(struct state_key *key, uint64_t value, size_t size)
{
    uint8_t data[8];
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    state_key_add(key, data, size);
}

struct state_key state_key_of(enum key_table table)
{
    struct state_key key = {.size = 0};
    state_key_u8(&key, (uint8_t)table);
    return key;
}

void state_key_hash(struct state_key *key, const struct hash *hash)
{
    state_key_add(key, hash->bytes, sizeof hash->bytes);
}

void state_key_u8(struct state_key *key, uint8_t value)
{
    state_key_number(key, value, 1);
}

void state_key_u16(struct state_key *key, uint16_t value)
{
    state_key_number(key, value, 2);
}

void state_key_u32(struct state_key *key, uint32_t value)
{
    state_key_number(key, value, 4);
}

void state_key_u64(struct state_key *key, uint64_t value)
{
    state_key_number(key, value, 8);
}

void state_key_id(struct state_key *key, enum key_table kind, const char *text)
{
    struct hash id;
    id_hash(&id, kind, text);
    state_key_hash(key, &id);
}

struct bytes state_key_bytes(const struct state_key *key)
{
    return bytes_of(key->data, key->size);
}

struct state_key state_key_named(enum key_table table, const char *text)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, table, text);
    return key;
}

struct state_key state_key_list(enum key_table table, const struct hash *owner, uint32_t index)
{
    static const struct hash nobody;
    struct state_key key = state_key_of(KEY_LIST);
    state_key_u8(&key, (uint8_t)table);
    state_key_hash(&key, owner != NULL ? owner : &nobody);
    state_key_u32(&key, index);
    return key;
}

/* --- numbers with check digits --------------------------------------------------------------- */

static bool digits_only(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(value[i])) {
            return false;
        }
    }
    return value[size] == '\0';
}

static bool uscc_valid(const char *value)
{
    static const char charset[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (strlen(value) != 18) {
        return false;
    }
    uint32_t weight = 1;
    uint32_t sum = 0;
    for (size_t i = 0; i < 18; i++) {
        const char *at = strchr(charset, value[i]);
        if (at == NULL) {
            return false;
        }
        const uint32_t digit = (uint32_t)(at - charset);
        if (i == 17) {
            return digit == (31 - sum % 31) % 31;
        }
        sum += digit * weight;
        weight = weight * 3 % 31;
    }
    return false;
}

static uint32_t weighted(const char *value, const uint8_t *weights, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (uint32_t)(value[i] - '0') * weights[i];
    }
    return sum % 11 % 10;
}

static bool inn_valid(const char *value)
{
    static const uint8_t weights[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
    const size_t size = strlen(value);
    if ((size != 10 && size != 12) || !digits_only(value, size)) {
        return false;
    }
    if (size == 10) {
        return weighted(value, weights + 2, 9) == (uint32_t)(value[9] - '0');
    }
    return weighted(value, weights + 1, 10) == (uint32_t)(value[10] - '0') &&
           weighted(value, weights, 11) == (uint32_t)(value[11] - '0');
}

static bool ogrn_valid(const char *value)
{
    if (strlen(value) != 13 || !digits_only(value, 13)) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < 12; i++) {
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    return number % 11 % 10 == (uint64_t)(value[12] - '0');
}

static bool lei_valid(const char *value)
{
    if (strlen(value) != 20 || !is_digit(value[18]) || !is_digit(value[19])) {
        return false;
    }
    uint32_t rest = 0;
    for (size_t i = 0; i < 20; i++) {
        const char c = value[i];
        if (is_digit(c)) {
            rest = (rest * 10 + (uint32_t)(c - '0')) % 97;
        } else if (is_upper(c)) {
            rest = (rest * 100 + (uint32_t)(c - 'A') + 10) % 97;
        } else {
            return false;
        }
    }
    return rest == 1;
}

static bool gln_valid(const char *value, size_t size)
{
    uint32_t sum = 0;
    if (size != 13) {
        return false;
    }
    for (size_t i = 0; i < 13; i++) {
        if (!is_digit(value[i])) {
            return false;
        }
        sum += (uint32_t)(value[i] - '0') * (i % 2 == 0 ? 1 : 3);
    }
    return sum % 10 == 0;
}

/* A GLN, or a GLN, a point and an extension of 1 to 20 letters, digits and hyphens. */
static bool sgln_valid(const char *value)
{
    const size_t size = strlen(value);
    if (size == 13) {
        return gln_valid(value, 13);
    }
    if (size < 15 || size > 34 || value[13] != '.' || !gln_valid(value, 13)) {
        return false;
    }
    for (size_t i = 14; i < size; i++) {
        if (!is_digit(value[i]) && !is_upper(value[i]) && value[i] != '-') {
            return false;
        }
    }
    return true;
}

/* Numbers without a check digit: printable ASCII without spaces. */
static bool plain_valid(const char *value)
{
    const size_t size = strlen(value);
    for (size_t i = 0; i < size; i++) {
        if (value[i] <= ' ' || value[i] > '~') {
            return false;
        }
    }
    return size >= 1 && size <= 64;
}

static bool did_valid(const char *value)
{
    return strncmp(value, "did:", 4) == 0 && value[4] != '\0' && plain_valid(value);
}

static bool gln_text_valid(const char *value)
{
    return gln_valid(value, strlen(value));
}

static const struct {
    const char *scheme;
    bool (*valid)(const char *value);
} schemes[] = {
    {"USCC", uscc_valid},    {"INN", inn_valid},         {"OGRN", ogrn_valid},
    {"LEI", lei_valid},      {"GLN", gln_text_valid},    {"SGLN", sgln_valid},
    {"PERMIT", plain_valid}, {"MINE_CODE", plain_valid}, {"DID", did_valid},
};

bool id_number_valid(const char *scheme, const char *value)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strcmp(schemes[i].scheme, scheme) == 0) {
            return schemes[i].valid(value);
        }
    }
    return false;
}
