/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects are not followed and proxies of the environment are libcurl's business. A write waits
 * until it is final, so the whole call has a long limit and the connection a short one. */

#include "tools/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define CONNECT_SECONDS 10L
#define CALL_SECONDS 120L
#define URL_SIZE 1024
#define HEADER_SIZE_MAX 512

struct answer {
    char *data;
    size_t size;
};

static size_t collect(char *data, size_t unit, size_t count, void *context)
{
    struct answer *answer = context;
    const size_t size = unit * count;
    if (size > HTTP_CLIENT_ANSWER - answer->size) {
        return 0;
    }
    char *grown = realloc(answer->data, answer->size + size + 1);
    if (grown == NULL) {
        return 0;
    }
    memcpy(grown + answer->size, data, size);
    answer->data = grown;
    answer->size += size;
    answer->data[answer->size] = '\0';
    return size;
}

static enum err fail(struct err_detail *detail, enum err err, const char *node, const char *hint)
{
    return err_set(detail, err, node, NULL, NULL, hint);
}

static struct curl_slist *headers_of(const char *token)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (headers == NULL || token == NULL) {
        return headers;
    }
    char line[HEADER_SIZE_MAX];
    const int size = snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    struct curl_slist *both =
        size > 0 && (size_t)size < sizeof line ? curl_slist_append(headers, line) : NULL;
    if (both == NULL) {
        curl_slist_free_all(headers);
    }
    return both;
}

static enum err perform(struct answer *answer, long *status, const char *url,
                        struct curl_slist *headers, struct bytes request, char *why)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        return ERR_MEMORY;
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request.data);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.size);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, CALL_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    } else {
        (void)snprintf(why, CURL_ERROR_SIZE, "%s%s", curl_easy_strerror(code),
                       code == CURLE_COULDNT_CONNECT ? " (--node or SEAM_NODE names another)" : "");
    }
    curl_easy_cleanup(curl);
    return code == CURLE_OK ? OK : ERR_NO_QUORUM;
}

static enum err envelope(struct http_reply *reply, const struct answer *answer, const char *node,
                         struct err_detail *detail)
{
    struct json_doc *doc = NULL;
    struct err_detail inner = {0};
    if (json_doc_read(&doc, bytes_of(answer->data, answer->size), HTTP_CLIENT_ANSWER, &inner) !=
        OK) {
        return fail(detail, ERR_NO_QUORUM, node, "the answer is not that of a seam node");
    }
    const struct json_node *root = json_doc_root(doc);
    const char *code = json_node_text(json_node_get(root, "code"));
    const char *message = json_node_text(json_node_get(root, "message"));
    if (code == NULL || message == NULL) {
        json_doc_free(doc);
        return fail(detail, ERR_NO_QUORUM, node, "the answer is not that of a seam node");
    }
    reply->code = code;
    reply->message = message;
    reply->root = root;
    reply->data = json_node_get(root, "data");
    reply->doc = doc;
    return OK;
}

enum err http_call(struct http_reply *reply, const char *node, const char *token,
                   const char *operation, struct bytes request, struct err_detail *detail)
{
    char url[URL_SIZE];
    char why[CURL_ERROR_SIZE] = "";
    const size_t end = strlen(node);
    const int size = snprintf(url, sizeof url, "%s%sapi/v1/%s", node,
                              end > 0 && node[end - 1] == '/' ? "" : "/", operation);
    if (size < 0 || (size_t)size >= sizeof url ||
        (strncmp(node, "http://", 7) != 0 && strncmp(node, "https://", 8) != 0)) {
        return fail(detail, ERR_PARAM, node, "an address like http://127.0.0.1:32000");
    }
    struct curl_slist *headers = headers_of(token);
    if (headers == NULL) {
        return fail(detail, ERR_MEMORY, node, NULL);
    }
    struct answer answer = {0};
    struct http_reply out = {0};
    long status = 0;
    enum err err = perform(&answer, &status, url, headers, request, why);
    curl_slist_free_all(headers);
    if (err == OK) {
        out.status = (int)status;
        err = envelope(&out, &answer, node, detail);
    } else {
        (void)fail(detail, err, node, why);
    }
    free(answer.data);
    if (err == OK) {
        *reply = out;
    }
    return err;
}

void http_reply_free(struct http_reply *reply)
{
    json_doc_free(reply->doc);
    *reply = (struct http_reply){0};
}
