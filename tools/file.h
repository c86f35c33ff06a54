/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_FILE_H
#define TOOLS_FILE_H

/* Reading and writing the files that commands are given. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"
#include "ledger/codec/document.h"

/* file_read reads a whole file of at most limit bytes into arena, with a NUL behind it; "-" is
 * stdin. ERR_ABSENT, ERR_TOO_LARGE, ERR_STORAGE, ERR_MEMORY; detail names the file. */
enum err NODISCARD file_read(struct bytes *out, const char *path, size_t limit, struct arena *arena,
                             struct err_detail *detail);

/* file_read_document reads a file of at most limit bytes and takes the bytes out of the document
 * that it is. Errors of file_read and document_read. */
enum err NODISCARD file_read_document(struct bytes *out, const struct document_form *form,
                                      const char *path, size_t limit, struct arena *arena,
                                      struct err_detail *detail);

/* file_write writes a file completely or not at all: a temporary beside it, synced, renamed. "-" is
 * stdout. replace says whether an existing file may be overwritten; else ERR_CONFLICT. */
enum err NODISCARD file_write(const char *path, struct bytes data, bool replace,
                              struct err_detail *detail);

#endif
