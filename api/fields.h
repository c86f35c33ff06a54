/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_FIELDS_H
#define API_FIELDS_H

/* The field tables of all rule folders as one. */

#include "ledger/codec/field.h"

/* fields_join copies the rows into one table. ERR_MEMORY. */
enum err NODISCARD fields_join(struct field_table *out);
void fields_free(struct field_table *table);

#endif
