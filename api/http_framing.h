/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_HTTP_FRAMING_H
#define API_HTTP_FRAMING_H

/* The headers of a request that say where it ends, and those of which there may be only one. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the headers say about where the body ends. */
struct http_framing {
    unsigned lengths;
    unsigned encodings;
    bool not_chunked;
    uint64_t length;
    bool bad_length;
    bool bad_header; /* not a header to everybody: who reads it otherwise ends the body elsewhere */
    unsigned authorizations;
    const char *forwarded; /* the last X-Forwarded-For, or NULL */
};

/* http_framing_add takes a header into account, with the sizes the server found; value may be NULL.
 * framing starts as all zero and borrows values. */
void http_framing_add(struct http_framing *framing, const char *key, size_t key_size,
                      const char *value, size_t value_size);

#endif
