/* SPDX-License-Identifier: Apache-2.0 */
/* Every scalar of the document is a text and goes through one table of rows {key, text, parser},
 * the same for the file and for the environment. */
#include "node/shell/config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/base/num.h"
#include "node/shell/config_yaml.h"

/* --- values ------------------------------------------------------------------------------------
 */

/* Digits only, no sign, no leading zero, min..max. */
static enum err parse_number(uint64_t *out, const char *text, uint64_t min, uint64_t max)
{
    uint64_t value = 0;
    if (!num_parse_u64(&value, bytes_text(text), max) || value < min) {
        return ERR_RANGE;
    }
    *out = value;
    return OK;
}

bool config_allows(const struct config *config, const uint8_t address[16])
{
    if (config->allow_count == 0) {
        return true;
    }
    for (size_t i = 0; i < config->allow_count; i++) {
        if (address_block_has(&config->allow[i], address)) {
            return true;
        }
    }
    return false;
}

/* --- settings ----------------------------------------------------------------------------------
 */

enum setting_kind {
    SETTING_ID, /* lower-case id */
    SETTING_PATH, /* absolute */
    SETTING_ADDRESS,
    SETTING_NUMBER32,
    SETTING_NUMBER64,
    SETTING_BOOL,
    SETTING_LEVEL,
    SETTING_FORMAT
};

struct setting {
    const char *key; /* in messages: "http.listen" */
    const char *environment; /* SEAM_HTTP_LISTEN */
    size_t yaml; /* offset of the char * in struct yaml_config */
    size_t target; /* offset in struct config */
    enum setting_kind kind;
    bool required;
    uint64_t min;
    uint64_t max;
    const char *expected;
};

#define AT(member) offsetof(struct yaml_config, member), offsetof(struct config, member)
#define PAIR(from, to) offsetof(struct yaml_config, from), offsetof(struct config, to)

static const char an_address[] = "a numeric address and port, as 127.0.0.1:31000 or [::1]:31000";
static const char a_path[] = "an absolute path";

static const struct setting settings[] = {
    {"name", "SEAM_NAME", AT(name), SETTING_ID, false, 0, 0, "1 to 64 of a-z 0-9 . _ -"},
    {"data_dir", "SEAM_DATA_DIR", AT(data_dir), SETTING_PATH, true, 0, 0, a_path},
    {"key_dir", "SEAM_KEY_DIR", AT(key_dir), SETTING_PATH, true, 0, 0, a_path},
    {"genesis", "SEAM_GENESIS", AT(genesis), SETTING_PATH, true, 0, 0, a_path},
    {"passphrase_file", "SEAM_PASSPHRASE_FILE", AT(passphrase_file), SETTING_PATH, false, 0, 0,
     a_path},
    {"peer.listen", "SEAM_PEER_LISTEN", PAIR(peer.listen, peer_listen), SETTING_ADDRESS, true, 0, 0,
     an_address},
    {"http.listen", "SEAM_HTTP_LISTEN", PAIR(http.listen, http_listen), SETTING_ADDRESS, false, 0,
     0, an_address},
    {"http.proxy", "SEAM_HTTP_PROXY", PAIR(http.proxy, http_proxy), SETTING_BOOL, false, 0, 0,
     "true or false"},
    {"http.threads", "SEAM_HTTP_THREADS", PAIR(http.threads, http_threads), SETTING_NUMBER32, false,
     1, 64, "1..64"},
    {"http.access", "SEAM_HTTP_ACCESS", PAIR(http.access, http_access), SETTING_PATH, false, 0, 0,
     a_path},
    {"http.calls_per_second", "SEAM_HTTP_CALLS_PER_SECOND",
     PAIR(http.calls_per_second, http_calls_per_second), SETTING_NUMBER32, false, 1, 1000000,
     "1..1000000"},
    {"metrics.public", "SEAM_METRICS_PUBLIC", PAIR(metrics.is_public, metrics_public), SETTING_BOOL,
     false, 0, 0, "true or false"},
    {"log.level", "SEAM_LOG_LEVEL", PAIR(log.level, log_level), SETTING_LEVEL, false, 0, 0,
     "error, warn, info or debug"},
    {"log.format", "SEAM_LOG_FORMAT", PAIR(log.format, log_format), SETTING_FORMAT, false, 0, 0,
     "logfmt or json"},
    {"limits.mempool_bytes", "SEAM_LIMITS_MEMPOOL_BYTES", PAIR(limits.mempool_bytes, mempool_bytes),
     SETTING_NUMBER64, false, 1 << 20, 1ull << 34, "1048576..17179869184"},
    {"limits.mempool_count", "SEAM_LIMITS_MEMPOOL_COUNT", PAIR(limits.mempool_count, mempool_count),
     SETTING_NUMBER64, false, 100, 10000000, "100..10000000"},
    {"limits.peer_queue_bytes", "SEAM_LIMITS_PEER_QUEUE_BYTES",
     PAIR(limits.peer_queue_bytes, peer_queue_bytes), SETTING_NUMBER64, false, 2 * LIMIT_PEER_FRAME,
     1ull << 30, "8388608..1073741824"},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

/* Variables of the command line and the build, which may be set in the same shell. */
static const char *const foreign[] = {"SEAM_NODE",   "SEAM_KEY",     "SEAM_TOKEN",
                                      "SEAM_CONFIG", "SEAM_VERSION", "SEAM_BIN"};

static bool id_valid(const char *text)
{
    const size_t size = strlen(text);
    if (size == 0 || size > LIMIT_ID_TEXT) {
        return false;
    }
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static enum err set_word(int *out, const char *text, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return OK;
        }
    }
    return ERR_ENUM;
}

static enum err setting_parse(struct config *config, const struct setting *setting,
                              const char *text)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    static const char *const truths[] = {"false", "true"};
    static const char *const formats[] = {"logfmt", "json"};
    void *target = (char *)config + setting->target;
    uint64_t number = 0;
    int word = 0;
    enum err err = OK;
    switch (setting->kind) {
    case SETTING_ID:
        if (!id_valid(text)) {
            return ERR_PARAM;
        }
        memcpy(target, text, strlen(text) + 1);
        return OK;
    case SETTING_PATH:
        if (text[0] != '/' || strlen(text) >= CONFIG_PATH_MAX) {
            return ERR_PARAM;
        }
        memcpy(target, text, strlen(text) + 1);
        return OK;
    case SETTING_ADDRESS:
        return address_parse(target, text);
    case SETTING_NUMBER32:
        err = parse_number(&number, text, setting->min, setting->max);
        if (err == OK) {
            *(uint32_t *)target = (uint32_t)number;
        }
        return err;
    case SETTING_NUMBER64:
        err = parse_number(&number, text, setting->min, setting->max);
        if (err == OK) {
            *(uint64_t *)target = number;
        }
        return err;
    case SETTING_BOOL:
        err = set_word(&word, text, truths, 2);
        if (err == OK) {
            *(bool *)target = word == 1;
        }
        return err;
    case SETTING_LEVEL:
        err = set_word(&word, text, levels, 4);
        if (err == OK) {
            *(enum config_log_level *)target = (enum config_log_level)word;
        }
        return err;
    case SETTING_FORMAT:
        err = set_word(&word, text, formats, 2);
        if (err == OK) {
            *(enum config_log_format *)target = (enum config_log_format)word;
        }
        return err;
    }
    return ERR_INTERNAL;
}

static enum err apply_settings(struct config *config, bool seen[SETTING_COUNT],
                               const struct yaml_config *yaml, struct err_detail *detail)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *text = *(char *const *)((const char *)yaml + settings[i].yaml);
        if (text == NULL) {
            continue;
        }
        const enum err err = setting_parse(config, &settings[i], text);
        if (err != OK) {
            return err_set(detail, err, settings[i].key, NULL, settings[i].expected, NULL);
        }
        seen[i] = true;
    }
    return OK;
}

static enum err apply_variable(struct config *config, bool seen[SETTING_COUNT],
                               const char *variable, struct err_detail *detail)
{
    const char *equals = strchr(variable, '=');
    if (strncmp(variable, "SEAM_", 5) != 0 || equals == NULL) {
        return OK;
    }
    const size_t size = (size_t)(equals - variable);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strlen(settings[i].environment) == size &&
            memcmp(settings[i].environment, variable, size) == 0) {
            const enum err err = setting_parse(config, &settings[i], equals + 1);
            if (err != OK) {
                return err_set(detail, err, settings[i].environment, NULL, settings[i].expected,
                               "from the environment");
            }
            seen[i] = true;
            return OK;
        }
    }
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        if (strlen(foreign[i]) == size && memcmp(foreign[i], variable, size) == 0) {
            return OK;
        }
    }
    char name[96];
    snprintf(name, sizeof(name), "%.*s", (int)(size < 90 ? size : 90), variable);
    return err_set(detail, ERR_UNKNOWN_FIELD, name, NULL, NULL,
                   "this environment variable has no meaning; unset it");
}

static enum err apply_peers(struct config *config, const struct yaml_config *yaml,
                            struct err_detail *detail)
{
    for (unsigned i = 0; i < yaml->peers_count; i++) {
        char field[32];
        struct config_peer *peer = &config->peers[i];
        snprintf(field, sizeof(field), "peers[%u].address", i);
        if (yaml->peers[i].address == NULL) {
            return err_set(detail, ERR_MISSING, field, NULL, an_address, NULL);
        }
        if (address_parse(&peer->address, yaml->peers[i].address) != OK) {
            return err_set(detail, ERR_PARAM, field, NULL, an_address, NULL);
        }
        snprintf(field, sizeof(field), "peers[%u].node_key", i);
        if (yaml->peers[i].node_key == NULL) {
            return err_set(detail, ERR_MISSING, field, NULL, "64 hex digits", NULL);
        }
        if (!hex_decode(peer->node_key, sizeof(peer->node_key),
                        bytes_text(yaml->peers[i].node_key))) {
            return err_set(detail, ERR_PARAM, field, NULL, "64 hex digits", NULL);
        }
        for (unsigned j = 0; j < i; j++) {
            if (memcmp(config->peers[j].node_key, peer->node_key, 32) == 0) {
                return err_set(detail, ERR_TWICE, field, NULL, NULL, "this node is listed twice");
            }
        }
    }
    config->peer_count = yaml->peers_count;
    for (unsigned i = 0; i < yaml->http.allow_count; i++) {
        if (address_block_parse(&config->allow[i], yaml->http.allow[i]) != OK) {
            return err_set(detail, ERR_PARAM, "http.allow", NULL,
                           "addresses or networks, as 10.0.0.0/8", NULL);
        }
    }
    config->allow_count = yaml->http.allow_count;
    return OK;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static void defaults(struct config *config)
{
    memset(config, 0, sizeof(*config));
    config->http_threads = 2;
    config->http_calls_per_second = 10;
    config->log_level = CONFIG_LOG_INFO;
    config->log_format = CONFIG_LOG_LOGFMT;
    config->mempool_bytes = 64 * 1024 * 1024;
    config->mempool_count = 20000;
    config->peer_queue_bytes = 4 * LIMIT_PEER_FRAME;
}

/* Resolves what exists of a path, so that neither ".." nor a link leads into the data directory. */
static void resolve(char out[PATH_MAX], const char *path)
{
    char head[CONFIG_PATH_MAX];
    snprintf(head, sizeof(head), "%s", path);
    char tail[CONFIG_PATH_MAX] = "";
    /* Bounded: each turn cuts one component of head. */
    while (realpath(head, out) == NULL) {
        char *slash = strrchr(head, '/');
        if (slash == NULL || slash == head) {
            snprintf(out, PATH_MAX, "%s", path);
            return;
        }
        char longer[CONFIG_PATH_MAX];
        snprintf(longer, sizeof(longer), "%s%.*s", slash, (int)(sizeof(longer) / 2), tail);
        memcpy(tail, longer, sizeof(tail));
        *slash = '\0';
    }
    const size_t used = strlen(out);
    snprintf(out + used, PATH_MAX - used, "%s", tail);
}

static bool path_inside(const char *inner, const char *outer)
{
    char a[PATH_MAX];
    char b[PATH_MAX];
    resolve(a, inner);
    resolve(b, outer);
    const size_t size = strlen(b);
    return strncmp(a, b, size) == 0 && (a[size] == '/' || a[size] == '\0');
}

static enum err check_whole(struct config *config, const bool seen[SETTING_COUNT],
                            struct err_detail *detail)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (settings[i].required && !seen[i]) {
            return err_set(detail, ERR_MISSING, settings[i].key, NULL, settings[i].expected, NULL);
        }
    }
    if (path_inside(config->key_dir, config->data_dir)) {
        return err_set(detail, ERR_CONFLICT, "key_dir", "D6", "outside data_dir",
                       "a copy of the data directory must never carry the signer's slots");
    }
    /* Tokens and lines travel in clear text, so only what stays on this machine may carry them. */
    if (config->http_listen.host[0] != '\0' && !address_is_loopback(config->http_listen.host)) {
        return err_set(detail, ERR_PARAM, "http.listen", "KSSJ 9.2.2",
                       "a loopback address, as 127.0.0.1:32000",
                       "the interface is plain HTTP: put a TLS proxy on this machine in front");
    }
    if (config->http_listen.port == config->peer_listen.port &&
        strcmp(config->http_listen.host, config->peer_listen.host) == 0) {
        return err_set(detail, ERR_CONFLICT, "http.listen", NULL, NULL,
                       "peer.listen has the same address");
    }
    if (config->name[0] == '\0') {
        snprintf(config->name, sizeof(config->name), "node-%u", config->peer_listen.port);
    }
    return OK;
}

static enum err apply(struct config *config, const struct yaml_config *yaml,
                      char *const *environment, struct err_detail *detail)
{
    bool seen[SETTING_COUNT] = {false};
    enum err err = apply_settings(config, seen, yaml, detail);
    if (err == OK) {
        err = apply_peers(config, yaml, detail);
    }
    for (size_t i = 0; err == OK && environment != NULL && environment[i] != NULL; i++) {
        err = apply_variable(config, seen, environment[i], detail);
    }
    return err == OK ? check_whole(config, seen, detail) : err;
}

enum err config_parse(struct config *out, struct bytes text, char *const *environment,
                      struct err_detail *detail)
{
    assert(out != NULL);
    if (text.size == 0) {
        return err_set(detail, ERR_PARSE, "config", NULL, NULL, "the file is empty");
    }
    struct yaml_config *yaml = NULL;
    enum err err = config_yaml_load(&yaml, text, detail);
    if (err != OK) {
        return err;
    }
    struct config *config = malloc(sizeof(*config));
    if (config == NULL) {
        err = ERR_MEMORY;
    } else {
        defaults(config);
        err = apply(config, yaml, environment, detail);
    }
    if (err == OK) {
        *out = *config;
    }
    free(config);
    config_yaml_free(yaml);
    return err;
}

enum err config_load(struct config *config, const char *path, char *const *environment,
                     struct err_detail *detail)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(detail, ERR_ABSENT, path, NULL, NULL, "the file cannot be opened");
    }
    uint8_t *text = malloc(CONFIG_FILE_MAX);
    size_t got = 0;
    ssize_t n = text == NULL ? -1 : 1;
    while (n > 0 && got < CONFIG_FILE_MAX) {
        n = read(fd, text + got, CONFIG_FILE_MAX - got);
        if (n < 0 && errno == EINTR) {
            n = 1;
            continue;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    enum err err = OK;
    if (n < 0) {
        err = err_set(detail, ERR_STORAGE, path, NULL, NULL, "the file cannot be read");
    } else if (got == CONFIG_FILE_MAX) {
        err = err_set(detail, ERR_TOO_LARGE, path, NULL, NULL, "no configuration is that long");
    } else {
        err = config_parse(config, bytes_of(text, got), environment, detail);
    }
    free(text);
    return err;
}

static const char sample[] =
    "# Configuration of seamd. Each setting may also come from the environment, which goes above\n"
    "# the file: http.listen is SEAM_HTTP_LISTEN. What is not known here is refused.\n"
    "\n"
    "name: mine-a                      # in log lines\n"
    "data_dir: /var/lib/seam           # everything a node can rebuild or sync again\n"
    "key_dir: /etc/seam/keys           # validator.key, signer.state, node.key, <person>.key;\n"
    "                                  # never inside data_dir, never in a backup\n"
    "genesis: /etc/seam/genesis.json\n"
    "# passphrase_file: /run/credentials/seamd.service/passphrase\n"
    "\n"
    "peer:\n"
    "  listen: 0.0.0.0:31000           # numeric addresses only\n"
    "peers:                            # every other node: where it is and its node key\n"
    "  - address: 192.0.2.10:31000\n"
    "    node_key: 0000000000000000000000000000000000000000000000000000000000000001\n"
    "\n"
    "http:\n"
    "  listen: 127.0.0.1:32000         # loopback only, for others put a TLS proxy in front;\n"
    "                                  # absent: no interface\n"
    "  proxy: false                    # true: that proxy adds the client to X-Forwarded-For;\n"
    "                                  # else all its clients have one address\n"
    "  threads: 2\n"
    "  access: /etc/seam/access.json   # made by: seam access add\n"
    "  calls_per_second: 10            # of one address on one interface\n"
    "  allow: [\"127.0.0.0/8\", \"10.0.0.0/8\"]   # empty: every address\n"
    "\n"
    "metrics:\n"
    "  public: false                   # true: /metrics answers every address, not loopback only\n"
    "\n"
    "log:\n"
    "  level: info                     # error, warn, info, debug\n"
    "  format: logfmt                  # logfmt, json\n"
    "\n"
    "limits:\n"
    "  mempool_bytes: 67108864\n"
    "  mempool_count: 20000\n"
    "  peer_queue_bytes: 16777216      # what may wait for one slow peer\n";

const char *config_sample(void)
{
    return sample;
}
