/* SPDX-License-Identifier: Apache-2.0 */
/* The glue stands before the interface: the first request may come at once. */
#include "node/shell/interface.h"

#include <dirent.h>
#include <string.h>

#include "api/access.h"
#include "node/shell/handles.h"
#include "node/shell/startup.h"

/* Keys of persons in the key directory: with them the node signs for callers whose token is bound
 * to one. */
static enum err load_people(struct daemon *daemon)
{
    DIR *stream = opendir(daemon->config->key_dir);
    if (stream == NULL) {
        return ERR_STORAGE;
    }
    enum err err = OK;
    for (struct dirent *entry = readdir(stream); entry != NULL && err == OK;
         entry = readdir(stream)) {
        const size_t size = strlen(entry->d_name);
        if (size < 5 || strcmp(entry->d_name + size - 4, ".key") != 0 ||
            strcmp(entry->d_name, KEYSTORE_VALIDATOR_FILE) == 0 ||
            strcmp(entry->d_name, KEYSTORE_NODE_FILE) == 0) {
            continue;
        }
        struct sign_key key;
        struct err_detail detail = {0};
        const enum err loaded =
            startup_load_key(&key, daemon, KEYSTORE_PERSON, entry->d_name, &detail);
        if (loaded == OK) {
            err = api_glue_add_key(daemon->glue, &key);
            sign_key_wipe(&key);
        } else {
            LINE(daemon->logger, CONFIG_LOG_WARN, "start", "key file left aside",
                 LINE_TEXT("file", entry->d_name), LINE_TEXT("why", detail.hint));
        }
    }
    closedir(stream);
    return err;
}

static enum daemon_exit start_glue(struct daemon *daemon)
{
    enum err err = calls_new(&daemon->calls, &daemon->loop);
    if (err == OK) {
        err = audit_new(&daemon->audit, daemon->local, daemon->metrics);
    }
    if (err == OK) {
        const struct api_glue_setup setup = {
            .node = daemon->node,
            .calls = daemon->calls,
            .chain = daemon->chain,
            .local = daemon->local,
            .audit = daemon->audit,
            .logger = daemon->logger,
            .metrics = daemon->metrics,
            .upkeep = daemon->upkeep,
            .genesis = daemon->genesis,
            .chain_id = daemon->chain_id,
            .software = daemon->software,
            .version = daemon->version,
        };
        err = api_glue_new(&daemon->glue, &setup);
    }
    if (err == OK) {
        err = load_people(daemon);
    }
    return err == OK ? DAEMON_OK : daemon_fail(daemon, DAEMON_START, "no interface", err, NULL);
}

enum daemon_exit interface_start(struct daemon *daemon)
{
    const struct config *config = daemon->config;
    if (config->http_listen.host[0] == '\0') {
        return DAEMON_OK;
    }
    enum daemon_exit how = start_glue(daemon);
    if (how != DAEMON_OK) {
        return how;
    }
    struct api_config api = {
        .connections = handles_connections(handles_want()),
        .host = config->http_listen.host,
        .port = config->http_listen.port,
        .allow_count = config->allow_count,
        .threads = config->http_threads,
        .calls_per_second = config->http_calls_per_second,
        .proxy = config->http_proxy,
        .metrics_public = config->metrics_public,
    };
    for (size_t i = 0; i < config->allow_count; i++) {
        memcpy(api.allow[i].address, config->allow[i].address, sizeof(api.allow[i].address));
        api.allow[i].prefix = config->allow[i].prefix;
    }
    struct err_detail detail = {0};
    enum err err = OK;
    if (config->http_access[0] != '\0') {
        err = startup_read_file(daemon, config->http_access, ACCESS_FILE_MAX, &api.access);
        if (err != OK) {
            err_set(&detail, err, config->http_access, NULL, NULL, "the file cannot be read");
            return daemon_fail(daemon, DAEMON_USAGE, "access file refused", err, &detail);
        }
    }
    seal_derive(api.token_key, daemon->node_key.seed, "seamtokn");
    err = api_start(&daemon->api, &api, api_glue_node(daemon->glue), &detail);
    seal_wipe(api.token_key, sizeof(api.token_key));
    if (err != OK) {
        return daemon_fail(daemon, err == ERR_BUSY ? DAEMON_START : DAEMON_USAGE,
                           "interface does not start", err, &detail);
    }
    return DAEMON_OK;
}
