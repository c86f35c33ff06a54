/* SPDX-License-Identifier: Apache-2.0 */
/* Names are compared without case; what is only similar to a header about length is refused rather
 * than left to the reader behind. */
#include "api/http_framing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A name of RFC 9110 5.6.2, and no NUL in the value. The library joins a folded line to the name
 * before it, so a name that only begins like one about length is refused as well. */
static bool header_clear(const char *key, size_t key_size, const char *value, size_t value_size)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char *const framing[] = {"Content-Length", "Transfer-Encoding"};
    for (size_t i = 0; i < 2; i++) {
        const size_t size = strlen(framing[i]);
        if (strncasecmp(key, framing[i], size) == 0 && key_size != size) {
            return false;
        }
    }
    return key_size > 0 && strspn(key, token) == key_size &&
           (value == NULL || strnlen(value, value_size) == value_size);
}

void http_framing_add(struct http_framing *framing, const char *key, size_t key_size,
                      const char *value, size_t value_size)
{
    if (!header_clear(key, key_size, value, value_size)) {
        framing->bad_header = true;
    }
    if (strcasecmp(key, "X-Forwarded-For") == 0) {
        framing->forwarded = value;
    }
    framing->authorizations += strcasecmp(key, "Authorization") == 0 ? 1 : 0;
    if (strcasecmp(key, "Content-Length") == 0) {
        framing->lengths++;
        char *end = NULL;
        errno = 0;
        framing->length = value != NULL ? strtoull(value, &end, 10) : 0;
        framing->bad_length = framing->bad_length || value == NULL || value[0] < '0' ||
                              value[0] > '9' || *end != '\0' || errno != 0;
    }
    if (strcasecmp(key, "Transfer-Encoding") == 0) {
        framing->encodings++;
        framing->not_chunked =
            framing->not_chunked || value == NULL || strcasecmp(value, "chunked") != 0;
    }
}
