/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BUNDLE_FILE_H
#define TOOLS_BUNDLE_FILE_H

/* Bundles as files, whatever they prove: saved from an answer, read beside the genesis they are
 * checked against, and the words that what is said of a check begins with. */

#include "ledger/chain/types.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/json_out.h"

#define BUNDLE_FILE_MAX ((size_t)64 << 20)

/* bundle_file_save saves the bundle of an answer; "-" is stdout. command is what checks it, "seam
 * holding verify". The exit status. */
int bundle_file_save(const struct json_node *data, const char *path, const char *command);

/* What a command `verify FILE` is asked. */
struct bundle_check {
    const char *file;
    const char *genesis;
    bool json;
};

/* bundle_check_command is such a command: its options, and run with an arena for the check. */
int bundle_check_command(const char *usage, const char *purpose,
                         int (*run)(const struct bundle_check *check, struct arena *arena),
                         int argc, char **argv);

/* bundle_check_read reads a genesis document and the bundle that is checked against it. Errors of
 * file_read and document_read. */
enum err NODISCARD bundle_check_read(struct bytes *genesis, struct bytes *bundle,
                                     const struct bundle_check *check, struct arena *arena,
                                     struct err_detail *detail);

/* What a check of a bundle came to; borrows the result of the check. */
struct bundle_verdict {
    bool good;
    const char *name; /* of the failure */
    const char *sentence;
    const char *about; /* what failed; NULL or empty: nothing in particular */
    const struct header *anchor; /* where good */
};

/* bundle_verdict_print says that a bundle is INVALID and why, or which state it speaks of. */
void bundle_verdict_print(const struct bundle_verdict *verdict);
/* bundle_verdict_json writes the members that stand first in each answer. */
void bundle_verdict_json(struct json_out *out, const struct bundle_verdict *verdict);

#endif
