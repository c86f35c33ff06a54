/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LOT_SVG_H
#define API_LOT_SVG_H

/* A trace as a picture: a box a lot with its mass and g CO2e/t, a line a step, the start at the
 * left. Texts are escaped; there is no script, style sheet or link in it. */

#include "ledger/query/lot_footprint.h"

#define LOT_SVG_NODES 400 /* most boxes; the rest is counted in words */

#define LOT_FIGURE_UNKNOWN (-1) /* not computed */
#define LOT_FIGURE_NO_ACCOUNT (-2) /* no account yet of a facility behind it */

/* lot_svg_draw gives the picture in arena. g_per_t: of each node, or one of the two above; may be
 * NULL. ERR_MEMORY. */
enum err NODISCARD lot_svg_draw(struct bytes *out, const struct lot_trace *trace,
                                const int64_t *g_per_t, struct arena *arena);

#endif
