/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_BASE64_H
#define LEDGER_CODEC_BASE64_H

/* Base64 of RFC 4648 section 4, padded, one text for each run of bytes: no white space, no missing
 * padding, unused bits zero. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

/* base64_size is the number of characters for so many bytes, without a terminator. */
size_t base64_size(size_t size);

/* base64_write fills base64_size(in.size) characters and a NUL. */
void base64_write(char *out, struct bytes in);

/* base64_read decodes into arena. ERR_PARSE for any other spelling, ERR_MEMORY. */
enum err NODISCARD base64_read(struct bytes *out, struct bytes text, struct arena *arena);

#endif
