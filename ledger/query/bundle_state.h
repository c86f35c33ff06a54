/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_BUNDLE_STATE_H
#define LEDGER_QUERY_BUNDLE_STATE_H

/* The proven records of a bundle as a state of their own: views and walks of the node run on it
 * again, and what the bundle leaves out is missing there. */

#include "ledger/chain/bundle.h"
#include "ledger/store/overlay.h"

/* bundle_state_open fills *out, for the caller to drop with overlay_drop. ERR_MEMORY. */
enum err NODISCARD bundle_state_open(struct overlay **out, const struct bundle_result *bundle);

#endif
