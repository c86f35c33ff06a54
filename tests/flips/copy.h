/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FLIPS_COPY_H
#define TESTS_FLIPS_COPY_H

/* The files of a stopped node in memory, and the copy of them on disk that starts are made on. */

#include <stddef.h>
#include <stdint.h>

#define COPY_FILES_MAX 256
#define COPY_PATH_SIZE 1024
#define COPY_NAME_SIZE 200

struct copy_file {
    char name[COPY_NAME_SIZE];
    uint8_t *bytes;
    size_t size;
};

struct copy {
    struct copy_file files[COPY_FILES_MAX]; /* by name */
    size_t count;
};

/* copy_stop ends the program with status 2 and says what errno says. */
_Noreturn void copy_stop(const char *what, const char *name);

/* copy_join writes a/b to out. */
void copy_join(char out[COPY_PATH_SIZE], const char *a, const char *b);

/* copy_load reads the directory of a node, and the genesis file, into an empty copy. */
void copy_load(struct copy *copy, const char *node, const char *genesis);

/* copy_lay_out makes scratch as the good node was, as far as these parts (look.h) reach: a start on
 * them reads and writes nothing else. Folder and file names have the same beginning. */
void copy_lay_out(const struct copy *copy, const char *scratch, unsigned parts);

/* copy_lay_file writes one file of it again. */
void copy_lay_file(const char *scratch, const struct copy_file *file);

#endif
