/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_FILES_H
#define NODE_SHELL_FILES_H

/* The files of the consensus log and of the signer, under two directories that are opened once: the
 * file part of struct env. Every call blocks and may come from any thread. */

#include "node/core/env.h"

struct files;

/* files_open opens both directories; log_dir is made (0700) if it is absent, key_dir must exist.
 * Gives *out. ERR_ABSENT, ERR_STORAGE. */
enum err NODISCARD files_open(struct files **out, const char *log_dir, const char *key_dir);
void files_close(struct files *files);

/* files_env puts them into env, with files (borrowed) as its context; the rest is left as it is. */
void files_env(struct env *env, struct files *files);

/* The functions of struct env with context = struct files. */
enum err files_file_open(void *context, struct env_file **out, enum env_dir dir, const char *name,
                         enum env_open how, uint64_t size);
enum err files_file_size(void *context, struct env_file *file, uint64_t *out);
enum err files_file_read(void *context, struct env_file *file, uint64_t offset, void *out,
                         size_t size, size_t *got);
enum err files_file_write(void *context, struct env_file *file, uint64_t offset, struct bytes data);
enum err files_file_sync(void *context, struct env_file *file);
void files_file_close(void *context, struct env_file *file);
enum err files_file_rename(void *context, enum env_dir dir, const char *from, const char *to);
enum err files_file_unlink(void *context, enum env_dir dir, const char *name);
enum err files_file_list(void *context, enum env_dir dir, struct env_names *out);
enum err files_dir_sync(void *context, enum env_dir dir);

#endif
