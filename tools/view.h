/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_VIEW_H
#define TOOLS_VIEW_H

/* An answer of the HTTP interface for people: an object as `name value` lines, a list of objects as
 * a table. Works for every operation, so a new one needs no printing code. A number whose key ends
 * in _g is grams and stands beside its exact tonnes. */

#include "ledger/codec/json_in.h"

/* view_text is a text member of an answer, or "" where there is none; borrows. */
const char *view_text(const struct json_node *node, const char *key);

void view_print(const struct json_node *node);

#endif
