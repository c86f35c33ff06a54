/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ACCESS_H
#define API_ACCESS_H

/* Who may use the interface of this node: the access file, written by `seam access add`, read at
 * start. A secret is stored as its Argon2id hash only (decision D40).
 *
 *   { "format": "seam-access-1",
 *     "platforms": [
 *       { "platkey": "<32 characters>", "secret_hash": "$argon2id$...", "name": "ERP of mine A",
 *         "organisation": "mine-a", "person": "wang", "key_id": "<64 hex digits>" } ] }
 *
 * person and key_id are empty where the caller may only read. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"
#include "ledger/base/limits.h"

#define ACCESS_PLATKEY_SIZE 32 /* [KSSJ Table 2] */
#define ACCESS_SECRET_SIZE 100
#define ACCESS_HASH_SIZE 128
#define ACCESS_PLATFORMS 256
#define ACCESS_FILE_MAX (512 * 1024)

struct access_entry {
    char platkey[ACCESS_PLATKEY_SIZE + 1];
    char secret_hash[ACCESS_HASH_SIZE];
    char name[4 * LIMIT_NAME_TEXT + 1];
    char organisation[LIMIT_ID_TEXT + 1];
    char person[LIMIT_ID_TEXT + 1];
    bool can_sign; /* key_id is set */
    struct hash key_id;
};

struct access_list {
    const struct access_entry *entries;
    size_t count;
};

/* access_read parses an access file; entries live in arena. An empty text is an empty list. */
enum err NODISCARD access_read(struct access_list *out, struct bytes text, struct arena *arena,
                               struct err_detail *detail);

/* access_add gives the text of list plus one entry in arena. entry's organisation, person, name and
 * key are given; its platkey and secret_hash are filled in with fresh ones, and the secret, which
 * is shown once and stored nowhere, is written to secret. ERR_TOO_LARGE above ACCESS_PLATFORMS. */
enum err NODISCARD access_add(struct bytes *text, struct access_entry *entry,
                              char secret[ACCESS_SECRET_SIZE + 1], const struct access_list *list,
                              struct arena *arena);

#endif
