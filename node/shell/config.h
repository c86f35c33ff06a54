/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_CONFIG_H
#define NODE_SHELL_CONFIG_H

/* The configuration of seamd: one YAML file, strict (an unknown or repeated key is refused with its
 * line), then SEAM_<SECTION>_<KEY> from the environment above it. An unknown SEAM_* variable is an
 * error, as a misspelt one would otherwise be silently without effect.
 *
 *   name: mine-a                       # in logs; default: the listen address
 *   data_dir: /var/lib/seam
 *   key_dir: /etc/seam/keys            # never inside data_dir
 *   genesis: /etc/seam/genesis.json
 *   passphrase_file: /run/...          # optional, for sealed keys
 *   peer:
 *     listen: 127.0.0.1:31000
 *   peers:
 *     - address: 127.0.0.1:31010
 *       node_key: <64 hex digits>
 *   http:
 *     listen: 127.0.0.1:32000          # loopback only: a TLS proxy stands in front [KSSJ 9.2.2]
 *     allow: ["10.0.0.0/8"]            # empty: everybody
 *     proxy: false                     # true: X-Forwarded-For of that proxy names the client
 *     threads: 2
 *     access: /etc/seam/access.json    # who may ask for tokens; absent: nobody
 *     calls_per_second: 10             # of one address on one interface
 *   metrics:
 *     public: false                    # true: /metrics answers everybody, not loopback only
 *   log:
 *     level: info                      # error warn info debug
 *     format: logfmt                   # logfmt json
 *   limits:
 *     mempool_bytes: 67108864
 *     mempool_count: 20000
 *     peer_queue_bytes: 16777216       # hard cap of what waits for one slow peer
 */

#include "ledger/base/err.h"
#include "ledger/base/limits.h"
#include "node/shell/address.h"

#define CONFIG_PATH_MAX 1024
#define CONFIG_PEERS_MAX (2 * LIMIT_VALIDATORS)
#define CONFIG_ALLOW_MAX 64
#define CONFIG_FILE_MAX (256 * 1024)

struct config_peer {
    struct address address;
    uint8_t node_key[32];
};

enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARN, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };
enum config_log_format { CONFIG_LOG_LOGFMT, CONFIG_LOG_JSON };

struct config {
    char name[LIMIT_ID_TEXT + 1];
    char data_dir[CONFIG_PATH_MAX];
    char key_dir[CONFIG_PATH_MAX];
    char genesis[CONFIG_PATH_MAX];
    char passphrase_file[CONFIG_PATH_MAX]; /* empty = keys are not sealed */
    struct address peer_listen;
    size_t peer_count;
    struct config_peer peers[CONFIG_PEERS_MAX];
    struct address http_listen; /* host empty = no HTTP interface */
    bool http_proxy; /* the client's address is the one the proxy in front added */
    uint32_t http_threads;
    char http_access[CONFIG_PATH_MAX]; /* empty: nobody gets a token */
    uint32_t http_calls_per_second;
    size_t allow_count;
    struct address_block allow[CONFIG_ALLOW_MAX];
    bool metrics_public;
    enum config_log_level log_level;
    enum config_log_format log_format;
    uint64_t mempool_bytes;
    uint64_t mempool_count;
    uint64_t peer_queue_bytes;
};

/* config_load reads path, applies the environment (an array as main's third argument, NULL = none)
 * and checks the whole. detail.field names the key (with its section), detail.line the line where
 * known, detail.hint says what to do. ERR_ABSENT, ERR_PARSE, ERR_UNKNOWN_FIELD, ERR_TWICE,
 * ERR_MISSING, ERR_RANGE, ERR_ENUM, ERR_LENGTH, ERR_PARAM (also HTTP off loopback),
 * ERR_CONFLICT (key_dir in data_dir). */
enum err NODISCARD config_load(struct config *config, const char *path, char *const *environment,
                               struct err_detail *detail);

/* config_parse is config_load on a text in memory. */
enum err NODISCARD config_parse(struct config *config, struct bytes text, char *const *environment,
                                struct err_detail *detail);

/* config_sample is an annotated configuration with every setting; it loads. */
const char *config_sample(void);

/* config_allows says whether an address (as in struct address_block) may use the HTTP interface. */
bool config_allows(const struct config *config, const uint8_t address[16]);

#endif
