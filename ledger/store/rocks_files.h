/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_ROCKS_FILES_H
#define LEDGER_STORE_ROCKS_FILES_H

/* A look at the files of a RocksDB database before the library opens them: what it takes for the
 * end of a log, it forgets. */

#include "ledger/base/err.h"

/* rocks_files_check reads the MANIFEST and, unless repairing (which cuts them), the log files.
 * ERR_CORRUPT names the file and the byte (rocks_log.h), ERR_STORAGE one that cannot be read, or
 * ERR_MEMORY. Files that are missing are the library's to name. */
enum err NODISCARD rocks_files_check(const char *path, bool repairing, struct err_detail *detail);

#endif
