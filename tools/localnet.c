/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about a node is read from its directory each time; nothing is remembered between
 * two commands. A process counts as the node's only if its command line names the node's own
 * configuration: a number in a pid file may belong to somebody else by now. */
#include "tools/localnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/access.h"
#include "ledger/chain/types.h"
#include "ledger/codec/json_in.h"
#include "node/shell/config.h"
#include "node/shell/keystore.h"
#include "tools/file.h"
#include "tools/genesis_demo.h"

#define BUDGET ((size_t)16 << 20)
#define FILE_MAX ((size_t)4 << 20)
#define POLL_MS 100
#define GONE_LOOKS 5 /* another command's child may be on its way to become the node */
#define STOP_WAIT_MS 300000
#define ANSWER_MS 2000
#define ENVIRONMENT_MAX 256

/* --- places ------------------------------------------------------------------------------------
 */

enum err localnet_path(char out[LOCALNET_PATH_MAX], const struct localnet *net, uint32_t number,
                       const char *name)
{
    const int size =
        snprintf(out, LOCALNET_PATH_MAX, "%s/node-%u/%s", net->dir, (unsigned)number, name);
    return size > 0 && size < LOCALNET_PATH_MAX ? OK : ERR_LENGTH;
}

static bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static enum err absolute(char out[LOCALNET_PATH_MAX], const char *dir, struct err_detail *detail)
{
    char resolved[PATH_MAX];
    if (realpath(dir, resolved) == NULL || strlen(resolved) >= LOCALNET_PATH_MAX - 64) {
        return err_set(detail, ERR_ABSENT, dir, NULL, NULL, "there is no such directory");
    }
    memcpy(out, resolved, strlen(resolved) + 1);
    return OK;
}

enum err localnet_open(struct localnet *net, const char *dir, struct err_detail *detail)
{
    struct localnet found = {0};
    const enum err err = absolute(found.dir, dir, detail);
    if (err != OK) {
        return err;
    }
    char path[LOCALNET_PATH_MAX];
    while (found.nodes < LIMIT_VALIDATORS &&
           localnet_path(path, &found, found.nodes + 1, "node.yaml") == OK && file_exists(path)) {
        found.nodes++;
    }
    if (found.nodes == 0) {
        return err_set(detail, ERR_ABSENT, dir, NULL, NULL,
                       "there is no network here; seam localnet up makes one");
    }
    *net = found;
    return OK;
}

static enum err load(struct config *config, const struct localnet *net, uint32_t number,
                     struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX];
    if (number == 0 || number > net->nodes) {
        return err_set(detail, ERR_RANGE, "N", NULL, NULL, "there is no such node");
    }
    const enum err err = localnet_path(path, net, number, "node.yaml");
    return err == OK ? config_load(config, path, NULL, detail) : err;
}

/* --- making ------------------------------------------------------------------------------------
 */

static uint16_t peer_port(const struct localnet_plan *plan, uint32_t number)
{
    return (uint16_t)(plan->base_port + number - 1);
}

static enum err node_key(uint8_t out[SIGN_PUBLIC_SIZE], const struct localnet *net, uint32_t number,
                         struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX];
    struct keystore_info info;
    enum err err = localnet_path(path, net, number, "keys/" KEYSTORE_NODE_FILE);
    if (err == OK) {
        err = keystore_info(&info, path, detail);
    }
    if (err == OK) {
        memcpy(out, info.public_key, SIGN_PUBLIC_SIZE);
    }
    return err;
}

static enum err write_config(const struct localnet *net, const struct localnet_plan *plan,
                             uint32_t number, struct err_detail *detail)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return ERR_MEMORY;
    }
    fprintf(out,
            "name: node-%u\ndata_dir: \"%s/node-%u/data\"\nkey_dir: \"%s/node-%u/keys\"\n"
            "genesis: \"%s/genesis.json\"\npeer:\n  listen: 127.0.0.1:%u\nhttp:\n"
            "  listen: 127.0.0.1:%u\n  access: \"%s/node-%u/access.json\"\n"
            "  calls_per_second: 1000\npeers:\n",
            number, net->dir, number, net->dir, number, net->dir, peer_port(plan, number),
            peer_port(plan, number) + LOCALNET_HTTP_OFFSET, net->dir, number);
    enum err err = OK;
    for (uint32_t i = 1; err == OK && i <= net->nodes; i++) {
        uint8_t key[SIGN_PUBLIC_SIZE];
        char hex[2 * SIGN_PUBLIC_SIZE + 1];
        if (i == number) {
            continue;
        }
        err = node_key(key, net, i, detail);
        if (err == OK) {
            hex_encode(hex, bytes_of(key, sizeof(key)));
            fprintf(out, "  - address: 127.0.0.1:%u\n    node_key: %s\n", peer_port(plan, i), hex);
        }
    }
    fclose(out);
    char path[LOCALNET_PATH_MAX];
    if (err == OK) {
        err = localnet_path(path, net, number, "node.yaml");
    }
    if (err == OK) {
        err = file_write(path, bytes_of(text, size), false, detail);
    }
    free(text);
    return err;
}

/* Each person whose key lies with the node gets a platform, so that the first can submit and the
 * second approve through the interface. */
struct platforms {
    struct arena *arena;
    struct bytes access; /* text of access.json so far */
    struct json_out secrets;
};

static enum err add_platform(struct platforms *platforms, const struct localnet *net,
                             uint32_t number, const char *organisation, const char *person,
                             struct err_detail *detail)
{
    struct access_entry entry = {0};
    struct access_list list = {0};
    char secret[ACCESS_SECRET_SIZE + 1];
    snprintf(entry.organisation, sizeof(entry.organisation), "%s", organisation);
    snprintf(entry.name, sizeof(entry.name), "localnet %s", person == NULL ? "reader" : person);
    if (person != NULL) {
        char path[LOCALNET_PATH_MAX];
        char name[LIMIT_ID_TEXT + 16];
        struct keystore_info info;
        snprintf(entry.person, sizeof(entry.person), "%s", person);
        snprintf(name, sizeof(name), "keys/%s.key", person);
        enum err err = localnet_path(path, net, number, name);
        if (err == OK) {
            err = keystore_info(&info, path, detail);
        }
        if (err != OK) {
            return err;
        }
        entry.can_sign = true;
        sign_key_id(&entry.key_id, SUITE_ED25519_SHA256,
                    bytes_of(info.public_key, SIGN_PUBLIC_SIZE));
    }
    enum err err = access_read(&list, platforms->access, platforms->arena, detail);
    if (err == OK) {
        err = access_add(&platforms->access, &entry, secret, &list, platforms->arena);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(&platforms->secrets);
    json_out_field_text(&platforms->secrets, "person", person == NULL ? "" : person);
    json_out_field_text(&platforms->secrets, "organisation", organisation);
    json_out_field_text(&platforms->secrets, "platkey", entry.platkey);
    json_out_field_text(&platforms->secrets, "platkeysecret", secret);
    json_out_end(&platforms->secrets);
    return OK;
}

static enum err write_private(const struct localnet *net, uint32_t number, const char *name,
                              struct bytes text, struct err_detail *detail)
{
    char path[LOCALNET_PATH_MAX];
    enum err err = localnet_path(path, net, number, name);
    if (err == OK) {
        err = file_write(path, text, false, detail);
    }
    if (err == OK && chmod(path, 0600) != 0) {
        err = ERR_STORAGE;
    }
    return err;
}

static enum err fill_member(struct platforms *platforms, const struct localnet *net,
                            uint32_t number, const struct json_node *member,
                            struct err_detail *detail)
{
    const char *organisation = json_node_text(json_node_get(member, "organisation"));
    const struct json_node *persons = json_node_get(member, "persons");
    if (organisation == NULL) {
        return err_set(detail, ERR_MISSING, "nodes.json", NULL, NULL, "no organisation");
    }
    enum err err = OK;
    for (size_t i = 0; err == OK && i < json_node_count(persons); i++) {
        err = add_platform(platforms, net, number, organisation,
                           json_node_text(json_node_at(persons, i)), detail);
    }
    return err;
}

/* A node without people's keys is for readers. */
static enum err fill_platforms(struct platforms *platforms, const struct localnet *net,
                               uint32_t number, const struct json_node *node,
                               struct err_detail *detail)
{
    const char *organisation = json_node_text(json_node_get(node, "organisation"));
    const struct json_node *members = json_node_get(node, "members");
    if (organisation == NULL) {
        return err_set(detail, ERR_MISSING, "nodes.json", NULL, NULL, "no organisation");
    }
    enum err err = OK;
    for (size_t i = 0; err == OK && i < json_node_count(members); i++) {
        err = fill_member(platforms, net, number, json_node_at(members, i), detail);
    }
    if (err == OK && json_node_count(members) == 0) {
        err = add_platform(platforms, net, number, organisation, NULL, detail);
    }
    return err;
}

static enum err write_platforms(const struct localnet *net, uint32_t number,
                                const struct json_node *node, struct err_detail *detail)
{
    struct arena arena;
    struct bytes text;
    arena_init(&arena, BUDGET);
    struct platforms platforms = {.arena = &arena};
    json_out_init(&platforms.secrets, JSON_OUT_INDENT, FILE_MAX);
    json_out_object(&platforms.secrets);
    json_out_field_array(&platforms.secrets, "platforms");
    enum err err = fill_platforms(&platforms, net, number, node, detail);
    json_out_end(&platforms.secrets);
    json_out_end(&platforms.secrets);
    if (err == OK) {
        err = json_out_finish(&platforms.secrets, &text);
    }
    if (err == OK) {
        err = write_private(net, number, "platforms.json", text, detail);
    }
    if (err == OK) {
        err = write_private(net, number, "access.json", platforms.access, detail);
    }
    json_out_free(&platforms.secrets);
    arena_free(&arena);
    return err;
}

static enum err complete(const struct localnet *net, const struct localnet_plan *plan,
                         struct err_detail *detail)
{
    struct arena arena;
    struct bytes text;
    struct json_doc *doc = NULL;
    char path[LOCALNET_PATH_MAX + 16];
    arena_init(&arena, BUDGET);
    snprintf(path, sizeof(path), "%s/nodes.json", net->dir);
    enum err err = file_read(&text, path, FILE_MAX, &arena, detail);
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, detail);
    }
    for (uint32_t i = 1; err == OK && i <= net->nodes; i++) {
        const struct json_node *nodes = json_node_get(json_doc_root(doc), "nodes");
        err = write_platforms(net, i, json_node_at(nodes, i - 1), detail);
    }
    /* Configurations last: a directory with one counts as a network. */
    for (uint32_t i = net->nodes; err == OK && i >= 1; i--) {
        err = write_config(net, plan, i, detail);
    }
    json_doc_free(doc);
    arena_free(&arena);
    return err;
}

enum err localnet_make(struct localnet *net, const struct localnet_plan *plan,
                       struct err_detail *detail)
{
    struct localnet made = {.nodes = plan->nodes};
    if (plan->nodes < LIMIT_VALIDATORS_MIN || plan->nodes > LIMIT_VALIDATORS) {
        return err_set(detail, ERR_RANGE, "nodes", NULL, "4..64", NULL);
    }
    if (plan->base_port < 1024 || plan->base_port > 65535 - LOCALNET_HTTP_OFFSET - 64) {
        return err_set(detail, ERR_RANGE, "base-port", NULL, "1024..64471", NULL);
    }
    if (mkdir(plan->dir, 0700) != 0 && errno != EEXIST) {
        return err_set(detail, ERR_STORAGE, plan->dir, NULL, NULL, "the directory cannot be made");
    }
    enum err err = absolute(made.dir, plan->dir, detail);
    if (err != OK) {
        return err;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const struct genesis_demo demo = {
        .dir = made.dir,
        .network = "localnet",
        .boundaries = plan->boundaries,
        .time_ms = (uint64_t)now.tv_sec * 1000,
        .nodes = plan->nodes,
    };
    err = genesis_demo_make(&demo, detail);
    if (err == OK) {
        err = complete(&made, plan, detail);
    }
    if (err == OK) {
        *net = made;
    }
    return err;
}

/* --- processes ---------------------------------------------------------------------------------
 */

static void sleep_ms(uint32_t ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&wait, &wait) != 0 && errno == EINTR) {
    }
}

/* Reads a small file into a NUL-terminated text. Returns its size, 0 when there is none. */
static size_t read_small(const char *path, char *out, size_t room)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    const ssize_t got = read(fd, out, room - 1);
    close(fd);
    out[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

/* The node's running process, or 0. */
static pid_t running(const struct localnet *net, uint32_t number)
{
    char path[LOCALNET_PATH_MAX];
    char config[LOCALNET_PATH_MAX];
    char text[4096];
    if (localnet_path(path, net, number, "pid") != OK ||
        localnet_path(config, net, number, "node.yaml") != OK ||
        read_small(path, text, sizeof(text)) == 0) {
        return 0;
    }
    const long pid = strtol(text, NULL, 10);
    if (pid <= 1) {
        return 0;
    }
    /* A child of this very command, perhaps still on its way to become the node; or one that has
     * ended. */
    if (waitpid((pid_t)pid, NULL, WNOHANG) == 0) {
        return (pid_t)pid;
    }
    snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
    const size_t size = read_small(path, text, sizeof(text));
    for (size_t at = 0; at < size; at += strlen(text + at) + 1) {
        if (strcmp(text + at, config) == 0) {
            return (pid_t)pid;
        }
    }
    return 0;
}

static void become_node(const char *seamd, const char *config, const char *log)
{
    sigset_t none;
    setsid();
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* the caller's is the command line's */
    const int null = open("/dev/null", O_RDONLY);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null < 0 || out < 0) {
        _exit(127);
    }
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    char *arguments[] = {(char *)(uintptr_t)seamd, (char *)(uintptr_t) "--config",
                         (char *)(uintptr_t)config, NULL};
    /* The caller's SEAM_ variables are the command line's, not the node's. */
    char *environment[ENVIRONMENT_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; environ[i] != NULL && count < ENVIRONMENT_MAX; i++) {
        if (strncmp(environ[i], "SEAM_", 5) != 0) {
            environment[count++] = environ[i];
        }
    }
    environment[count] = NULL;
    execve(seamd, arguments, environment);
    _exit(127);
}

enum err localnet_start(const struct localnet *net, uint32_t number, const char *seamd,
                        struct err_detail *detail)
{
    char config[LOCALNET_PATH_MAX];
    char log[LOCALNET_PATH_MAX];
    char path[LOCALNET_PATH_MAX];
    if (number == 0 || number > net->nodes) {
        return err_set(detail, ERR_RANGE, "N", NULL, NULL, "there is no such node");
    }
    if (access(seamd, X_OK) != 0) {
        return err_set(detail, ERR_ABSENT, seamd, NULL, NULL, "the seamd program is not there");
    }
    if (running(net, number) != 0) {
        return OK;
    }
    if (localnet_path(config, net, number, "node.yaml") != OK ||
        localnet_path(log, net, number, "node.log") != OK ||
        localnet_path(path, net, number, "pid") != OK) {
        return ERR_LENGTH;
    }
    const pid_t pid = fork();
    if (pid < 0) {
        return err_set(detail, ERR_MEMORY, NULL, NULL, NULL, "no new process");
    }
    if (pid == 0) {
        become_node(seamd, config, log);
    }
    char text[32];
    snprintf(text, sizeof(text), "%ld\n", (long)pid);
    return file_write(path, bytes_text(text), true, detail);
}

/* --- asking ------------------------------------------------------------------------------------
 */

/* GET of one page of a node on this machine; the body's text into out. Returns the HTTP status, 0
 * when nobody answers. */
static int get_page(uint16_t port, const char *page, char *out, size_t room)
{
    const struct timeval patience = {.tv_sec = ANSWER_MS / 1000};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char request[128];
    char answer[4096];
    int status = 0;
    size_t got = 0;
    out[0] = '\0';
    if (fd < 0) {
        return 0;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    const int size =
        snprintf(request, sizeof(request),
                 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n", page, port);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        send(fd, request, (size_t)size, MSG_NOSIGNAL) == size) {
        ssize_t n = 1;
        while (n > 0 && got < sizeof(answer) - 1) {
            n = recv(fd, answer + got, sizeof(answer) - 1 - got, 0);
            got += n > 0 ? (size_t)n : 0;
        }
    }
    close(fd);
    answer[got] = '\0';
    if (got > 12 && strncmp(answer, "HTTP/1.1 ", 9) == 0) {
        status = (int)strtol(answer + 9, NULL, 10);
        const char *body = strstr(answer, "\r\n\r\n");
        snprintf(out, room, "%s", body == NULL ? "" : body + 4);
    }
    return status;
}

enum err localnet_look(struct localnet_node *out, const struct localnet *net, uint32_t number,
                       struct err_detail *detail)
{
    struct config *config = malloc(sizeof(*config));
    if (config == NULL) {
        return ERR_MEMORY;
    }
    const enum err err = load(config, net, number, detail);
    if (err == OK) {
        *out = (struct localnet_node){.number = number,
                                      .pid = running(net, number),
                                      .http_port = config->http_listen.port,
                                      .peer_port = config->peer_listen.port};
        if (out->pid != 0) {
            const int status = get_page(out->http_port, "/readyz", out->why, sizeof(out->why));
            out->state = status == 200 ? LOCALNET_READY : LOCALNET_STARTING;
        }
        out->why[strcspn(out->why, "\r\n")] = '\0';
    }
    free(config);
    return err;
}

enum err localnet_wait(const struct localnet *net, uint32_t number, uint32_t wait_ms,
                       struct err_detail *detail)
{
    struct localnet_node node = {0};
    uint32_t gone = 0;
    for (uint32_t waited = 0; waited <= wait_ms; waited += POLL_MS) {
        const enum err err = localnet_look(&node, net, number, detail);
        if (err != OK) {
            return err;
        }
        if (node.state == LOCALNET_READY) {
            return OK;
        }
        gone = node.pid == 0 ? gone + 1 : 0;
        if (gone > GONE_LOOKS) {
            return err_set(detail, ERR_CLOSED, "node", NULL, NULL,
                           "its process has ended; see node.log in its directory");
        }
        sleep_ms(POLL_MS);
    }
    return err_set(detail, ERR_BUSY, "node", NULL, NULL,
                   node.why[0] != '\0' ? node.why : "it does not answer; see its node.log");
}

enum err localnet_stop(const struct localnet *net, uint32_t number, struct err_detail *detail)
{
    if (number == 0 || number > net->nodes) {
        return err_set(detail, ERR_RANGE, "N", NULL, NULL, "there is no such node");
    }
    const pid_t pid = running(net, number);
    if (pid == 0) {
        return OK;
    }
    if (kill(pid, SIGTERM) != 0 && errno != ESRCH) {
        return err_set(detail, ERR_ROLE, "node", NULL, NULL, "the process is not ours");
    }
    for (uint32_t waited = 0; waited < STOP_WAIT_MS; waited += POLL_MS) {
        if (running(net, number) == 0) {
            char path[LOCALNET_PATH_MAX];
            if (localnet_path(path, net, number, "pid") == OK) {
                unlink(path);
            }
            return OK;
        }
        sleep_ms(POLL_MS);
    }
    return err_set(detail, ERR_BUSY, "node", NULL, NULL, "it does not end");
}

void localnet_seamd(char out[LOCALNET_PATH_MAX], const char *given)
{
    if (given != NULL) {
        snprintf(out, LOCALNET_PATH_MAX, "%s", given);
        return;
    }
    const ssize_t size = readlink("/proc/self/exe", out, LOCALNET_PATH_MAX - 16);
    out[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(out, '/');
    snprintf(slash == NULL ? out : slash + 1, 16, "seamd");
}
