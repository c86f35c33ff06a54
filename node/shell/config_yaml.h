/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_CONFIG_YAML_H
#define NODE_SHELL_CONFIG_YAML_H

/* The YAML document of a configuration: its sections and keys, each value still a text. What the
 * texts mean is read in config.c. */

#include "node/shell/config.h"

struct yaml_peer {
    char *address;
    char *node_key;
};

struct yaml_section {
    char *listen;
    char *proxy;
    char *threads;
    char *access;
    char *calls_per_second;
    char *is_public;
    char **allow;
    unsigned allow_count;
    char *level;
    char *format;
    char *mempool_bytes;
    char *mempool_count;
    char *peer_queue_bytes;
};

/* A key that is not there is NULL. */
struct yaml_config {
    char *name;
    char *data_dir;
    char *key_dir;
    char *genesis;
    char *passphrase_file;
    struct yaml_section peer;
    struct yaml_peer *peers;
    unsigned peers_count;
    struct yaml_section http;
    struct yaml_section metrics;
    struct yaml_section log;
    struct yaml_section limits;
};

/* config_yaml_load takes a document apart; config_yaml_free ends what it gave. ERR_PARSE,
 * ERR_UNKNOWN_FIELD, ERR_LENGTH, ERR_MEMORY; detail.hint is what the library said. */
enum err NODISCARD config_yaml_load(struct yaml_config **out, struct bytes text,
                                    struct err_detail *detail);
void config_yaml_free(struct yaml_config *yaml);

#endif
