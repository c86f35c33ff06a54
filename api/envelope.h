/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ENVELOPE_H
#define API_ENVELOPE_H

/* The answer to every call: exactly code, message and data, always these three, in this order
 * [KSSJ 9.2.3c]. */

#include "ledger/codec/json_out.h"

/* envelope_write starts out and writes the document. data: a finished JSON value, or empty for
 * null. language: an Accept-Language value; zh and ru are known, else English. */
void envelope_write(struct json_out *out, enum err err, const char *language, struct bytes data);

#endif
