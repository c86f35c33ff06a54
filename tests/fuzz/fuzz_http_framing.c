/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that say where a request ends, as pairs of u8 size of name, name, u8 size of value,
 * value; value size 255 is no value. Nothing is forgotten, and a length that is believed is the one
 * that its figures spell. */

#include "api/http_framing.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tests/fuzz/fuzz.h"

#define HEADERS_MAX 32
#define NO_VALUE 255

/* As the server gives them: both end with a zero byte that is not counted. */
static size_t text_of(char out[256], struct reader *reader)
{
    const size_t size = read_u8(reader);
    const struct bytes text = read_bytes(reader, size == NO_VALUE ? 0 : size);
    if (text.size > 0) {
        memcpy(out, text.data, text.size);
    }
    out[text.size] = '\0';
    return size == NO_VALUE ? NO_VALUE : text.size;
}

/* The figures of a length alone: no sign, no space, nothing behind. */
static bool is_length(const char *value, uint64_t length)
{
    char text[24];
    value += strspn(value, "0");
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)length);
    return strcmp(value, length == 0 ? "" : text) == 0;
}

static void add(struct http_framing *framing, const char *name, size_t name_size, const char *value,
                size_t value_size)
{
    const struct http_framing before = *framing;
    http_framing_add(framing, name, name_size, value, value_size);
    const bool about_length = strcasecmp(name, "Content-Length") == 0;
    check(framing->lengths == before.lengths + about_length);
    check(framing->bad_length >= before.bad_length && framing->bad_header >= before.bad_header);
    check(framing->not_chunked >= before.not_chunked && framing->encodings >= before.encodings);
    check(framing->authorizations >= before.authorizations);
    check(!about_length || framing->bad_length || is_length(value, framing->length));
    check(framing->forwarded == before.forwarded || framing->forwarded == value);
    /* A name or value that another reader may end elsewhere. */
    check(framing->bad_header || (name_size > 0 && strlen(name) == name_size));
    check(framing->bad_header || value == NULL || strlen(value) == value_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char names[HEADERS_MAX][256];
    static char values[HEADERS_MAX][256];
    struct reader reader = reader_of(bytes_of(data, size));
    struct http_framing framing = {0};
    for (size_t i = 0; i < HEADERS_MAX && reader_left(&reader) > 0; i++) {
        const size_t name_size = text_of(names[i], &reader);
        const size_t value_size = text_of(values[i], &reader);
        if (reader.failed || name_size == NO_VALUE) {
            break;
        }
        const bool given = value_size != NO_VALUE;
        add(&framing, names[i], name_size, given ? values[i] : NULL, given ? value_size : 0);
    }
    return 0;
}
