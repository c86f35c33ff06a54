/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_LIST_H
#define LEDGER_QUERY_LOT_LIST_H

/* What a facility made in a month, from the lists of provenance/view.h. Inside query/ only. */

#include "ledger/provenance/view.h"

#define LOT_PRODUCTS_MAX LIMIT_PRODUCTS /* words of one organisation */

/* lot_list_products gives the different product words of an organisation's GTINs, in the order of
 * their registration. ERR_TOO_LARGE above LOT_PRODUCTS_MAX. */
enum err NODISCARD lot_list_products(const char ***out, size_t *count, struct overlay *state,
                                     const char *organisation, struct arena *arena);

/* lot_list_produced_count is how many lots of one product that were. */
enum err NODISCARD lot_list_produced_count(uint32_t *out, struct overlay *state,
                                           const char *facility, const char *month,
                                           const char *product, struct arena *arena);
/* lot_list_produced appends the lots of one product of a facility's month to out, which has room
 * for room; *count goes up. ERR_TOO_LARGE where they do not fit. */
enum err NODISCARD lot_list_produced(const char **out, size_t room, size_t *count,
                                     struct overlay *state, const char *facility, const char *month,
                                     const char *product, struct arena *arena);

#endif
