/* SPDX-License-Identifier: Apache-2.0 */
/* A request is written once: first the members of the file, then the arguments, then --at, --wait
 * and --field. The node refuses a key that stands twice, so nothing is silently overridden. */

#include "tools/remote.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ledger/accounting/calc_csv.h"
#include "ledger/base/limits.h"
#include "ledger/base/num.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/units_text.h"
#include "tools/view.h"

#define ARGUMENTS_MAX 8
#define ARGUMENT_SIZE 40
#define ORDER_KEY "idempotency_key"
#define ORDER_KEY_BYTES 16
#define JSON_INTEGER_MAX 9007199254740991u /* 2^53 - 1 */

struct argument {
    char name[ARGUMENT_SIZE];
    bool number;
    uint32_t units; /* 1: one, 2: a list */
    bool optional;
    bool text; /* the value is a file's text */
    bool file;
};

struct request {
    const struct argument *arguments;
    char **values;
    size_t count;
    const char *at;
    const char *wait;
    const char *field;
    const char *key; /* of an order, NULL where it needs none */
    bool keyed; /* the file or --field named one */
};

static size_t arguments_parse(struct argument out[ARGUMENTS_MAX], const char *text)
{
    size_t count = 0;
    while (*text != '\0') {
        const size_t size = strcspn(text, " ");
        assert(size < ARGUMENT_SIZE && count < ARGUMENTS_MAX);
        struct argument *argument = &out[count++];
        const char *start = text;
        size_t length = size;
        *argument = (struct argument){.optional = text[0] == '['};
        if (argument->optional) {
            start++;
            length -= 2;
        }
        argument->number = start[length - 1] == '#';
        argument->text = start[length - 1] == '<';
        length -= argument->number || argument->text ? 1 : 0;
        while (start[length - 1] == '@') {
            argument->units++;
            length--;
        }
        memcpy(argument->name, start, length);
        argument->file = strcmp(argument->name, "FILE") == 0;
        text += size;
        text += strspn(text, " ");
    }
    return count;
}

#define USAGE_SIZE 256

/* As the usage line of every command has them: capital letters, a blank before each. */
static const char *arguments_show(char out[USAGE_SIZE], const char *text)
{
    size_t at = 0;
    text += strspn(text, "! ");
    if (*text != '\0') {
        out[at++] = ' ';
    }
    for (; *text != '\0'; text++) {
        assert(at + 1 < USAGE_SIZE);
        if (strchr("#@<", *text) == NULL) {
            out[at++] = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
        }
    }
    out[at] = '\0';
    return out;
}

/* Writes a number where the text is one and number is set; texts stay texts. */
static enum err write_value(struct json_out *out, const char *name, const char *text, bool number)
{
    uint64_t value = 0;
    if (!number) {
        json_out_field_text(out, name, text);
        return OK;
    }
    if (!num_parse_u64(&value, bytes_text(text), JSON_INTEGER_MAX)) {
        output_note("seam: %s must be a whole number, not '%s'", name, text);
        return ERR_TYPE;
    }
    json_out_field_uint(out, name, value);
    return OK;
}

static bool is_table(const char *path)
{
    const size_t size = strlen(path);
    return size > 4 && strcasecmp(path + size - 4, ".csv") == 0;
}

/* A table (docs/csv.md) becomes the JSON document that it stands for. Names of fuels are known for
 * built-in sets; for any other the table must use ids. */
static enum err read_table(struct bytes *text, struct arena *arena)
{
    struct errors errors;
    struct calc_csv csv;
    struct set set;
    enum err err = errors_new(&errors, arena);
    if (err == OK) {
        err = calc_csv_read(&csv, *text, arena, &errors);
    }
    if (err != OK) {
        return errors.count > 0 ? output_errors(&errors) : err;
    }
    if (set_load(&set, csv.file->parameter_set, arena, &errors) == OK) {
        calc_csv_fuels(&csv, &set);
    }
    struct json_out out;
    struct bytes json;
    json_out_init(&out, JSON_OUT_COMPACT, LIMIT_HTTP_BODY);
    json_out_message(&out, &csv.file->base, NULL);
    err = json_out_finish(&out, &json);
    if (err == OK && !arena_copy(arena, json, text)) {
        err = ERR_MEMORY;
    }
    json_out_free(&out);
    return err;
}

enum err remote_file(struct bytes *out, const char *path, struct arena *arena)
{
    struct err_detail detail = {0};
    const enum err err = file_read(out, path, LIMIT_HTTP_BODY, arena, &detail);
    if (err != OK) {
        output_error(err, &detail);
    }
    return err;
}

enum err remote_object(struct json_doc **out, struct bytes text, const char *name)
{
    struct err_detail detail = {0};
    struct json_doc *doc = NULL;
    enum err err = json_doc_read(&doc, text, LIMIT_HTTP_BODY, &detail);
    if (err == OK && json_node_kind(json_doc_root(doc)) != JSON_KIND_OBJECT) {
        err = err_set(&detail, ERR_TYPE, name, NULL, "a JSON object", NULL);
    }
    if (err != OK) {
        output_error(err, &detail);
        json_doc_free(doc);
        return err;
    }
    *out = doc;
    return OK;
}

static enum err write_file(struct json_out *out, const char *path, bool *keyed, struct arena *arena)
{
    struct bytes text;
    struct json_doc *doc = NULL;
    enum err err = remote_file(&text, path, arena);
    if (err == OK && is_table(path)) {
        err = read_table(&text, arena);
    }
    if (err == OK) {
        err = remote_object(&doc, text, path);
    }
    if (err != OK) {
        return err; /* what is wrong is said */
    }
    void *iterator = NULL;
    const char *key = NULL;
    const struct json_node *value = NULL;
    while (json_node_next(json_doc_root(doc), &iterator, &key, &value)) {
        json_out_key(out, key);
        json_node_write(out, value);
        *keyed = *keyed || strcmp(key, ORDER_KEY) == 0;
    }
    json_doc_free(doc);
    return OK;
}

/* --field NAME=VALUE,NAME=VALUE; NAME:=VALUE is a number, true or false. */
static enum err write_fields(struct json_out *out, const char *text, bool *keyed)
{
    while (*text != '\0') {
        char pair[256];
        const size_t size = strcspn(text, ",");
        if (size >= sizeof pair) {
            output_note("seam: --field is too long");
            return ERR_LENGTH;
        }
        memcpy(pair, text, size);
        pair[size] = '\0';
        char *sign = strchr(pair, '=');
        if (sign == NULL || sign == pair) {
            output_note("seam: --field takes NAME=VALUE, not '%s'", pair);
            return ERR_PARSE;
        }
        const bool number = sign[-1] == ':';
        sign[number ? -1 : 0] = '\0';
        const bool flag =
            number && (strcmp(sign + 1, "true") == 0 || strcmp(sign + 1, "false") == 0);
        enum err err = OK;
        *keyed = *keyed || strcmp(pair, ORDER_KEY) == 0;
        if (flag) {
            json_out_field_bool(out, pair, sign[1] == 't');
        } else {
            err = write_value(out, pair, sign + 1, number);
        }
        if (err != OK) {
            return err;
        }
        text += size;
        text += *text == ',' ? 1 : 0;
    }
    return OK;
}

static enum err write_at(struct json_out *out, const char *at)
{
    uint64_t height = 0;
    if (num_parse_u64(&height, bytes_text(at), JSON_INTEGER_MAX)) {
        json_out_field_uint(out, "at", height);
    } else {
        json_out_field_text(out, "at", at);
    }
    return OK;
}

/* Shown, so that whoever got no answer can send the same order again. */
static void write_key(struct json_out *out, const char *key)
{
    uint8_t random[ORDER_KEY_BYTES];
    char made[2 * ORDER_KEY_BYTES + 1] = {0};
    if (key[0] == '\0') {
        if (getentropy(random, sizeof random) != 0) {
            json_out_fail(out, ERR_INTERNAL);
            return;
        }
        for (size_t i = 0; i < sizeof random; i++) {
            (void)snprintf(&made[2 * i], 3, "%02x", random[i]);
        }
        key = made;
        output_note("order key: %s (repeat the order with --key %s)", key, key);
    }
    json_out_field_text(out, ORDER_KEY, key);
}

/* A file as it is, as one text of the request. */
static enum err write_file_text(struct json_out *out, const char *name, const char *path,
                                struct arena *arena)
{
    struct bytes text;
    const enum err err = remote_file(&text, path, arena);
    if (err == OK) {
        json_out_key(out, name);
        json_out_text_bytes(out, text);
    }
    return err;
}

static enum err write_argument(struct json_out *out, const struct argument *argument,
                               const char *text, struct arena *arena)
{
    if (argument->text) {
        return write_file_text(out, argument->name, text, arena);
    }
    if (argument->units == 0) {
        return write_value(out, argument->name, text, argument->number);
    }
    json_out_key(out, argument->name);
    return argument->units == 1 ? units_text_write(out, text) : units_text_list(out, text);
}

static enum err request_write(struct json_out *out, struct request *request, struct arena *arena)
{
    enum err err = OK;
    json_out_object(out);
    for (size_t i = 0; err == OK && i < request->count; i++) {
        const struct argument *argument = &request->arguments[i];
        if (argument->file) {
            err = write_file(out, request->values[i], &request->keyed, arena);
        } else {
            err = write_argument(out, argument, request->values[i], arena);
        }
    }
    if (err == OK && request->at != NULL) {
        err = write_at(out, request->at);
    }
    if (err == OK && request->wait != NULL) {
        json_out_field_text(out, "wait", request->wait);
    }
    if (err == OK && request->field != NULL) {
        err = write_fields(out, request->field, &request->keyed);
    }
    if (err == OK && request->key != NULL && !request->keyed) {
        write_key(out, request->key);
    }
    json_out_end(out);
    return err;
}

/* What is wrong with one thing. */
static void print_detail(const struct json_node *detail, int indent)
{
    static const char *const shown[] = {"error", "field",  "line", "limit",
                                        "rule",  "clause", "hint"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const struct json_node *node = json_node_get(detail, shown[i]);
        int64_t line = 0;
        if (json_node_text(node) != NULL) {
            output_note("%*s%s: %s", indent, "", shown[i], json_node_text(node));
        } else if (json_node_integer(node, &line)) {
            output_note("%*s%s: %lld", indent, "", shown[i], (long long)line);
        }
    }
}

/* The first error of a file decides the code; all of them are said, or whoever mends it comes back
 * once for each. */
static void print_refusal(const struct json_node *data)
{
    const struct json_node *errors = json_node_get(data, "errors");
    const size_t count = json_node_kind(errors) == JSON_KIND_ARRAY ? json_node_count(errors) : 0;
    print_detail(data, 2);
    for (size_t i = 1; i < count; i++) {
        output_note("  and:");
        print_detail(json_node_at(errors, i), 4);
    }
}

int remote_print_json(const struct json_node *node)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, HTTP_CLIENT_ANSWER);
    json_node_write(&out, node);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

int remote_call(struct http_reply *reply, const struct remote *remote, const char *operation,
                struct bytes request)
{
    struct err_detail detail = {0};
    const enum err err = http_call(reply, remote->node, remote->token, operation, request, &detail);
    if (err != OK) {
        output_note("seam: %s: %s", remote->node, detail.hint);
        if (remote->json) {
            output_json_error(err, &detail);
        }
        return err == ERR_PARAM ? TOOL_USAGE : TOOL_UNREACHABLE;
    }
    if (strcmp(reply->code, "000000") == 0) {
        return TOOL_OK;
    }
    if (remote->json) {
        (void)remote_print_json(reply->root);
    } else {
        output_note("%s %s", reply->code, reply->message);
        print_refusal(reply->data);
    }
    http_reply_free(reply);
    return TOOL_NO;
}

int remote_ask(struct http_reply *reply, const struct remote *remote, const char *operation,
               struct json_out *request)
{
    struct bytes text;
    int status = TOOL_USAGE;
    const enum err err = json_out_finish(request, &text);
    if (err != OK) {
        output_error(err, NULL);
    } else {
        status = remote_call(reply, remote, operation, text);
    }
    json_out_free(request);
    return status;
}

int remote_print(const struct remote *remote, struct http_reply *reply)
{
    int status = TOOL_OK;
    if (remote->json) {
        status = remote_print_json(reply->root);
    } else {
        view_print(reply->data);
    }
    http_reply_free(reply);
    return status;
}

static int send_request(const struct remote *remote, const struct remote_row *row,
                        struct request *request)
{
    struct arena arena;
    struct json_out out;
    struct http_reply reply = {0};
    int status = TOOL_USAGE;
    arena_init(&arena, 2 * LIMIT_HTTP_BODY);
    json_out_init(&out, JSON_OUT_COMPACT, LIMIT_HTTP_BODY);
    if (request_write(&out, request, &arena) == OK) {
        status = remote_ask(&reply, remote, row->operation, &out);
    } else {
        json_out_free(&out); /* why is said already */
    }
    arena_free(&arena);
    return status == TOOL_OK ? remote_print(remote, &reply) : status;
}

static int operands_min(const struct argument *arguments, size_t count)
{
    int needed = 0;
    for (size_t i = 0; i < count; i++) {
        needed += !arguments[i].optional;
    }
    return needed;
}

int remote_run(const struct remote_row *row, const char *title, int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    struct request request = {0};
    struct argument arguments[ARGUMENTS_MAX];
    char usage[USAGE_SIZE + 64];
    char shown[USAGE_SIZE];
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("at", 0, "HEIGHT|TIME", NULL, "read the state as it was then", &request.at),
        OPTION_TEXT("wait", 0, "final|accepted", NULL, "when a write answers (default: final)",
                    &request.wait),
        OPTION_TEXT("field", 'f', "NAME=VALUE,...", NULL,
                    "more fields of the request; NAME:=VALUE for a number, true or false",
                    &request.field),
        OPTION_JSON(&remote.json),
        OPTION_TEXT("key", 'k', "TEXT", NULL, "the order's own key; made and shown where absent",
                    &request.key),
    };
    const bool order = row->arguments[0] == '!';
    const char *names = row->arguments + strspn(row->arguments, "! ");
    const size_t count = arguments_parse(arguments, names);
    (void)snprintf(usage, sizeof usage, "%s%s%s%s", title == NULL ? "" : title,
                   title == NULL ? "" : " ", row->name, arguments_show(shown, names));
    char purpose[256];
    (void)snprintf(purpose, sizeof purpose, "Operation %s: %s.", row->operation, row->help);
    struct option_set set =
        OPTION_SET(usage, purpose, rows, operands_min(arguments, count), (int)count);
    set.count -= order ? 0 : 1; /* --key is for orders */
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    request.arguments = arguments;
    request.values = argv + first;
    request.count = (size_t)(argc - first);
    if (order && request.key == NULL) {
        request.key = "";
    }
    return send_request(&remote, row, &request);
}

static void print_group(FILE *to, const struct remote_row *rows, size_t count, const char *title,
                        const char *purpose)
{
    (void)fprintf(to, "usage: seam %s COMMAND ...\n\n%s\n\n", title, purpose);
    for (size_t i = 0; i < count; i++) {
        char left[USAGE_SIZE + 32];
        char shown[USAGE_SIZE];
        (void)snprintf(left, sizeof left, "%s%s", rows[i].name,
                       arguments_show(shown, rows[i].arguments));
        (void)fprintf(to, "  %-38s %s\n", left, rows[i].help);
    }
}

int remote_group(const struct remote_row *rows, size_t count, const char *title,
                 const char *purpose, int argc, char **argv)
{
    if (argc >= 2) {
        for (size_t i = 0; i < count; i++) {
            if (strcmp(rows[i].name, argv[1]) == 0) {
                return remote_run(&rows[i], title, argc - 1, argv + 1);
            }
        }
    }
    const bool help = argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    print_group(help ? stdout : stderr, rows, count, title, purpose);
    return help ? TOOL_OK : TOOL_USAGE;
}
