/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

/* The description of the interface, derived from the operations, the rule tables and the field
 * tables, so that it cannot differ from what runs. */

#include "api/call.h"

/* openapi_make gives the document; openapi_free takes it. ERR_MEMORY. */
enum err NODISCARD openapi_make(struct bytes *out, const struct api *api);
void openapi_free(struct bytes document);

#endif
