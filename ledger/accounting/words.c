/* SPDX-License-Identifier: Apache-2.0 */
/* Texts are taken apart from left to right: a phrase, a name, a number, anything else as it is. The
 * catalogues are short and an explanation is read by a person, so they are searched from the top.
 */
#include "ledger/accounting/words.h"

#include <string.h>

struct text {
    char *out;
    size_t size;
    size_t at;
    bool known; /* every name had a word */
    enum err_language language;
};

static void begin(struct text *text, char *out, size_t size, enum err_language language)
{
    *text = (struct text){.out = out, .size = size, .known = true, .language = language};
    out[0] = '\0';
}

/* Cuts before a character that has no room. */
static void put(struct text *text, const char *from, size_t count)
{
    size_t room = text->size - text->at - 1;
    if (count > room) {
        while (room > 0 && ((uint8_t)from[room] & 0xC0) == 0x80) {
            room--;
        }
        count = room;
        text->size = text->at + count + 1; /* nothing follows a cut */
    }
    memcpy(text->out + text->at, from, count);
    text->at += count;
    text->out[text->at] = '\0';
}

static void put_text(struct text *text, const char *from)
{
    put(text, from, strlen(from));
}

static const char *search(const struct word *rows, size_t count, const char *key, size_t size,
                          enum err_language language)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].key, key, size) == 0 && rows[i].key[size] == '\0') {
            return rows[i].text[language];
        }
    }
    return NULL;
}

static const char *find(const char *key, size_t size, enum err_language language)
{
    size_t count = 0;
    const struct word *rows = words_rows(&count);
    return search(rows, count, key, size, language);
}

const char *words_find(const char *key, enum err_language language)
{
    return find(key, strlen(key), language);
}

const char *words_unit(const char *unit, enum err_language language)
{
    size_t count = 0;
    const struct word *rows = words_units(&count);
    return search(rows, count, unit, strlen(unit), language);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t name_size(const char *from)
{
    size_t size = 0;
    while (is_letter(from[size]) || is_digit(from[size])) {
        size++;
    }
    return size;
}

static size_t number_size(const char *from)
{
    size_t size = 0;
    while (is_letter(from[size]) || is_digit(from[size]) || from[size] == '.') {
        size++;
    }
    return size;
}

static void put_name(struct text *text, const char *from, size_t size)
{
    const char *word = find(from, size, text->language);
    if (word != NULL) {
        put_text(text, word);
    } else {
        put(text, from, size);
        text->known = false;
    }
}

/* The longest phrase (a key with a blank in it) that begins here. */
static size_t phrase(struct text *text, const char *from)
{
    size_t count = 0;
    size_t best = 0;
    const char *word = NULL;
    const struct word *rows = words_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(rows[i].key);
        const bool ends = !is_letter(from[0]) || strchr(rows[i].key, ' ') != NULL;
        if (size > best && ends && strncmp(from, rows[i].key, size) == 0 &&
            !is_letter(from[size]) && !is_digit(from[size])) {
            best = size;
            word = rows[i].text[text->language];
        }
    }
    if (word != NULL) {
        put_text(text, word);
    }
    return best;
}

static void put_all(struct text *text, const char *from)
{
    while (*from != '\0') {
        size_t size = is_letter(*from) ? phrase(text, from) : 0;
        if (size > 0) {
            from += size;
        } else if (is_letter(*from)) {
            size = name_size(from);
            if (size == 1 && *from == 'x') {
                put_text(text, "×");
            } else {
                put_name(text, from, size);
            }
            from += size;
        } else if (is_digit(*from)) {
            size = number_size(from);
            put(text, from, size);
            from += size;
        } else {
            put(text, from, 1);
            from++;
        }
    }
}

bool words_formula(char *out, size_t size, const char *formula, enum err_language language)
{
    struct text text;
    begin(&text, out, size, language);
    put_all(&text, formula);
    return text.known;
}

/* "ventilation[2].days" is entry 3 for people. */
static const char *put_entry(struct text *text, const char *from)
{
    unsigned index = 0;
    from++;
    while (is_digit(*from) && index < 100000) {
        index = index * 10 + (unsigned)(*from - '0');
        from++;
    }
    char digits[12];
    size_t at = sizeof digits;
    index++;
    do {
        digits[--at] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    put_text(text, " ");
    put(text, digits + at, sizeof digits - at);
    return *from == ']' ? from + 1 : from;
}

bool words_name(char *out, size_t size, const char *name, enum err_language language)
{
    struct text text;
    begin(&text, out, size, language);
    const char *whole = words_find(name, language);
    if (whole != NULL) {
        put_text(&text, whole);
        return true;
    }
    while (*name != '\0') {
        const size_t part = strcspn(name, ".[");
        const char *word = find(name, part, language);
        if (word != NULL) {
            put_text(&text, word);
            name += part;
        } else {
            char piece[WORDS_TEXT_SIZE / 4];
            const size_t kept = part < sizeof piece - 1 ? part : sizeof piece - 1;
            memcpy(piece, name, kept);
            piece[kept] = '\0';
            put_all(&text, piece);
            name += part;
        }
        if (*name == '[') {
            name = put_entry(&text, name);
        }
        if (*name == '.') {
            put_text(&text, ", ");
            name++;
        }
    }
    return text.known;
}

bool words_origin(char *out, size_t size, const char *origin, enum err_language language)
{
    struct text text;
    begin(&text, out, size, language);
    const bool gwp = strncmp(origin, "gwp.", 4) == 0;
    const size_t part = gwp ? 0 : strcspn(origin, " ");
    const char *word = gwp ? find("SET", 3, language) : find(origin, part, language);
    if (word == NULL) {
        put_text(&text, origin);
        return false;
    }
    put_text(&text, word);
    if (gwp || origin[part] == ' ') {
        put_text(&text, " (");
        put_text(&text, origin + (gwp ? 0 : part + 1));
        put_text(&text, ")");
    }
    return true;
}

static const char *const languages[] = {[ERR_EN] = "en", [ERR_ZH] = "zh", [ERR_RU] = "ru"};

bool words_language(enum err_language *out, const char *name)
{
    static const enum err_language all[] = {ERR_EN, ERR_ZH, ERR_RU};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(languages[all[i]], name) == 0) {
            *out = all[i];
            return true;
        }
    }
    return false;
}

const char *words_language_name(enum err_language language)
{
    return languages[language];
}
