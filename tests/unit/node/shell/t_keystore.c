/* SPDX-License-Identifier: Apache-2.0 */
/* Key files: what is written is read again, and everything else is refused. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/chain/types.h"
#include "node/core/slot.h"
#include "node/shell/keystore.h"

struct fixture {
    char dir[64];
    char path[KEYSTORE_PATH_MAX];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    strcpy(fixture->dir, "/tmp/seam-keystore-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    assert_int_equal(keystore_path(fixture->path, fixture->dir, "a.key"), OK);
    assert_int_equal(sign_start(), OK);
    *state = fixture;
    return 0;
}

static void remove_file(const char *dir, const char *name)
{
    char path[KEYSTORE_PATH_MAX];
    assert_int_equal(keystore_path(path, dir, name), OK);
    unlink(path);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    const char *const names[] = {"a.key",    "b.key",         "pass",
                                 "link.key", "validator.key", "signer.state"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        remove_file(fixture->dir, names[i]);
    }
    assert_int_equal(rmdir(fixture->dir), 0);
    free(fixture);
    return 0;
}

static struct bytes no_passphrase(void)
{
    return bytes_of(NULL, 0);
}

static size_t slurp(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(out, 1, room, file);
    fclose(file);
    return size;
}

static void spill(const char *path, const char *text, size_t size)
{
    unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), (ssize_t)size);
    close(fd);
}

static void test_round(void **state)
{
    const struct fixture *fixture = *state;
    struct sign_key made;
    struct sign_key read;
    enum keystore_kind kind;
    assert_int_equal(keystore_new(&made, fixture->path, KEYSTORE_PERSON, no_passphrase(), NULL),
                     OK);
    struct stat status;
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(keystore_load(&read, &kind, fixture->path, no_passphrase(), NULL), OK);
    assert_int_equal(kind, KEYSTORE_PERSON);
    assert_memory_equal(&read, &made, sizeof(made));
    struct keystore_info info;
    assert_int_equal(keystore_info(&info, fixture->path, NULL), OK);
    assert_false(info.sealed);
    assert_memory_equal(info.public_key, made.public_key, SIGN_PUBLIC_SIZE);
}

static void test_never_overwrites(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(keystore_new(NULL, fixture->path, KEYSTORE_NODE, no_passphrase(), NULL), OK);
    char before[KEYSTORE_FILE_MAX];
    char after[KEYSTORE_FILE_MAX];
    const size_t size = slurp(fixture->path, before, sizeof(before));
    assert_int_equal(keystore_new(NULL, fixture->path, KEYSTORE_NODE, no_passphrase(), NULL),
                     ERR_CONFLICT);
    assert_int_equal(slurp(fixture->path, after, sizeof(after)), size);
    assert_memory_equal(before, after, size);
}

static void test_modes(void **state)
{
    const struct fixture *fixture = *state;
    struct sign_key key;
    assert_int_equal(keystore_new(NULL, fixture->path, KEYSTORE_NODE, no_passphrase(), NULL), OK);
    const mode_t wide[] = {0640, 0604, 0660, 0610, 0601, 0644, 0777};
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        assert_int_equal(chmod(fixture->path, wide[i]), 0);
        struct err_detail detail;
        assert_int_equal(keystore_load(&key, NULL, fixture->path, no_passphrase(), &detail),
                         ERR_ROLE);
        assert_non_null(strstr(detail.hint, "chmod 600"));
    }
    assert_int_equal(chmod(fixture->path, 0400), 0);
    assert_int_equal(keystore_load(&key, NULL, fixture->path, no_passphrase(), NULL), OK);
}

static void test_not_a_file(void **state)
{
    const struct fixture *fixture = *state;
    struct sign_key key;
    char link_path[KEYSTORE_PATH_MAX];
    assert_int_equal(keystore_load(&key, NULL, fixture->path, no_passphrase(), NULL), ERR_ABSENT);
    assert_int_equal(keystore_new(NULL, fixture->path, KEYSTORE_NODE, no_passphrase(), NULL), OK);
    assert_int_equal(keystore_path(link_path, fixture->dir, "link.key"), OK);
    assert_int_equal(symlink(fixture->path, link_path), 0);
    assert_int_equal(keystore_load(&key, NULL, link_path, no_passphrase(), NULL), ERR_ROLE);
    assert_int_equal(keystore_load(&key, NULL, fixture->dir, no_passphrase(), NULL), ERR_ROLE);
}

static void test_passphrase(void **state)
{
    const struct fixture *fixture = *state;
    struct sign_key made;
    struct sign_key read;
    const struct bytes good = bytes_text("correct horse battery staple");
    assert_int_equal(keystore_new(&made, fixture->path, KEYSTORE_ORGANISATION, good, NULL), OK);
    char text[KEYSTORE_FILE_MAX];
    char seed[2 * SIGN_SEED_SIZE + 1];
    text[slurp(fixture->path, text, sizeof(text) - 1)] = '\0';
    hex_encode(seed, bytes_of(made.seed, SIGN_SEED_SIZE));
    assert_null(strstr(text, seed));
    assert_int_equal(keystore_load(&read, NULL, fixture->path, good, NULL), OK);
    assert_memory_equal(&read, &made, sizeof(made));
    struct sign_key untouched = made;
    assert_int_equal(
        keystore_load(&untouched, NULL, fixture->path, bytes_text("Correct horse"), NULL), ERR_KEY);
    assert_int_equal(keystore_load(&untouched, NULL, fixture->path, no_passphrase(), NULL),
                     ERR_KEY);
    assert_memory_equal(&untouched, &made, sizeof(made));
    struct keystore_info info;
    assert_int_equal(keystore_info(&info, fixture->path, NULL), OK);
    assert_true(info.sealed);
}

/* Every single changed byte of a file is refused, and every shorter file. */
static void test_tampered(void **state)
{
    const struct fixture *fixture = *state;
    struct sign_key key;
    assert_int_equal(keystore_new(NULL, fixture->path, KEYSTORE_DEVICE, no_passphrase(), NULL), OK);
    char text[KEYSTORE_FILE_MAX];
    const size_t size = slurp(fixture->path, text, sizeof(text));
    char other[KEYSTORE_PATH_MAX];
    assert_int_equal(keystore_path(other, fixture->dir, "b.key"), OK);
    for (size_t i = 0; i < size; i++) {
        char changed[KEYSTORE_FILE_MAX];
        memcpy(changed, text, size);
        changed[i] ^= 0x01;
        spill(other, changed, size);
        const enum err err = keystore_load(&key, NULL, other, no_passphrase(), NULL);
        assert_true(err == ERR_PARSE || err == ERR_KEY);
        struct keystore_file file;
        assert_int_equal(keystore_parse(&file, bytes_of(text, i)), ERR_PARSE);
    }
    spill(other, text, size);
    assert_int_equal(keystore_load(&key, NULL, other, no_passphrase(), NULL), OK);
    text[size] = '\n';
    spill(other, text, size + 1);
    assert_int_equal(keystore_load(&key, NULL, other, no_passphrase(), NULL), ERR_PARSE);
}

static void test_kdf_bounds(void **state)
{
    (void)state;
    struct keystore_file file = {.kind = KEYSTORE_PERSON, .is_sealed = true};
    uint8_t secret[SEAL_SECRET_SIZE];
    file.sealed.cost = (struct seal_cost){.operations = 3, .memory_kib = SEAL_MEMORY_KIB_MAX + 1};
    char text[KEYSTORE_FILE_MAX];
    keystore_format(text, &file);
    struct keystore_file read;
    assert_int_equal(keystore_parse(&read, bytes_text(text)), OK);
    /* Refused by its number, before a terabyte is asked for. */
    assert_int_equal(seal_open(secret, &read.sealed, bytes_text("x")), ERR_RANGE);
    read.sealed.cost = (struct seal_cost){.operations = SEAL_OPERATIONS_MAX + 1, .memory_kib = 64};
    assert_int_equal(seal_open(secret, &read.sealed, bytes_text("x")), ERR_RANGE);
    read.sealed.cost = (struct seal_cost){.operations = 1, .memory_kib = 4};
    assert_int_equal(seal_open(secret, &read.sealed, bytes_text("x")), ERR_RANGE);
    read.sealed.cost = (struct seal_cost){.operations = 1, .memory_kib = 8};
    assert_int_equal(seal_open(secret, &read.sealed, bytes_text("x")), ERR_KEY);
}

static void test_validator(void **state)
{
    const struct fixture *fixture = *state;
    struct sign_key key;
    struct sign_key read;
    char path[KEYSTORE_PATH_MAX];
    assert_int_equal(keystore_new(NULL, fixture->path, KEYSTORE_VALIDATOR, no_passphrase(), NULL),
                     ERR_ENUM);
    assert_int_equal(keystore_new_validator(&key, fixture->dir, no_passphrase(), NULL), OK);
    assert_int_equal(keystore_path(path, fixture->dir, KEYSTORE_VALIDATOR_FILE), OK);
    assert_int_equal(keystore_load_kind(&read, KEYSTORE_VALIDATOR, path, no_passphrase(), NULL),
                     OK);
    assert_memory_equal(&read, &key, sizeof(key));
    assert_int_equal(keystore_load_kind(&read, KEYSTORE_NODE, path, no_passphrase(), NULL),
                     ERR_KEY);
    /* The slots are those of this key. */
    char slots[SLOT_FILE_SIZE + 1];
    uint8_t expected[SLOT_FILE_SIZE];
    struct hash key_id;
    assert_int_equal(keystore_path(path, fixture->dir, KEYSTORE_SIGNER_FILE), OK);
    assert_int_equal(slurp(path, slots, sizeof(slots)), SLOT_FILE_SIZE);
    sign_key_id(&key_id, SUITE_ED25519_SHA256, bytes_of(key.public_key, SIGN_PUBLIC_SIZE));
    slot_new(expected, &key_id);
    assert_memory_equal(slots, expected, SLOT_FILE_SIZE);
    /* Slots without their key are not touched: the key may stand elsewhere. */
    remove_file(fixture->dir, KEYSTORE_VALIDATOR_FILE);
    assert_int_equal(keystore_new_validator(NULL, fixture->dir, no_passphrase(), NULL),
                     ERR_CONFLICT);
}

static void test_passphrase_file(void **state)
{
    const struct fixture *fixture = *state;
    char path[KEYSTORE_PATH_MAX];
    uint8_t out[KEYSTORE_PASSPHRASE_MAX];
    size_t size = 0;
    assert_int_equal(keystore_path(path, fixture->dir, "pass"), OK);
    spill(path, "open sesame\nsecond line", 23);
    assert_int_equal(keystore_passphrase(out, &size, path, NULL), OK);
    assert_int_equal(size, 11);
    assert_memory_equal(out, "open sesame", 11);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(keystore_passphrase(out, &size, path, NULL), ERR_ROLE);
    assert_int_equal(chmod(path, 0600), 0);
    spill(path, "\nopen sesame", 12); /* an empty one protects nothing */
    assert_int_equal(keystore_passphrase(out, &size, path, NULL), ERR_MISSING);
    spill(path, "", 0);
    assert_int_equal(keystore_passphrase(out, &size, path, NULL), ERR_MISSING);
}

static void test_kinds(void **state)
{
    (void)state;
    enum keystore_kind kind;
    assert_int_equal(keystore_kind_of(&kind, "validator"), OK);
    assert_int_equal(kind, KEYSTORE_VALIDATOR);
    assert_string_equal(keystore_kind_name(KEYSTORE_ORGANISATION), "organisation");
    assert_int_equal(keystore_kind_of(&kind, "Validator"), ERR_ENUM);
    assert_int_equal(keystore_kind_of(&kind, ""), ERR_ENUM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round, setup, teardown),
        cmocka_unit_test_setup_teardown(test_never_overwrites, setup, teardown),
        cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_passphrase, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tampered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kdf_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_validator, setup, teardown),
        cmocka_unit_test_setup_teardown(test_passphrase_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
