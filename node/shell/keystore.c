/* SPDX-License-Identifier: Apache-2.0 */
/* Writing renders the one layout; reading walks the same layout token by token and then renders it
 * again and compares, so there is no second form of a key file that some other program might read
 * differently. Files are opened first and judged by their descriptor, which cannot be swapped. */
#include "node/shell/keystore.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/chain/types.h"
#include "node/core/slot.h"

static const char *const kind_names[] = {NULL,        "person", "organisation",
                                         "validator", "node",   "device"};

const char *keystore_kind_name(enum keystore_kind kind)
{
    assert(kind >= KEYSTORE_PERSON && kind <= KEYSTORE_DEVICE);
    return kind_names[kind];
}

enum err keystore_kind_of(enum keystore_kind *kind, const char *name)
{
    for (int i = KEYSTORE_PERSON; i <= KEYSTORE_DEVICE; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *kind = (enum keystore_kind)i;
            return OK;
        }
    }
    return ERR_ENUM;
}

enum err keystore_path(char out[KEYSTORE_PATH_MAX], const char *dir, const char *name)
{
    char joined[KEYSTORE_PATH_MAX];
    const int size = snprintf(joined, sizeof(joined), "%s/%s", dir, name);
    if (size < 0 || (size_t)size >= sizeof(joined)) {
        return ERR_LENGTH;
    }
    memcpy(out, joined, (size_t)size + 1);
    return OK;
}

/* --- layout ------------------------------------------------------------------------------------
 */

void keystore_format(char out[KEYSTORE_FILE_MAX], const struct keystore_file *file)
{
    char public_key[2 * SIGN_PUBLIC_SIZE + 1];
    char seed[2 * SEAL_SEALED_SIZE + 1];
    char kdf[256] = "null";
    hex_encode(public_key, bytes_of(file->public_key, SIGN_PUBLIC_SIZE));
    if (file->is_sealed) {
        char salt[2 * SEAL_SALT_SIZE + 1];
        char nonce[2 * SEAL_NONCE_SIZE + 1];
        hex_encode(salt, bytes_of(file->sealed.salt, SEAL_SALT_SIZE));
        hex_encode(nonce, bytes_of(file->sealed.nonce, SEAL_NONCE_SIZE));
        snprintf(kdf, sizeof(kdf),
                 "{\"name\": \"argon2id\", \"operations\": %u, \"memory_kib\": %u, "
                 "\"salt\": \"%s\", \"nonce\": \"%s\"}",
                 file->sealed.cost.operations, file->sealed.cost.memory_kib, salt, nonce);
        hex_encode(seed, bytes_of(file->sealed.bytes, SEAL_SEALED_SIZE));
    } else {
        hex_encode(seed, bytes_of(file->seed, SIGN_SEED_SIZE));
    }
    const int size =
        snprintf(out, KEYSTORE_FILE_MAX,
                 "{\n  \"format\": \"seam-key-1\",\n  \"kind\": \"%s\",\n"
                 "  \"suite\": %d,\n  \"public_key\": \"%s\",\n"
                 "  \"kdf\": %s,\n  \"seed\": \"%s\"\n}\n",
                 keystore_kind_name(file->kind), (int)SUITE_ED25519_SHA256, public_key, kdf, seed);
    assert(size > 0 && size < KEYSTORE_FILE_MAX);
    seal_wipe(seed, sizeof(seed));
}

/* A place in the text; once failed it stays failed. */
struct cursor {
    struct bytes left;
    bool failed;
};

static void expect(struct cursor *cursor, const char *literal)
{
    const size_t size = strlen(literal);
    if (cursor->failed || cursor->left.size < size ||
        memcmp(cursor->left.data, literal, size) != 0) {
        cursor->failed = true;
        return;
    }
    cursor->left = bytes_of(cursor->left.data + size, cursor->left.size - size);
}

static bool next_is(const struct cursor *cursor, const char *literal)
{
    const size_t size = strlen(literal);
    return !cursor->failed && cursor->left.size >= size &&
           memcmp(cursor->left.data, literal, size) == 0;
}

static void take_hex(struct cursor *cursor, uint8_t *out, size_t size)
{
    if (cursor->failed || cursor->left.size < 2 * size ||
        !hex_decode(out, size, bytes_of(cursor->left.data, 2 * size))) {
        cursor->failed = true;
        return;
    }
    cursor->left = bytes_of(cursor->left.data + 2 * size, cursor->left.size - 2 * size);
}

static uint32_t take_number(struct cursor *cursor)
{
    uint32_t value = 0;
    size_t used = 0;
    while (!cursor->failed && used < cursor->left.size && used < 9) {
        const uint8_t digit = cursor->left.data[used];
        if (digit < '0' || digit > '9') {
            break;
        }
        value = value * 10 + (uint32_t)(digit - '0');
        used++;
    }
    if (used == 0) {
        cursor->failed = true;
        return 0;
    }
    cursor->left = bytes_of(cursor->left.data + used, cursor->left.size - used);
    return value;
}

static void take_kind(struct cursor *cursor, enum keystore_kind *kind)
{
    for (int i = KEYSTORE_PERSON; i <= KEYSTORE_DEVICE; i++) {
        if (next_is(cursor, kind_names[i])) {
            *kind = (enum keystore_kind)i;
            expect(cursor, kind_names[i]);
            return;
        }
    }
    cursor->failed = true;
}

static void take_kdf(struct cursor *cursor, struct sealed *sealed)
{
    expect(cursor, "{\"name\": \"argon2id\", \"operations\": ");
    sealed->cost.operations = take_number(cursor);
    expect(cursor, ", \"memory_kib\": ");
    sealed->cost.memory_kib = take_number(cursor);
    expect(cursor, ", \"salt\": \"");
    take_hex(cursor, sealed->salt, SEAL_SALT_SIZE);
    expect(cursor, "\", \"nonce\": \"");
    take_hex(cursor, sealed->nonce, SEAL_NONCE_SIZE);
    expect(cursor, "\"}");
}

enum err keystore_parse(struct keystore_file *out, struct bytes text)
{
    struct keystore_file file = {0};
    struct cursor cursor = {.left = text};
    expect(&cursor, "{\n  \"format\": \"seam-key-1\",\n  \"kind\": \"");
    take_kind(&cursor, &file.kind);
    expect(&cursor, "\",\n  \"suite\": 1,\n  \"public_key\": \"");
    take_hex(&cursor, file.public_key, SIGN_PUBLIC_SIZE);
    expect(&cursor, "\",\n  \"kdf\": ");
    if (next_is(&cursor, "null")) {
        expect(&cursor, "null,\n  \"seed\": \"");
        take_hex(&cursor, file.seed, SIGN_SEED_SIZE);
    } else {
        file.is_sealed = true;
        take_kdf(&cursor, &file.sealed);
        expect(&cursor, ",\n  \"seed\": \"");
        take_hex(&cursor, file.sealed.bytes, SEAL_SEALED_SIZE);
    }
    expect(&cursor, "\"\n}\n");
    enum err err = cursor.failed || cursor.left.size != 0 ? ERR_PARSE : OK;
    if (err == OK) {
        /* Refuses upper-case digits and leading zeros: one key, one file. */
        char again[KEYSTORE_FILE_MAX];
        keystore_format(again, &file);
        err = bytes_equal(bytes_text(again), text) ? OK : ERR_PARSE;
        seal_wipe(again, sizeof(again));
    }
    if (err == OK) {
        *out = file;
    }
    seal_wipe(&file, sizeof(file));
    return err;
}

/* --- files -------------------------------------------------------------------------------------
 */

static enum err refuse(struct err_detail *detail, enum err err, const char *path, const char *hint)
{
    return err_set(detail, err, path, NULL, NULL, hint);
}

/* Opens a file that only its owner may read, and reads all of it. */
static enum err read_private(uint8_t *out, size_t room, size_t *size, const char *path,
                             struct err_detail *detail)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        if (errno == ENOENT) {
            return refuse(detail, ERR_ABSENT, path, "there is no such key file");
        }
        if (errno == ELOOP) {
            return refuse(detail, ERR_ROLE, path, "a key file may not be a symbolic link");
        }
        return refuse(detail, ERR_STORAGE, path, "the key file cannot be opened");
    }
    struct stat status;
    enum err err = OK;
    if (fstat(fd, &status) != 0) {
        err = refuse(detail, ERR_STORAGE, path, "the key file cannot be read");
    } else if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
        err = refuse(detail, ERR_ROLE, path, "a key file must be a regular file of its user");
    } else if ((status.st_mode & 077) != 0) {
        err = refuse(detail, ERR_ROLE, path,
                     "the key file is open to others; run: chmod 600 and consider the key known");
    } else if (status.st_size < 0 || (uint64_t)status.st_size > room) {
        err = refuse(detail, ERR_PARSE, path, "the file is too long to be a key file");
    }
    size_t got = 0;
    while (err == OK && got < (size_t)status.st_size) {
        const ssize_t n = read(fd, out + got, (size_t)status.st_size - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            err = refuse(detail, ERR_STORAGE, path, "the key file cannot be read");
            break;
        }
        got += (size_t)n;
    }
    close(fd);
    if (err == OK) {
        *size = got;
    }
    return err;
}

static enum err sync_directory_of(const char *path)
{
    char dir[KEYSTORE_PATH_MAX];
    const int size = snprintf(dir, sizeof(dir), "%s", path);
    if (size < 0 || (size_t)size >= sizeof(dir)) {
        return ERR_LENGTH;
    }
    char *slash = strrchr(dir, '/');
    if (slash == NULL) {
        memcpy(dir, ".", 2);
    } else if (slash == dir) {
        dir[1] = '\0';
    } else {
        *slash = '\0';
    }
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return ERR_STORAGE;
    }
    const int rc = fsync(fd);
    close(fd);
    return rc == 0 ? OK : ERR_STORAGE;
}

static enum err write_new(const char *path, struct bytes text, struct err_detail *detail)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        if (errno == EEXIST) {
            return refuse(detail, ERR_CONFLICT, path,
                          "the file exists; a key is never overwritten");
        }
        return refuse(detail, ERR_STORAGE, path, "the file cannot be created");
    }
    size_t done = 0;
    enum err err = OK;
    while (err == OK && done < text.size) {
        const ssize_t n = write(fd, text.data + done, text.size - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            err = ERR_STORAGE;
            break;
        }
        done += (size_t)n;
    }
    if (err == OK && fsync(fd) != 0) {
        err = ERR_STORAGE;
    }
    if (close(fd) != 0) {
        err = ERR_STORAGE;
    }
    if (err == OK) {
        err = sync_directory_of(path);
    }
    if (err != OK) {
        unlink(path); /* half a key is worse than none */
        return refuse(detail, ERR_STORAGE, path, "the key could not be written");
    }
    return OK;
}

enum err keystore_save(const char *path, enum keystore_kind kind, const struct sign_key *key,
                       struct bytes passphrase, struct err_detail *detail)
{
    assert(path != NULL);
    assert(key != NULL);
    struct keystore_file file = {.kind = kind, .is_sealed = passphrase.size > 0};
    memcpy(file.public_key, key->public_key, SIGN_PUBLIC_SIZE);
    enum err err = OK;
    if (file.is_sealed) {
        err = seal_close(&file.sealed, key->seed, passphrase, seal_cost_default());
    } else {
        memcpy(file.seed, key->seed, SIGN_SEED_SIZE);
    }
    if (err != OK) {
        return refuse(detail, err, path, "the key could not be sealed");
    }
    char text[KEYSTORE_FILE_MAX];
    keystore_format(text, &file);
    err = write_new(path, bytes_text(text), detail);
    seal_wipe(text, sizeof(text));
    seal_wipe(&file, sizeof(file));
    return err;
}

static enum err new_key(struct sign_key *out, const char *path, enum keystore_kind kind,
                        struct bytes passphrase, struct err_detail *detail)
{
    struct sign_key key;
    sign_key_random(&key);
    const enum err err = keystore_save(path, kind, &key, passphrase, detail);
    if (err == OK && out != NULL) {
        *out = key;
    }
    sign_key_wipe(&key);
    return err;
}

enum err keystore_new(struct sign_key *key, const char *path, enum keystore_kind kind,
                      struct bytes passphrase, struct err_detail *detail)
{
    if (kind == KEYSTORE_VALIDATOR) {
        return refuse(detail, ERR_ENUM, "kind",
                      "a validator key is made together with its signer.state");
    }
    return new_key(key, path, kind, passphrase, detail);
}

enum err keystore_new_validator(struct sign_key *out, const char *key_dir, struct bytes passphrase,
                                struct err_detail *detail)
{
    char key_path[KEYSTORE_PATH_MAX];
    char slot_path[KEYSTORE_PATH_MAX];
    enum err err = keystore_path(key_path, key_dir, KEYSTORE_VALIDATOR_FILE);
    if (err == OK) {
        err = keystore_path(slot_path, key_dir, KEYSTORE_SIGNER_FILE);
    }
    if (err != OK) {
        return refuse(detail, err, "key_dir", "the path is too long");
    }
    if (mkdir(key_dir, 0700) != 0 && errno != EEXIST) {
        return refuse(detail, ERR_STORAGE, key_dir, "the key directory cannot be created");
    }
    if (access(slot_path, F_OK) == 0) {
        return refuse(detail, ERR_CONFLICT, slot_path,
                      "the signer's slots exist; they belong to another key");
    }
    struct sign_key key;
    err = new_key(&key, key_path, KEYSTORE_VALIDATOR, passphrase, detail);
    if (err != OK) {
        return err;
    }
    /* The key file is there before its slots: a crash between leaves a key that cannot vote, never
     * slots without memory of what they guard. */
    struct hash key_id;
    uint8_t slots[SLOT_FILE_SIZE];
    sign_key_id(&key_id, SUITE_ED25519_SHA256, bytes_of(key.public_key, SIGN_PUBLIC_SIZE));
    slot_new(slots, &key_id);
    err = write_new(slot_path, bytes_of(slots, sizeof(slots)), detail);
    if (err != OK) {
        unlink(key_path);
    } else if (out != NULL) {
        *out = key;
    }
    sign_key_wipe(&key);
    return err;
}

static enum err read_file(struct keystore_file *file, const char *path, struct err_detail *detail)
{
    uint8_t text[KEYSTORE_FILE_MAX];
    size_t size = 0;
    enum err err = read_private(text, sizeof(text), &size, path, detail);
    if (err == OK) {
        err = keystore_parse(file, bytes_of(text, size));
        if (err != OK) {
            refuse(detail, err, path, "this is not a seam-key-1 file as the program writes it");
        }
    }
    seal_wipe(text, sizeof(text));
    return err;
}

enum err keystore_load(struct sign_key *out, enum keystore_kind *kind, const char *path,
                       struct bytes passphrase, struct err_detail *detail)
{
    assert(out != NULL);
    assert(path != NULL);
    struct keystore_file file;
    enum err err = read_file(&file, path, detail);
    if (err != OK) {
        return err;
    }
    uint8_t seed[SIGN_SEED_SIZE];
    if (!file.is_sealed) {
        memcpy(seed, file.seed, sizeof(seed));
    } else {
        err = seal_open(seed, &file.sealed, passphrase);
        if (err != OK) {
            refuse(detail, err, path,
                   err == ERR_KEY ? "wrong or missing passphrase" : "the key cannot be opened");
        }
    }
    if (err == OK) {
        struct sign_key key;
        sign_key_from_seed(&key, seed);
        /* Signing with another public half than the seed's own gives the key away. */
        if (memcmp(key.public_key, file.public_key, SIGN_PUBLIC_SIZE) != 0) {
            err = refuse(detail, ERR_KEY, path, "public_key is not the one of this seed");
        } else {
            *out = key;
            if (kind != NULL) {
                *kind = file.kind;
            }
        }
        sign_key_wipe(&key);
    }
    seal_wipe(seed, sizeof(seed));
    seal_wipe(&file, sizeof(file));
    return err;
}

enum err keystore_load_kind(struct sign_key *out, enum keystore_kind kind, const char *path,
                            struct bytes passphrase, struct err_detail *detail)
{
    struct sign_key key;
    enum keystore_kind found;
    enum err err = keystore_load(&key, &found, path, passphrase, detail);
    if (err != OK) {
        return err;
    }
    if (found != kind) {
        err = refuse(detail, ERR_KEY, path, "the key is of another kind");
    } else {
        *out = key;
    }
    sign_key_wipe(&key);
    return err;
}

enum err keystore_info(struct keystore_info *info, const char *path, struct err_detail *detail)
{
    struct keystore_file file;
    const enum err err = read_file(&file, path, detail);
    if (err != OK) {
        return err;
    }
    info->kind = file.kind;
    info->sealed = file.is_sealed;
    memcpy(info->public_key, file.public_key, SIGN_PUBLIC_SIZE);
    seal_wipe(&file, sizeof(file));
    return OK;
}

enum err keystore_passphrase(uint8_t out[KEYSTORE_PASSPHRASE_MAX], size_t *size, const char *path,
                             struct err_detail *detail)
{
    uint8_t text[KEYSTORE_PASSPHRASE_MAX];
    size_t got = 0;
    const enum err err = read_private(text, sizeof(text), &got, path, detail);
    if (err != OK) {
        return err;
    }
    const uint8_t *newline = memchr(text, '\n', got);
    const size_t used = newline == NULL ? got : (size_t)(newline - text);
    if (used == 0) {
        return err_set(detail, ERR_MISSING, path, NULL, NULL, "the passphrase is empty");
    }
    memcpy(out, text, used);
    *size = used;
    seal_wipe(text, sizeof(text));
    return OK;
}
