/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_STARTUP_H
#define NODE_SHELL_STARTUP_H

/* The start of a node in the order of decision D23, up to the node itself; peers and interface come
 * behind it. A step that fails has logged why and says how the program ends. */

#include "node/shell/daemon_impl.h"
#include "node/shell/keystore.h"

#define GENESIS_FILE_MAX (16 * LIMIT_GENESIS)

/* startup_locks makes the data directory and takes both locks, which end with the process. */
enum daemon_exit startup_locks(struct daemon *daemon);

/* startup_genesis reads the genesis file; from it comes the chain's id. */
enum daemon_exit startup_genesis(struct daemon *daemon);

/* startup_keys loads the node's key, and the validator's where there is one. */
enum daemon_exit startup_keys(struct daemon *daemon);

/* startup_fingerprint takes down machine and place of the data (decision D18): a copy elsewhere
 * listens before it votes. */
void startup_fingerprint(struct daemon *daemon);

/* startup_env opens log and slots and makes the loop with its threads. */
enum daemon_exit startup_env(struct daemon *daemon);

/* startup_storage opens both databases. */
enum daemon_exit startup_storage(struct daemon *daemon);

/* startup_node opens the node on all of these. */
enum daemon_exit startup_node(struct daemon *daemon);

/* startup_upkeep watches over the disks of the node (upkeep.h). */
enum daemon_exit startup_upkeep(struct daemon *daemon);

/* startup_read_file reads a whole file of at most limit bytes into the daemon's arena. ERR_ABSENT,
 * ERR_STORAGE, ERR_TOO_LARGE, ERR_MEMORY. */
enum err NODISCARD startup_read_file(struct daemon *daemon, const char *path, size_t limit,
                                     struct bytes *out);

/* startup_load_key reads a key file of the key directory; the errors of keystore_load_kind. */
enum err NODISCARD startup_load_key(struct sign_key *key, const struct daemon *daemon,
                                    enum keystore_kind kind, const char *name,
                                    struct err_detail *detail);

#endif
