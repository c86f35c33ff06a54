/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_SET_ASIDE_H
#define NODE_SHELL_SET_ASIDE_H

/* A damaged chain database is renamed, never deleted (docs/adr/0008). */

#include "ledger/base/err.h"

#define SET_ASIDE_CHAIN "chain"
#define SET_ASIDE_PREFIX "chain.damaged-" /* and the time: what it is renamed to */
#define SET_ASIDE_NAME_MAX 48

/* set_aside_count counts those below data_dir; newest (may be NULL) gets the last name, or "". */
unsigned set_aside_count(const char *data_dir, char newest[SET_ASIDE_NAME_MAX]);

/* set_aside_chain renames the chain's database below data_dir, where repair_stopped allows it, and
 * makes the rename durable; name gets the new one. log is what node_log_sound says. ERR_CORRUPT
 * when the log is not sound, ERR_TOO_LARGE when REPAIR_ASIDE_MAX stand there, ERR_STORAGE. The
 * database must be closed and the data directory's lock be held. */
enum err NODISCARD set_aside_chain(const char *data_dir, enum err log,
                                   char name[SET_ASIDE_NAME_MAX]);

#endif
