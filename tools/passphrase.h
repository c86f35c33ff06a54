/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_PASSPHRASE_H
#define TOOLS_PASSPHRASE_H

/* Opening key files for a command. A passphrase comes from a file or the terminal, never from the
 * command line or the environment, where others could read it. */

#include "node/shell/keystore.h"

/* key_open loads the key file path. passphrase_file may be NULL: a sealed key then asks on the
 * terminal. Failures are reported on stderr. The caller wipes the key. */
enum err NODISCARD key_open(struct sign_key *key, enum keystore_kind *kind, const char *path,
                            const char *passphrase_file);

/* passphrase_read fills out from a file, or asks twice on the terminal where confirm is set and
 * once where not. */
enum err NODISCARD passphrase_read(uint8_t out[KEYSTORE_PASSPHRASE_MAX], size_t *size,
                                   const char *file, bool confirm);

#endif
