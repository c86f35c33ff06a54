/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_KEYSTORE_H
#define NODE_SHELL_KEYSTORE_H

/* Key files. One key a file, JSON of exactly one layout, so that a file either is what we wrote or
 * is refused:
 *
 *   {
 *     "format": "seam-key-1",
 *     "kind": "validator",
 *     "suite": 1,
 *     "public_key": "<64 hex digits>",
 *     "kdf": null,
 *     "seed": "<64 hex digits>"
 *   }
 *
 * With a passphrase "kdf" is {"name": "argon2id", "operations": N, "memory_kib": N, "salt": hex,
 * "nonce": hex} on one line and "seed" holds the 96 hex digits of the sealed seed. The public key
 * is always derived from the seed again and compared. Files are made with mode 0600 and refused
 * with any other access for group or others, or when they are not regular files of the caller. */

#include "ledger/base/err.h"
#include "ledger/crypto/seal.h"
#include "ledger/crypto/sign.h"

#define KEYSTORE_FILE_MAX 1024 /* bytes of a key file */
#define KEYSTORE_PATH_MAX 1024 /* bytes of a path, with its terminator */
#define KEYSTORE_PASSPHRASE_MAX 1024

/* Names inside a key directory; others are <id>.key of persons and organisations. */
#define KEYSTORE_VALIDATOR_FILE "validator.key"
#define KEYSTORE_NODE_FILE "node.key"
#define KEYSTORE_SIGNER_FILE "signer.state" /* SLOT_FILE of node/core */

enum keystore_kind {
    KEYSTORE_PERSON = 1,
    KEYSTORE_ORGANISATION,
    KEYSTORE_VALIDATOR,
    KEYSTORE_NODE,
    KEYSTORE_DEVICE
};

/* keystore_kind_name gives "person", ...; keystore_kind_of reads it back, ERR_ENUM. */
const char *keystore_kind_name(enum keystore_kind kind);
enum err NODISCARD keystore_kind_of(enum keystore_kind *kind, const char *name);

/* What a key file says to whoever may read it, without a passphrase. */
struct keystore_info {
    enum keystore_kind kind;
    bool sealed; /* a passphrase is needed */
    uint8_t public_key[SIGN_PUBLIC_SIZE];
};

/* keystore_save writes a key to a new file, synced, mode 0600. passphrase of size 0 leaves the seed
 * in clear. An existing file is never overwritten: ERR_CONFLICT. ERR_STORAGE, ERR_MEMORY. */
enum err NODISCARD keystore_save(const char *path, enum keystore_kind kind,
                                 const struct sign_key *key, struct bytes passphrase,
                                 struct err_detail *detail);

/* keystore_new draws a key and saves it. key (may be NULL) receives it; the caller wipes it. A
 * validator key is made with keystore_new_validator only: ERR_ENUM here. */
enum err NODISCARD keystore_new(struct sign_key *key, const char *path, enum keystore_kind kind,
                                struct bytes passphrase, struct err_detail *detail);

/* keystore_new_validator draws the consensus key of a node and creates, together with it, the
 * signer's slots beside it (decision D6): key_dir/validator.key and key_dir/signer.state. The
 * directory is made with mode 0700 if it does not exist. Nothing is overwritten: ERR_CONFLICT. */
enum err NODISCARD keystore_new_validator(struct sign_key *key, const char *key_dir,
                                          struct bytes passphrase, struct err_detail *detail);

/* keystore_load reads, checks and opens a key file. kind (may be NULL) receives its kind.
 * ERR_ABSENT no such file, ERR_ROLE readable by others or not the caller's, ERR_PARSE not of our
 * layout, ERR_KEY wrong or missing passphrase, or a public key that is not the seed's. */
enum err NODISCARD keystore_load(struct sign_key *key, enum keystore_kind *kind, const char *path,
                                 struct bytes passphrase, struct err_detail *detail);

/* keystore_load_kind is keystore_load for a file that must be of that kind; ERR_KEY otherwise. */
enum err NODISCARD keystore_load_kind(struct sign_key *key, enum keystore_kind kind,
                                      const char *path, struct bytes passphrase,
                                      struct err_detail *detail);

/* keystore_info reads what needs no passphrase. */
enum err NODISCARD keystore_info(struct keystore_info *info, const char *path,
                                 struct err_detail *detail);

/* keystore_passphrase reads a passphrase file (mode as for keys) up to its first newline into out;
 * the caller wipes it with seal_wipe. *size receives its length. ERR_MISSING: it is empty. */
enum err NODISCARD keystore_passphrase(uint8_t out[KEYSTORE_PASSPHRASE_MAX], size_t *size,
                                       const char *path, struct err_detail *detail);

/* keystore_path joins a directory and a name. ERR_LENGTH. */
enum err NODISCARD keystore_path(char out[KEYSTORE_PATH_MAX], const char *dir, const char *name);

/* keystore_parse and keystore_format are the file's layout without the file; for tests and fuzzing.
 * keystore_format writes a NUL-terminated text. */
struct keystore_file {
    enum keystore_kind kind;
    bool is_sealed;
    uint8_t public_key[SIGN_PUBLIC_SIZE];
    uint8_t seed[SIGN_SEED_SIZE]; /* when not sealed */
    struct sealed sealed;
};
enum err NODISCARD keystore_parse(struct keystore_file *file, struct bytes text);
void keystore_format(char out[KEYSTORE_FILE_MAX], const struct keystore_file *file);

#endif
