/* SPDX-License-Identifier: Apache-2.0 */
/* `seam access`: who may use the HTTP interface of a node, and getting the token for it. The secret
 * is printed once, at creation, and stored nowhere in clear (decision D40). */

#include <stdio.h>
#include <string.h>

#include "api/access.h"
#include "ledger/chain/types.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/passphrase.h"
#include "tools/remote.h"

#define BUDGET (8 * 1024 * 1024)

struct access_new {
    const char *organisation;
    const char *person;
    const char *name;
    const char *key;
    const char *key_id;
};

static bool text_put(char *out, size_t size, const char *option, const char *text)
{
    const int length = snprintf(out, size, "%s", text == NULL ? "" : text);
    if (length < 0 || (size_t)length >= size) {
        output_note("seam: --%s is too long", option);
        return false;
    }
    return true;
}

/* The id of the signing key: given, or computed from the public part of a key file. */
static bool key_put(struct access_entry *entry, const struct access_new *add)
{
    if (add->key_id != NULL) {
        entry->can_sign = hex_decode(entry->key_id.bytes, HASH_SIZE, bytes_text(add->key_id));
        if (!entry->can_sign) {
            output_note("seam: --key-id takes 64 hexadecimal digits");
        }
        return entry->can_sign;
    }
    if (add->key == NULL) {
        return true;
    }
    struct keystore_info info;
    struct err_detail detail = {0};
    const enum err err = keystore_info(&info, add->key, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return false;
    }
    sign_key_id(&entry->key_id, SUITE_ED25519_SHA256, bytes_of(info.public_key, SIGN_PUBLIC_SIZE));
    entry->can_sign = true;
    return true;
}

static int print_secret(const struct access_entry *entry, const char *secret)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, 4096);
    json_out_object(&out);
    json_out_field_text(&out, "platkey", entry->platkey);
    json_out_field_text(&out, "platkeysecret", secret);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static int add_run(const struct access_new *add, const char *path, struct arena *arena)
{
    struct access_entry entry = {0};
    struct access_list list = {0};
    struct err_detail detail = {0};
    char secret[ACCESS_SECRET_SIZE + 1];
    struct bytes text = {0};
    if (!text_put(entry.organisation, sizeof entry.organisation, "organisation",
                  add->organisation) ||
        !text_put(entry.person, sizeof entry.person, "person", add->person) ||
        !text_put(entry.name, sizeof entry.name, "name", add->name) || !key_put(&entry, add)) {
        return TOOL_USAGE;
    }
    enum err err = file_read(&text, path, ACCESS_FILE_MAX, arena, &detail);
    if (err == ERR_ABSENT) {
        err = OK;
        text = (struct bytes){0};
    }
    if (err == OK) {
        err = access_read(&list, text, arena, &detail);
    }
    if (err == OK) {
        err = access_add(&text, &entry, secret, &list, arena);
    }
    if (err == OK) {
        err = file_write(path, text, true, &detail);
    }
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_NO;
    }
    const int status = print_secret(&entry, secret);
    seal_wipe(secret, sizeof secret);
    return status;
}

static int access_new(int argc, char **argv)
{
    struct access_new add = {0};
    const struct option_row rows[] = {
        OPTION_TEXT("organisation", 'o', "ID", NULL, "on whose behalf it calls", &add.organisation),
        OPTION_TEXT("person", 'p', "ID", NULL, "whose key signs", &add.person),
        OPTION_TEXT("name", 0, "TEXT", NULL, "what it is, for the log", &add.name),
        OPTION_TEXT("key", 'k', "FILE", NULL, "key that the node signs with for it", &add.key),
        OPTION_TEXT("key-id", 0, "HEX", NULL, "the same by its id", &add.key_id),
    };
    const struct option_set set = OPTION_SET(
        "access add FILE --organisation ID",
        "Adds a platform to the access file of a node and prints its key and secret, which are\n"
        "shown this once. Without a signing key it may only read. The node reads the file at "
        "start.",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    if (add.organisation == NULL) {
        output_note("seam: --organisation is missing");
        return TOOL_USAGE;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int result = add_run(&add, argv[first], &arena);
    arena_free(&arena);
    return result;
}

/* The credentials file is what `access add` printed. */
static int token_run(const struct remote *remote, const char *path, bool reset, struct arena *arena)
{
    struct err_detail detail = {0};
    struct bytes text = {0};
    struct json_doc *doc = NULL;
    enum err err = file_read(&text, path, 65536, arena, &detail);
    if (err == OK) {
        err = json_doc_read(&doc, text, 65536, &detail);
    }
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_USAGE;
    }
    const struct json_node *root = json_doc_root(doc);
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, 65536);
    json_out_object(&out);
    json_out_field_text(&out, "platkey", json_node_text(json_node_get(root, "platkey")));
    json_out_field_text(&out, "platkeysecret",
                        json_node_text(json_node_get(root, "platkeysecret")));
    json_out_field_text(&out, "optype", reset ? "1" : "0");
    json_out_end(&out);
    struct http_reply reply = {0};
    const int status = remote_ask(&reply, remote, "GetResourcePlatToken", &out);
    json_doc_free(doc);
    if (status != TOOL_OK) {
        return status;
    }
    const char *token = json_node_text(json_node_get(reply.data, "access_token"));
    output_line("%s", token == NULL ? "" : token);
    http_reply_free(&reply);
    return token == NULL ? TOOL_UNREACHABLE : TOOL_OK;
}

static int access_token(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    bool reset = false;
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_SWITCH("reset", 0, "end the present token and get a new one", &reset),
    };
    const struct option_set set = OPTION_SET(
        "access token FILE",
        "Prints the access token for the platform key and secret in FILE, as `access add` printed\n"
        "them. Meant for SEAM_TOKEN=$(seam access token FILE).",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const int result = token_run(&remote, argv[first], reset, &arena);
    arena_free(&arena);
    return result;
}

int cmd_access(int argc, char **argv)
{
    static const struct command table[] = {
        {"add", access_new, "let a platform use the interface of a node"},
        {"token", access_token, "the access token of a platform"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam access",
                       "Who may use the HTTP interface of a node.", argc, argv);
}
