/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_TOKEN_H
#define API_TOKEN_H

/* GetResourcePlatToken [KSSJ 9.2.4a] and the check of every other call (decision D40). A token is
 * 32 characters of base64url(HMAC(node's token key, platkey, generation, expiry)); of each platform
 * only generation and expiry are stored, in local/tokens. */

#include "api/access.h"
#include "ledger/store/kv.h"

#define TOKEN_SIZE 32

struct token_book;

struct token_options {
    struct bytes access; /* text of the access file */
    uint8_t key[32];
    uint64_t lifetime_ms;
    struct kv *local;
};

enum err NODISCARD token_book_new(struct token_book **out, const struct token_options *options,
                                  struct err_detail *detail);
void token_book_free(struct token_book *book);
uint64_t token_lifetime(const struct token_book *book);

/* token_get answers optype "0": the token in force, or a new one when there is none, and optype
 * "1": always a new one, after which the old one is worth nothing. ERR_PLATKEY, ERR_PLATKEYSECRET,
 * ERR_OPTYPE, ERR_BUSY (two secrets are being checked), ERR_STORAGE. A platkey that is not ours and
 * a wrong secret cost the same time. */
enum err NODISCARD token_get(char token[TOKEN_SIZE + 1], struct token_book *book,
                             const char *platkey, const char *secret, const char *optype,
                             uint64_t now_ms);

/* token_cheap says whether token_get will answer without the slow check: the form is wrong, or the
 * secret was right before. */
bool token_cheap(struct token_book *book, const char *platkey, const char *secret,
                 const char *optype);

/* token_check gives whose token it is; borrowed as long as the book. ERR_TOKEN, ERR_TOKEN_EXPIRED
 * (run out or reset). */
enum err NODISCARD token_check(const struct access_entry **caller, struct token_book *book,
                               const char *token, uint64_t now_ms);

/* token_number gives the row of a caller in the access file, from 0. */
size_t token_number(const struct token_book *book, const struct access_entry *caller);

/* token_entry finds a platform by its key, or NULL; for the request log. */
const struct access_entry *token_entry(const struct token_book *book, const char *platkey);

#endif
