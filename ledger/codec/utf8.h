/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_UTF8_H
#define LEDGER_CODEC_UTF8_H

/* Which texts we accept: well-formed UTF-8 (no surrogates, no overlong form, up to U+10FFFF) and no
 * NUL, so that a C string and a text of the ledger are the same thing. */

#include "ledger/base/bytes.h"

bool NODISCARD utf8_valid(struct bytes text);

/* utf8_count is the number of characters of a valid text. */
size_t utf8_count(struct bytes text);

/* utf8_printable is true for a valid text without control characters (C0, DEL, C1). */
bool NODISCARD utf8_printable(struct bytes text);

#endif
