/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/localnet_token.h"

#include <stdio.h>
#include <string.h>

#include "ledger/codec/json_in.h"
#include "ledger/codec/json_out.h"
#include "tools/file.h"
#include "tools/http_client.h"

#define FILE_MAX ((size_t)1 << 20)

static bool is_text(const struct json_node *node, const char *key, const char *wanted)
{
    const char *text = json_node_text(json_node_get(node, key));
    return text != NULL && strcmp(text, wanted) == 0;
}

/* The person "preparer" of the member "mine" is "mine.preparer". */
static bool person_fits(const struct json_node *entry, const char *person)
{
    const char *name = json_node_text(json_node_get(entry, "person"));
    const char *dot = name == NULL ? NULL : strrchr(name, '.');
    return name != NULL &&
           (strcmp(name, person) == 0 || (dot != NULL && strcmp(dot + 1, person) == 0));
}

static const struct json_node *platform_of(const struct json_doc *doc,
                                           const struct localnet_person *of)
{
    const struct json_node *list = json_node_get(json_doc_root(doc), "platforms");
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *entry = json_node_at(list, i);
        if ((of->member == NULL || is_text(entry, "organisation", of->member)) &&
            (of->person == NULL || person_fits(entry, of->person))) {
            return entry;
        }
    }
    return NULL;
}

static enum err ask(char *out, const struct localnet_node *node, const struct json_node *platform,
                    struct err_detail *detail)
{
    struct json_out text;
    struct bytes request;
    struct http_reply reply;
    char url[48];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", node->http_port);
    json_out_init(&text, JSON_OUT_COMPACT, 4096);
    json_out_object(&text);
    json_out_field_text(&text, "platkey", json_node_text(json_node_get(platform, "platkey")));
    json_out_field_text(&text, "platkeysecret",
                        json_node_text(json_node_get(platform, "platkeysecret")));
    json_out_field_text(&text, "optype", "0");
    json_out_end(&text);
    enum err err = json_out_finish(&text, &request);
    if (err == OK) {
        err = http_call(&reply, url, NULL, "GetResourcePlatToken", request, detail);
    }
    if (err == OK) {
        const char *token = json_node_text(json_node_get(reply.data, "access_token"));
        if (token != NULL && strlen(token) < LOCALNET_TOKEN_MAX) {
            (void)snprintf(out, LOCALNET_TOKEN_MAX, "%s", token);
        } else {
            err = err_set(detail, ERR_TOKEN, "token", NULL, NULL, reply.message);
        }
        http_reply_free(&reply);
    }
    json_out_free(&text);
    return err;
}

/* A token of node n. ERR_ABSENT without a detail: nobody there fits. */
static enum err token_of(char *out, const struct localnet *net, uint32_t n,
                         const struct localnet_person *of, struct err_detail *detail)
{
    struct localnet_node node;
    struct arena arena;
    struct bytes text;
    struct json_doc *doc = NULL;
    char path[LOCALNET_PATH_MAX];
    arena_init(&arena, FILE_MAX);
    enum err err = localnet_look(&node, net, n, detail);
    if (err == OK) {
        err = localnet_path(path, net, n, "platforms.json");
    }
    if (err == OK) {
        err = file_read(&text, path, FILE_MAX / 4, &arena, detail);
    }
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX / 4, detail);
    }
    if (err == OK) {
        const struct json_node *platform = platform_of(doc, of);
        err = platform == NULL ? err_set(detail, ERR_ABSENT, "person", NULL, NULL,
                                         "no such person of that member signs at this node")
                               : ask(out, &node, platform, detail);
    }
    json_doc_free(doc);
    arena_free(&arena);
    return err;
}

enum err localnet_token(char out[LOCALNET_TOKEN_MAX], const struct localnet *net, uint32_t n,
                        const struct localnet_person *of, struct err_detail *detail)
{
    if (n != 0) {
        return token_of(out, net, n, of, detail);
    }
    enum err err = ERR_ABSENT;
    for (uint32_t i = 1; err == ERR_ABSENT && i <= net->nodes; i++) {
        err = token_of(out, net, i, of, detail);
    }
    return err;
}
