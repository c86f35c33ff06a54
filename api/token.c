/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens in force and the ones before them are computed at start and after each change, so a
 * check is a comparison with each platform's two, in constant time. A secret that was right once is
 * remembered as a keyed hash, so only its first check costs an Argon2id. */

#include "api/token.h"

#include "ledger/codec/base64.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/credential.h"
#include "ledger/crypto/seal.h"
#include "ledger/proto/local.pb-c.h"
#include "ledger/store/storage_plan.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CHECKS_AT_ONCE 2
#define STATE_MAX 64

struct holder {
    uint64_t generation; /* 0: never asked */
    uint64_t expires_ms;
    char token[TOKEN_SIZE + 1];
    char before[TOKEN_SIZE + 1]; /* of the generation before, to say "reset" instead of "wrong" */
    bool known;
    struct hash secret_mac;
};

struct token_book {
    struct token_options options;
    struct arena arena;
    struct access_list list;
    pthread_mutex_t mutex; /* holders, checking */
    struct holder *holders;
    unsigned checking;
    char nobody[CREDENTIAL_HASH_SIZE]; /* of a text nobody knows */
};

static void token_make(char out[TOKEN_SIZE + 1], const struct token_book *book,
                       const struct access_entry *entry, uint64_t generation, uint64_t expires_ms)
{
    uint8_t message[ACCESS_PLATKEY_SIZE + 16];
    struct hash mac;
    char text[48];
    memcpy(message, entry->platkey, ACCESS_PLATKEY_SIZE);
    for (size_t i = 0; i < 8; i++) {
        message[ACCESS_PLATKEY_SIZE + i] = (uint8_t)(generation >> 8 * i);
        message[ACCESS_PLATKEY_SIZE + 8 + i] = (uint8_t)(expires_ms >> 8 * i);
    }
    credential_mac(&mac, book->options.key, bytes_of(message, sizeof message));
    base64_write(text, bytes_of(mac.bytes, 24));
    for (size_t i = 0; i < TOKEN_SIZE; i++) {
        out[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    }
    out[TOKEN_SIZE] = '\0';
}

static enum err load_state(struct token_book *book, size_t index)
{
    const struct access_entry *entry = &book->list.entries[index];
    struct holder *holder = &book->holders[index];
    struct arena arena;
    arena_init(&arena, 4096);
    struct bytes value;
    ProtobufCMessage *message = NULL;
    enum err err =
        kv_get(book->options.local, NULL, LOCAL_TOKENS, bytes_text(entry->platkey), &arena, &value);
    if (err == OK) {
        err = message_unpack(&message, &seam__token_state__descriptor, value, STATE_MAX, &arena,
                             NULL);
        err = err == OK || err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    if (err == OK) {
        const Seam__TokenState *state = (const Seam__TokenState *)message;
        holder->generation = state->generation;
        holder->expires_ms = state->expires_ms;
        token_make(holder->token, book, entry, holder->generation, holder->expires_ms);
    }
    arena_free(&arena);
    return err == ERR_ABSENT ? OK : err;
}

static enum err save_state(struct token_book *book, size_t index, uint64_t generation,
                           uint64_t expires_ms)
{
    Seam__TokenState state = SEAM__TOKEN_STATE__INIT;
    state.generation = generation;
    state.expires_ms = expires_ms;
    struct arena arena;
    arena_init(&arena, 4096);
    struct bytes value;
    enum err err = message_pack(&value, &state.base, &arena);
    struct kv_batch *batch = kv_batch_new(book->options.local);
    if (err == OK && batch == NULL) {
        err = ERR_MEMORY;
    }
    if (err == OK) {
        kv_batch_put(batch, LOCAL_TOKENS, bytes_text(book->list.entries[index].platkey), value);
        err = kv_write(book->options.local, batch, true);
    }
    if (batch != NULL) {
        kv_batch_free(batch);
    }
    arena_free(&arena);
    return err;
}

enum err token_book_new(struct token_book **out, const struct token_options *options,
                        struct err_detail *detail)
{
    struct token_book *book = calloc(1, sizeof *book);
    if (book == NULL || pthread_mutex_init(&book->mutex, NULL) != 0) {
        free(book);
        return ERR_MEMORY;
    }
    book->options = *options;
    arena_init(&book->arena, 4 * ACCESS_FILE_MAX);
    enum err err = access_read(&book->list, options->access, &book->arena, detail);
    if (err == OK) {
        book->holders = arena_alloc(&book->arena, (book->list.count + 1) * sizeof *book->holders);
        err = book->holders == NULL ? ERR_MEMORY : OK;
    }
    for (size_t i = 0; err == OK && i < book->list.count; i++) {
        err = load_state(book, i);
    }
    if (err != OK) {
        token_book_free(book);
        return err;
    }
    *out = book;
    return OK;
}

void token_book_free(struct token_book *book)
{
    if (book != NULL) {
        arena_free(&book->arena);
        pthread_mutex_destroy(&book->mutex);
        free(book);
    }
}

uint64_t token_lifetime(const struct token_book *book)
{
    return book->options.lifetime_ms;
}

/* Index of a platform, or count. */
static size_t find(const struct token_book *book, const char *platkey)
{
    size_t found = book->list.count;
    for (size_t i = 0; i < book->list.count; i++) {
        if (credential_equal(book->list.entries[i].platkey, platkey, ACCESS_PLATKEY_SIZE)) {
            found = i;
        }
    }
    return found;
}

size_t token_number(const struct token_book *book, const struct access_entry *caller)
{
    const ptrdiff_t number = caller - book->list.entries;
    assert(number >= 0 && (size_t)number < book->list.count);
    return (size_t)number;
}

const struct access_entry *token_entry(const struct token_book *book, const char *platkey)
{
    const size_t index =
        strlen(platkey) == ACCESS_PLATKEY_SIZE ? find(book, platkey) : book->list.count;
    return index < book->list.count ? &book->list.entries[index] : NULL;
}

/* The hash of a text nobody knows, made when it is first needed; with a place among those that
 * check. Two makers at once make two, of which either will do. */
static void make_nobody(struct token_book *book)
{
    uint8_t unknown[ACCESS_SECRET_SIZE];
    char hash[CREDENTIAL_HASH_SIZE];
    seal_random(unknown, sizeof unknown);
    if (credential_hash(hash, bytes_of(unknown, sizeof unknown)) == OK) {
        pthread_mutex_lock(&book->mutex);
        memcpy(book->nobody, hash, sizeof hash);
        pthread_mutex_unlock(&book->mutex);
    }
}

/* The slow check, for a platform that exists or not: the answer takes as long. */
static enum err check_slowly(struct token_book *book, size_t index, const char *secret)
{
    pthread_mutex_lock(&book->mutex);
    const bool admitted = book->checking < CHECKS_AT_ONCE;
    book->checking += admitted ? 1 : 0;
    const bool unmade = book->nobody[0] == '\0';
    pthread_mutex_unlock(&book->mutex);
    if (!admitted) {
        return ERR_BUSY;
    }
    const bool exists = index < book->list.count;
    char hash[CREDENTIAL_HASH_SIZE];
    if (!exists && unmade) {
        make_nobody(book);
    }
    pthread_mutex_lock(&book->mutex);
    memcpy(hash, exists ? book->list.entries[index].secret_hash : book->nobody, sizeof hash);
    pthread_mutex_unlock(&book->mutex);
    const bool right = credential_check(hash, bytes_of(secret, ACCESS_SECRET_SIZE));
    pthread_mutex_lock(&book->mutex);
    book->checking--;
    if (exists && right) {
        credential_mac(&book->holders[index].secret_mac, book->options.key,
                       bytes_of(secret, ACCESS_SECRET_SIZE));
        book->holders[index].known = true;
    }
    pthread_mutex_unlock(&book->mutex);
    if (!exists) {
        return ERR_PLATKEY;
    }
    return right ? OK : ERR_PLATKEYSECRET;
}

/* With the mutex held. Makes the next generation durable before anybody is told its token. */
static enum err next_generation(struct token_book *book, size_t index, uint64_t now_ms)
{
    struct holder *holder = &book->holders[index];
    const uint64_t generation = holder->generation + 1;
    const uint64_t expires_ms = now_ms + book->options.lifetime_ms;
    const enum err err = save_state(book, index, generation, expires_ms);
    if (err != OK) {
        return err;
    }
    memcpy(holder->before, holder->token, sizeof holder->before);
    holder->generation = generation;
    holder->expires_ms = expires_ms;
    token_make(holder->token, book, &book->list.entries[index], generation, expires_ms);
    return OK;
}

static bool known_secret(struct token_book *book, size_t index, const char *secret)
{
    struct hash mac;
    if (index >= book->list.count) {
        return false;
    }
    credential_mac(&mac, book->options.key, bytes_of(secret, ACCESS_SECRET_SIZE));
    pthread_mutex_lock(&book->mutex);
    const struct holder *holder = &book->holders[index];
    const bool known =
        holder->known && credential_equal(holder->secret_mac.bytes, mac.bytes, HASH_SIZE);
    pthread_mutex_unlock(&book->mutex);
    return known;
}

static enum err check_form(const char *platkey, const char *secret, const char *optype)
{
    if (platkey == NULL || strlen(platkey) != ACCESS_PLATKEY_SIZE) {
        return ERR_PLATKEY;
    }
    if (secret == NULL || strlen(secret) != ACCESS_SECRET_SIZE) {
        return ERR_PLATKEYSECRET;
    }
    if (optype == NULL || (strcmp(optype, "0") != 0 && strcmp(optype, "1") != 0)) {
        return ERR_OPTYPE;
    }
    return OK;
}

bool token_cheap(struct token_book *book, const char *platkey, const char *secret,
                 const char *optype)
{
    return check_form(platkey, secret, optype) != OK ||
           known_secret(book, find(book, platkey), secret);
}

enum err token_get(char token[TOKEN_SIZE + 1], struct token_book *book, const char *platkey,
                   const char *secret, const char *optype, uint64_t now_ms)
{
    enum err err = check_form(platkey, secret, optype);
    if (err != OK) {
        return err;
    }
    const size_t index = find(book, platkey);
    if (!known_secret(book, index, secret)) {
        err = check_slowly(book, index, secret);
        if (err != OK) {
            return err;
        }
    }
    pthread_mutex_lock(&book->mutex);
    const struct holder *holder = &book->holders[index];
    const bool in_force = holder->generation > 0 && now_ms < holder->expires_ms;
    if (!in_force || optype[0] == '1') {
        err = next_generation(book, index, now_ms);
    }
    if (err == OK) {
        memcpy(token, holder->token, TOKEN_SIZE + 1);
    }
    pthread_mutex_unlock(&book->mutex);
    return err;
}

enum err token_check(const struct access_entry **caller, struct token_book *book, const char *token,
                     uint64_t now_ms)
{
    if (token == NULL || strlen(token) != TOKEN_SIZE) {
        return ERR_TOKEN;
    }
    enum err err = ERR_TOKEN;
    pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < book->list.count; i++) {
        const struct holder *holder = &book->holders[i];
        if (credential_equal(holder->token, token, TOKEN_SIZE)) {
            err = now_ms < holder->expires_ms ? OK : ERR_TOKEN_EXPIRED;
            *caller = err == OK ? &book->list.entries[i] : *caller;
        } else if (credential_equal(holder->before, token, TOKEN_SIZE)) {
            err = ERR_TOKEN_EXPIRED;
        }
    }
    pthread_mutex_unlock(&book->mutex);
    return err;
}
