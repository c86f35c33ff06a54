/* SPDX-License-Identifier: Apache-2.0 */
/* A schema for the library, which then refuses keys it does not name. Every scalar is a text there:
 * the library would itself read "80x" as the number 80. */
#include "node/shell/config_yaml.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <string.h>

#define TEXT_FIELD(key, type, member)                                                              \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0,         \
                           CONFIG_PATH_MAX - 1)

static const cyaml_schema_field_t peer_section[] = {
    TEXT_FIELD("listen", struct yaml_section, listen), CYAML_FIELD_END};

static const cyaml_schema_value_t allow_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, 64)};

static const cyaml_schema_field_t http_section[] = {
    TEXT_FIELD("listen", struct yaml_section, listen),
    TEXT_FIELD("proxy", struct yaml_section, proxy),
    TEXT_FIELD("threads", struct yaml_section, threads),
    TEXT_FIELD("access", struct yaml_section, access),
    TEXT_FIELD("calls_per_second", struct yaml_section, calls_per_second),
    CYAML_FIELD_SEQUENCE("allow", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_section,
                         allow, &allow_entry, 0, CONFIG_ALLOW_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_field_t metrics_section[] = {
    TEXT_FIELD("public", struct yaml_section, is_public), CYAML_FIELD_END};

static const cyaml_schema_field_t log_section[] = {
    TEXT_FIELD("level", struct yaml_section, level),
    TEXT_FIELD("format", struct yaml_section, format), CYAML_FIELD_END};

static const cyaml_schema_field_t limits_section[] = {
    TEXT_FIELD("mempool_bytes", struct yaml_section, mempool_bytes),
    TEXT_FIELD("mempool_count", struct yaml_section, mempool_count),
    TEXT_FIELD("peer_queue_bytes", struct yaml_section, peer_queue_bytes), CYAML_FIELD_END};

static const cyaml_schema_field_t peer_fields[] = {
    TEXT_FIELD("address", struct yaml_peer, address),
    TEXT_FIELD("node_key", struct yaml_peer, node_key), CYAML_FIELD_END};

static const cyaml_schema_value_t peer_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_peer, peer_fields)};

static const cyaml_schema_field_t root_fields[] = {
    TEXT_FIELD("name", struct yaml_config, name),
    TEXT_FIELD("data_dir", struct yaml_config, data_dir),
    TEXT_FIELD("key_dir", struct yaml_config, key_dir),
    TEXT_FIELD("genesis", struct yaml_config, genesis),
    TEXT_FIELD("passphrase_file", struct yaml_config, passphrase_file),
    CYAML_FIELD_MAPPING("peer", CYAML_FLAG_OPTIONAL, struct yaml_config, peer, peer_section),
    CYAML_FIELD_SEQUENCE("peers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_config,
                         peers, &peer_entry, 0, CONFIG_PEERS_MAX),
    CYAML_FIELD_MAPPING("http", CYAML_FLAG_OPTIONAL, struct yaml_config, http, http_section),
    CYAML_FIELD_MAPPING("metrics", CYAML_FLAG_OPTIONAL, struct yaml_config, metrics,
                        metrics_section),
    CYAML_FIELD_MAPPING("log", CYAML_FLAG_OPTIONAL, struct yaml_config, log, log_section),
    CYAML_FIELD_MAPPING("limits", CYAML_FLAG_OPTIONAL, struct yaml_config, limits, limits_section),
    CYAML_FIELD_END};

static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_config, root_fields)};

/* What the library says, for the hint: the first message and the innermost place. */
struct yaml_words {
    char text[160];
    uint32_t lines;
};

static __attribute__((format(printf, 3, 0))) void yaml_log(cyaml_log_t level, void *context,
                                                           const char *format, va_list arguments)
{
    struct yaml_words *words = context;
    if (level < CYAML_LOG_ERROR || words->lines >= 4) {
        return;
    }
    words->lines++;
    size_t used = strlen(words->text);
    if (used > 0 && used + 2 < sizeof(words->text)) {
        words->text[used++] = ';';
        words->text[used++] = ' ';
        words->text[used] = '\0';
    }
    vsnprintf(words->text + used, sizeof(words->text) - used, format, arguments);
    used = strlen(words->text);
    while (used > 0 && (words->text[used - 1] == '\n' || words->text[used - 1] == ' ')) {
        words->text[--used] = '\0';
    }
}

static enum err yaml_err(cyaml_err_t rc)
{
    switch ((int)rc) {
    case CYAML_OK:
        return OK;
    case CYAML_ERR_OOM:
        return ERR_MEMORY;
    case CYAML_ERR_INVALID_KEY:
        return ERR_UNKNOWN_FIELD;
    case CYAML_ERR_STRING_LENGTH_MAX:
    case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
        return ERR_LENGTH;
    default:
        return ERR_PARSE;
    }
}

static cyaml_config_t library_of(struct yaml_words *words)
{
    return (cyaml_config_t){.log_fn = yaml_log,
                            .log_ctx = words,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_NO_ALIAS};
}

enum err config_yaml_load(struct yaml_config **out, struct bytes text, struct err_detail *detail)
{
    struct yaml_words words = {0};
    const cyaml_config_t library = library_of(&words);
    struct yaml_config *yaml = NULL;
    const cyaml_err_t rc =
        cyaml_load_data(text.data, text.size, &library, &root_schema, (cyaml_data_t **)&yaml, NULL);
    enum err err = yaml_err(rc);
    if (err != OK || yaml == NULL) {
        return err_set(detail, err == OK ? ERR_PARSE : err, "config", NULL, NULL, words.text);
    }
    *out = yaml;
    return OK;
}

void config_yaml_free(struct yaml_config *yaml)
{
    struct yaml_words words = {0};
    const cyaml_config_t library = library_of(&words);
    cyaml_free(&library, &root_schema, yaml, 0);
}
