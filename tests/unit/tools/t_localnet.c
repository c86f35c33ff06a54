/* SPDX-License-Identifier: Apache-2.0 */
/* Four real nodes on this machine: made, started, asked, one stopped and one killed and started
 * again, all stopped in order. The processes are this build's, so under sanitizers their ends are
 * checked, too. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/chain/certificate.h"
#include "ledger/chain/proof.h"
#include "ledger/codec/json_in.h"
#include "ledger/crypto/sign.h"
#include "tools/file.h"
#include "tools/http_client.h"
#include "tools/localnet.h"

#define NODES 4
#define READY_MS 600000
#define LOOK_MS 10
#define SEAMD SEAM_BINARY_DIR "/seamd"

static char dir[] = "/tmp/seam-localnet-XXXXXX";
static struct localnet net;
static struct err_detail detail;

static bool port_free(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const bool good = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return good;
}

static uint16_t free_base(void)
{
    for (uint32_t try = 0; try < 200; try++) {
        const uint16_t base = (uint16_t)(20000 + ((uint32_t)getpid() * 7 + try * 16) % 10000);
        bool all = true;
        for (uint16_t i = 0; i < NODES; i++) {
            all = all && port_free((uint16_t)(base + i)) &&
                  port_free((uint16_t)(base + LOCALNET_HTTP_OFFSET + i));
        }
        if (all) {
            return base;
        }
    }
    fail_msg("no free ports");
    return 0;
}

static void write_text(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

#define CHECK(call)                                                                                \
    do {                                                                                           \
        const enum err err_ = (call);                                                              \
        if (err_ != OK) {                                                                          \
            fail_msg("%s: %s %s %s", #call, err_name(err_), detail.field, detail.hint);            \
        }                                                                                          \
    } while (0)

static int setup(void **state)
{
    (void)state;
    char boundaries[64];
    if (sign_start() != OK || mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(boundaries, sizeof(boundaries), "%s/boundaries.json", dir);
    write_text(boundaries, "{\"facilities\": []}\n");
    return 0;
}

static void remove_all(const char *path, int depth)
{
    DIR *stream = depth > 5 ? NULL : opendir(path);
    if (stream == NULL) {
        unlink(path);
        return;
    }
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char inner[LOCALNET_PATH_MAX];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
            remove_all(inner, depth + 1);
        }
    }
    closedir(stream);
    rmdir(path);
}

static int teardown(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= net.nodes; i++) {
        (void)!localnet_stop(&net, i, &detail);
    }
    remove_all(dir, 0);
    return 0;
}

static void test_make(void **state)
{
    (void)state;
    char boundaries[64];
    char inner[64];
    snprintf(boundaries, sizeof(boundaries), "%s/boundaries.json", dir);
    snprintf(inner, sizeof(inner), "%s/net", dir);
    const struct localnet_plan plan = {
        .dir = inner, .boundaries = boundaries, .nodes = NODES, .base_port = free_base()};
    struct localnet_plan wrong = plan;
    wrong.nodes = 3;
    assert_int_equal(localnet_make(&net, &wrong, &detail), ERR_RANGE);
    wrong = plan;
    wrong.base_port = 80;
    assert_int_equal(localnet_make(&net, &wrong, &detail), ERR_RANGE);
    assert_int_equal(localnet_open(&net, inner, &detail), ERR_ABSENT);
    CHECK(localnet_make(&net, &plan, &detail));
    struct localnet found;
    CHECK(localnet_open(&found, inner, &detail));
    assert_int_equal(found.nodes, NODES);
    assert_string_equal(found.dir, net.dir);
    /* A second time nothing is overwritten. */
    assert_int_not_equal(localnet_make(&found, &plan, &detail), OK);
}

static void wait_all(void)
{
    for (uint32_t i = 1; i <= NODES; i++) {
        CHECK(localnet_wait(&net, i, READY_MS, &detail));
    }
}

/* A pause between two looks; false when too many were in vain, which is for a broken program. */
static bool look_again(uint32_t *waited_ms)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
    *waited_ms += LOOK_MS;
    return *waited_ms < READY_MS;
}

/* What a node is once it is ready. On a busy machine an answer takes longer than a look waits. */
static void look_ready(struct localnet_node *out, uint32_t number)
{
    CHECK(localnet_wait(&net, number, READY_MS, &detail));
    uint32_t waited_ms = 0;
    do {
        CHECK(localnet_look(out, &net, number, &detail));
    } while (out->state != LOCALNET_READY && look_again(&waited_ms));
    assert_int_equal(out->state, LOCALNET_READY);
}

static void test_up(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= NODES; i++) {
        struct localnet_node born;
        CHECK(localnet_start(&net, i, SEAMD, &detail));
        CHECK(localnet_look(&born, &net, i, &detail));
        assert_true(born.pid > 1); /* though it may not be the node yet */
    }
    wait_all();
    struct localnet_node before;
    struct localnet_node after;
    look_ready(&before, 1);
    assert_true(before.pid > 1);
    CHECK(localnet_start(&net, 1, SEAMD, &detail)); /* it runs: nothing happens */
    CHECK(localnet_look(&after, &net, 1, &detail));
    assert_int_equal(before.pid, after.pid);
    assert_int_equal(localnet_look(&after, &net, NODES + 1, &detail), ERR_RANGE);
    assert_int_equal(localnet_start(&net, 0, SEAMD, &detail), ERR_RANGE);
}

/* The same keys cannot run twice, whatever the configuration says. */
static void test_key_lock(void **state)
{
    (void)state;
    struct localnet copy = net;
    char path[LOCALNET_PATH_MAX];
    char command[5 * LOCALNET_PATH_MAX];
    CHECK(localnet_path(path, &copy, 1, "node.yaml"));
    snprintf(command, sizeof(command),
             "sed 's#/node-1/data#/other-data#' %s > %s.other && %s --config %s.other 2>/dev/null",
             path, path, SEAMD, path);
    const int status = system(command);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

/* --- a transaction of two persons, its proof from another node ----------------------------------
 */

static struct arena arena;

static struct http_reply call(uint32_t number, const char *token, const char *operation,
                              const char *request)
{
    struct localnet_node node;
    struct http_reply reply;
    char url[64];
    CHECK(localnet_look(&node, &net, number, &detail));
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", node.http_port);
    CHECK(http_call(&reply, url, token, operation, bytes_text(request), &detail));
    if (strcmp(reply.code, "000000") != 0) {
        fail_msg("%s: %s %s", operation, reply.code, reply.message);
    }
    return reply;
}

static const char *copied(const struct json_node *node)
{
    const char *text = json_node_text(node);
    assert_non_null(text);
    const char *copy = arena_text(&arena, text, strlen(text));
    assert_non_null(copy);
    return copy;
}

/* The token of platform `index` of a node: 0 prepares, 1 approves. */
static const char *token_of(uint32_t number, size_t index)
{
    char path[LOCALNET_PATH_MAX];
    char request[512];
    struct bytes text;
    struct json_doc *doc = NULL;
    CHECK(localnet_path(path, &net, number, "platforms.json"));
    CHECK(file_read(&text, path, 65536, &arena, &detail));
    CHECK(json_doc_read(&doc, text, 65536, &detail));
    const struct json_node *platform =
        json_node_at(json_node_get(json_doc_root(doc), "platforms"), index);
    snprintf(request, sizeof(request),
             "{\"platkey\": \"%s\", \"platkeysecret\": \"%s\", \"optype\": \"0\"}",
             json_node_text(json_node_get(platform, "platkey")),
             json_node_text(json_node_get(platform, "platkeysecret")));
    json_doc_free(doc);
    struct http_reply reply = call(number, NULL, "GetResourcePlatToken", request);
    const char *token = copied(json_node_get(reply.data, "access_token"));
    http_reply_free(&reply);
    return token;
}

/* Registers a person of the mine through node 1 and gives the transaction's id. */
static const char *register_person(const char *person)
{
    char request[256];
    snprintf(request, sizeof(request), "{\"person\": \"%s\", \"name\": \"a person\"}", person);
    struct http_reply reply = call(1, token_of(1, 0), "RegisterPerson", request);
    const char *draft = copied(json_node_get(reply.data, "draft"));
    assert_string_equal(json_node_text(json_node_get(reply.data, "state")),
                        "AWAITING_SECOND_PERSON");
    http_reply_free(&reply);
    snprintf(request, sizeof(request), "{\"draft\": \"%s\"}", draft);
    reply = call(1, token_of(1, 1), "ApproveDraft", request);
    assert_string_equal(json_node_text(json_node_get(reply.data, "state")), "FINAL");
    const char *transaction = copied(json_node_get(reply.data, "transaction"));
    http_reply_free(&reply);
    return transaction;
}

/* Waits until a node has the transaction: what is final at one is on its way to the others. */
static struct http_reply proof_from(uint32_t number, const char *transaction)
{
    char request[256];
    struct localnet_node node;
    struct http_reply reply = {0};
    char url[64];
    const char *token = token_of(number, 0);
    CHECK(localnet_look(&node, &net, number, &detail));
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", node.http_port);
    snprintf(request, sizeof(request), "{\"transaction\": \"%s\"}", transaction);
    uint32_t waited_ms = 0;
    do {
        CHECK(http_call(&reply, url, token, "GetProof", bytes_text(request), &detail));
        if (strcmp(reply.code, "000000") == 0) {
            return reply;
        }
        http_reply_free(&reply);
    } while (look_again(&waited_ms));
    fail_msg("node %u never had %s", number, transaction);
    return reply;
}

static void verify(struct http_reply *reply, const char *transaction, bool is_anchor)
{
    char path[LOCALNET_PATH_MAX + 16];
    struct bytes genesis;
    struct bytes proof;
    struct bytes text;
    struct proof_result result;
    char hex[2 * HASH_SIZE + 1];
    snprintf(path, sizeof(path), "%s/genesis.json", net.dir);
    CHECK(file_read(&text, path, 4 * LIMIT_GENESIS, &arena, &detail));
    CHECK(document_read(&genesis, &genesis_form, text, &arena, &detail));
    const char *certificate = copied(json_node_get(reply->data, "certificate"));
    CHECK(document_read(&proof, &certificate_form, bytes_text(certificate), &arena, &detail));
    assert_int_equal(proof_verify(&result, genesis, proof, &arena), PROOF_OK);
    hex_encode(hex, hash_bytes(&result.tx_id));
    assert_string_equal(hex, transaction);
    assert_int_equal(result.signer_count, 2);
    assert_true(result.anchor_signers >= 3);
    if (!is_anchor) {
        assert_true(result.subject.height < result.anchor.height);
    }
    http_reply_free(reply);
}

static void test_transaction(void **state)
{
    (void)state;
    arena_init(&arena, 4 * (size_t)PROOF_ARENA_SIZE);
    const char *first = register_person("mine.first");
    struct http_reply reply = proof_from(3, first);
    verify(&reply, first, true);
    const char *second = register_person("mine.second");
    reply = proof_from(3, second);
    verify(&reply, second, true);
    reply = proof_from(3, first);
    verify(&reply, first, false);
    arena_free(&arena);
}

static void test_stop_and_kill(void **state)
{
    (void)state;
    struct localnet_node node;
    CHECK(localnet_stop(&net, 2, &detail));
    CHECK(localnet_look(&node, &net, 2, &detail));
    assert_int_equal(node.state, LOCALNET_STOPPED);
    assert_int_equal(node.pid, 0);
    /* Three of four are a quorum. */
    look_ready(&node, 3);
    /* Two are not. */
    assert_int_equal(kill(node.pid, SIGKILL), 0);
    struct localnet_node other;
    uint32_t waited_ms = 0;
    do {
        CHECK(localnet_look(&other, &net, 1, &detail));
    } while (strstr(other.why, "validators in reach") == NULL && look_again(&waited_ms));
    assert_int_equal(other.state, LOCALNET_STARTING);
    assert_non_null(strstr(other.why, "validators in reach"));
    CHECK(localnet_start(&net, 2, SEAMD, &detail));
    CHECK(localnet_start(&net, 3, SEAMD, &detail));
    wait_all();
}

static void check_end(uint32_t number)
{
    char path[LOCALNET_PATH_MAX];
    char text[64 * 1024];
    CHECK(localnet_path(path, &net, number, "node.log"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    if (strstr(text, "Sanitizer") != NULL || strstr(text, "runtime error") != NULL ||
        strstr(text, "level=error") != NULL) {
        fail_msg("node %u:\n%s", number, text);
    }
    assert_non_null(strstr(text, "event=stopped exit=0"));
}

static void test_down(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= NODES; i++) {
        CHECK(localnet_stop(&net, i, &detail));
    }
    for (uint32_t i = 1; i <= NODES; i++) {
        check_end(i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),          cmocka_unit_test(test_up),
        cmocka_unit_test(test_key_lock),      cmocka_unit_test(test_transaction),
        cmocka_unit_test(test_stop_and_kill), cmocka_unit_test(test_down),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
