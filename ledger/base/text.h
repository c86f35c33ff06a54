/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_TEXT_H
#define LEDGER_BASE_TEXT_H

/* What a text from outside may be. Lengths people see are counted in code points. */

#include "ledger/base/bytes.h"

/* text_utf8 is true for well-formed UTF-8 [RFC 3629]: shortest form, no surrogates, at most
 * U+10FFFF, no NUL. */
bool NODISCARD text_utf8(struct bytes text);

/* text_length counts code points of well-formed text. */
size_t text_length(struct bytes text);

/* text_id: a-z 0-9 first, then also '.', '_', '-'; 1 to LIMIT_ID_TEXT characters. text_set_id is
 * the same with capitals, as parameter sets are named. */
bool NODISCARD text_id(struct bytes text);
bool NODISCARD text_set_id(struct bytes text);

#endif
