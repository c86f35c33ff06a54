/* SPDX-License-Identifier: Apache-2.0 */
/* `seam key`: makes and shows key files. A validator's key comes with the signer's slots beside it
 * and therefore takes a directory (decision D6). */

#include <stdio.h>
#include <string.h>

#include "ledger/chain/types.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/passphrase.h"

struct key_new {
    const char *kind;
    const char *passphrase_file;
    bool sealed;
    bool json;
};

static int print_key(const char *kind, const uint8_t public_key[SIGN_PUBLIC_SIZE], bool sealed,
                     bool json)
{
    char hex[2 * SIGN_PUBLIC_SIZE + 1];
    char id_hex[2 * HASH_SIZE + 1];
    struct hash id;
    sign_key_id(&id, SUITE_ED25519_SHA256, bytes_of(public_key, SIGN_PUBLIC_SIZE));
    hex_encode(hex, bytes_of(public_key, SIGN_PUBLIC_SIZE));
    hex_encode(id_hex, hash_bytes(&id));
    if (!json) {
        output_line("kind        %s", kind);
        output_line("public key  %s", hex);
        output_line("key id      %s", id_hex);
        output_line("passphrase  %s", sealed ? "yes" : "no");
        return TOOL_OK;
    }
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, 4096);
    json_out_object(&out);
    json_out_field_text(&out, "kind", kind);
    json_out_field_uint(&out, "suite", SUITE_ED25519_SHA256);
    json_out_field_text(&out, "public_key", hex);
    json_out_field_text(&out, "key_id", id_hex);
    json_out_field_bool(&out, "sealed", sealed);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static int key_make(const struct key_new *make, const char *path)
{
    struct err_detail detail = {0};
    enum keystore_kind kind;
    struct sign_key key;
    uint8_t passphrase[KEYSTORE_PASSPHRASE_MAX];
    size_t size = 0;
    enum err err = keystore_kind_of(&kind, make->kind);
    if (err != OK) {
        output_note("seam: --kind is person, organisation, validator, node or device");
        return TOOL_USAGE;
    }
    const bool sealed = make->sealed || make->passphrase_file != NULL;
    if (sealed && passphrase_read(passphrase, &size, make->passphrase_file, true) != OK) {
        return TOOL_USAGE;
    }
    const struct bytes secret = bytes_of(passphrase, size);
    err = kind == KEYSTORE_VALIDATOR ? keystore_new_validator(&key, path, secret, &detail)
                                     : keystore_new(&key, path, kind, secret, &detail);
    seal_wipe(passphrase, sizeof passphrase);
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_NO;
    }
    const int status = print_key(make->kind, key.public_key, sealed, make->json);
    sign_key_wipe(&key);
    return status;
}

static int key_new(int argc, char **argv)
{
    struct key_new make = {.kind = "person"};
    const struct option_row rows[] = {
        OPTION_TEXT("kind", 0, "KIND", NULL, "person, organisation, validator, node or device",
                    &make.kind),
        OPTION_TEXT("passphrase-file", 0, "FILE", NULL, "seal the key with this passphrase",
                    &make.passphrase_file),
        OPTION_SWITCH("sealed", 0, "seal the key, ask for the passphrase on the terminal",
                      &make.sealed),
        OPTION_JSON(&make.json),
    };
    const struct option_set set = OPTION_SET(
        "key new FILE [--kind KIND]",
        "Draws a new key and writes it to FILE, which only you can read. Nothing is overwritten.\n"
        "With --kind validator FILE is the key directory, and the signer's state is made with it.",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    return status != OPTIONS_GO ? status : key_make(&make, argv[first]);
}

static int info_read(struct keystore_info *info, const char *path)
{
    struct err_detail detail = {0};
    const enum err err = keystore_info(info, path, &detail);
    if (err == OK) {
        return TOOL_OK;
    }
    output_error(err, &detail);
    return err == ERR_ABSENT ? TOOL_USAGE : TOOL_NO;
}

static int key_show(int argc, char **argv)
{
    bool json = false;
    const struct option_row rows[] = {OPTION_JSON(&json)};
    const struct option_set set =
        OPTION_SET("key show FILE",
                   "Shows what may be known of a key file. The secret is never shown.", rows, 1, 1);
    int first = 0;
    struct keystore_info info;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    status = info_read(&info, argv[first]);
    return status != TOOL_OK
               ? status
               : print_key(keystore_kind_name(info.kind), info.public_key, info.sealed, json);
}

static int key_export(int argc, char **argv)
{
    bool id = false;
    const struct option_row rows[] = {
        OPTION_SWITCH("id", 0, "print the key id instead of the public key", &id)};
    const struct option_set set = OPTION_SET(
        "key export-public FILE", "Prints the public key as hexadecimal digits.", rows, 1, 1);
    int first = 0;
    struct keystore_info info;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    status = info_read(&info, argv[first]);
    if (status != TOOL_OK) {
        return status;
    }
    char hex[2 * HASH_SIZE + 1];
    struct hash key_id;
    sign_key_id(&key_id, SUITE_ED25519_SHA256, bytes_of(info.public_key, SIGN_PUBLIC_SIZE));
    hex_encode(hex, id ? hash_bytes(&key_id) : bytes_of(info.public_key, SIGN_PUBLIC_SIZE));
    output_line("%s", hex);
    return TOOL_OK;
}

int cmd_key(int argc, char **argv)
{
    static const struct command table[] = {
        {"new", key_new, "draw a new key"},
        {"show", key_show, "kind, public key and key id of a key file"},
        {"export-public", key_export, "the public key alone"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam key",
                       "Key files of persons, organisations, validators, nodes and devices.", argc,
                       argv);
}
