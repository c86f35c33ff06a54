/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_UNITS_TEXT_H
#define TOOLS_UNITS_TEXT_H

/* Units as a desk types them: ASSET:VINTAGE=QUANTITY, ASSET:PROJECT:VINTAGE=QUANTITY, or serial
 * numbers instead of a quantity: CEA:2025=1-1000+2001-2500. Several are separated by commas. */

#include "ledger/codec/json_out.h"

/* units_text_write writes one as the object that operations take; units_text_list the array of all.
 * A text that is none is said on stderr; ERR_PARSE. */
enum err NODISCARD units_text_write(struct json_out *out, const char *text);
enum err NODISCARD units_text_list(struct json_out *out, const char *text);

#endif
