/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SHOW_H
#define API_SHOW_H

/* How blocks and transactions are shown: bodies only, never lines (decision D3). */

#include "api/call.h"

void show_header(struct json_out *out, const struct header *header, const struct hash *id);

/* show_transaction writes the fields of one transaction into an open object. */
void show_transaction(struct json_out *out, const struct api *api, const struct query_tx *tx);

/* show_payload writes the payload of a body as an object, or as hex where the type is not known. */
void show_payload(struct json_out *out, const struct api *api, const Seam__Body *body,
                  struct arena *arena);

#endif
