/* SPDX-License-Identifier: Apache-2.0 */
/* A line is built on the stack and leaves in one write, so lines of several threads never mix. The
 * rate table is keyed by (subsystem, event up to its first digit); two events that fall on one
 * place share an allowance, which only means that one of them is quiet earlier. */
#include "node/shell/logger.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RATE_SLOTS 256

struct rate {
    uint64_t window_start_ms;
    uint32_t count;
    uint32_t suppressed;
};

struct logger {
    int fd;
    enum config_log_level level;
    enum config_log_format format;
    char name[LIMIT_ID_TEXT + 1];
    pthread_mutex_t lock;
    struct rate rates[RATE_SLOTS];
    uint64_t suppressed_total;
};

/* A field whose name contains one of these never shows its value, whoever passes it. */
static const char *const secret_names[] = {"seed",    "passphrase", "password",
                                           "secret",  "token",      "authorization",
                                           "private", "platkey",    "signature"};

static const char *const level_names[] = {"error", "warn", "info", "debug"};
/* Priorities of syslog, which journald reads from the front of a line. */
static const char level_priorities[] = {'3', '4', '6', '7'};

struct text {
    char *at;
    char *end; /* room for the final bytes is kept behind it */
    bool full;
};

static void put_raw(struct text *text, const char *data, size_t size)
{
    if (text->full || (size_t)(text->end - text->at) < size) {
        text->full = true;
        return;
    }
    memcpy(text->at, data, size);
    text->at += size;
}

static void put(struct text *text, const char *data)
{
    put_raw(text, data, strlen(data));
}

static bool plain_word(const char *value)
{
    if (value[0] == '\0') {
        return false;
    }
    for (const char *c = value; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (byte <= ' ' || byte == '"' || byte == '=' || byte == '\\' || byte >= 0x7f) {
            return false;
        }
    }
    return true;
}

/* Escapes as JSON does; logfmt readers understand the same. Whatever is not printable is escaped,
 * so that no peer can write lines of its own into our log. */
static void put_quoted(struct text *text, const char *value)
{
    put(text, "\"");
    for (const char *c = value; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        char escape[8];
        if (byte == '"' || byte == '\\') {
            escape[0] = '\\';
            escape[1] = *c;
            put_raw(text, escape, 2);
        } else if (byte < ' ' || byte == 0x7f) {
            snprintf(escape, sizeof(escape), "\\u%04x", byte);
            put(text, escape);
        } else {
            put_raw(text, c, 1);
        }
    }
    put(text, "\"");
}

static bool is_secret(const char *key)
{
    for (size_t i = 0; i < sizeof(secret_names) / sizeof(secret_names[0]); i++) {
        if (strcasestr(key, secret_names[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static void put_value(struct text *text, enum config_log_format format, const char *value)
{
    if (format == CONFIG_LOG_LOGFMT && plain_word(value)) {
        put(text, value);
    } else {
        put_quoted(text, value);
    }
}

static void put_key(struct text *text, enum config_log_format format, const char *key)
{
    if (format == CONFIG_LOG_JSON) {
        put(text, text->at[-1] == '{' ? "\"" : ", \"");
        put(text, key);
        put(text, "\": ");
    } else {
        put(text, text->at[-1] == '>' ? "" : " ");
        put(text, key);
        put(text, "=");
    }
}

static void put_field(struct text *text, enum config_log_format format,
                      const struct line_field *field)
{
    char number[32];
    char hex[2 * 8 + 1];
    put_key(text, format, field->key);
    if (is_secret(field->key)) {
        put_value(text, format, "[redacted]");
        return;
    }
    switch (field->kind) {
    case LINE_KIND_TEXT:
        put_value(text, format, field->text == NULL ? "" : field->text);
        return;
    case LINE_KIND_NUMBER:
        snprintf(number, sizeof(number), "%lld", (long long)field->number);
        put(text, number);
        return;
    case LINE_KIND_HASH:
        hex_encode(hex, bytes_of(field->bytes.data, field->bytes.size < 8 ? field->bytes.size : 8));
        put_value(text, format, hex);
        return;
    case LINE_KIND_BOOL:
        put(text, field->number != 0 ? "true" : "false");
        return;
    }
}

static void time_text(char out[40], uint64_t time_ms)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    char date[24];
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out, 40, "%s.%03uZ", date, (unsigned)(time_ms % 1000));
}

size_t logger_format(char out[LOGGER_LINE_MAX], enum config_log_format format, uint64_t time_ms,
                     const char *name, enum config_log_level level, const char *subsystem,
                     const char *event, const struct line_field *fields, size_t count,
                     uint32_t suppressed)
{
    assert(count <= LOGGER_FIELDS_MAX);
    struct text text = {.at = out, .end = out + LOGGER_LINE_MAX - 8};
    const char prefix[] = {'<', level_priorities[level], '>'};
    put_raw(&text, prefix, sizeof(prefix));
    if (format == CONFIG_LOG_JSON) {
        put(&text, "{");
    }
    char when[40];
    time_text(when, time_ms);
    const struct line_field head[] = {
        LINE_TEXT("time", when),   LINE_TEXT("level", level_names[level]),
        LINE_TEXT("node", name),   LINE_TEXT("subsystem", subsystem),
        LINE_TEXT("event", event), LINE_NUMBER("suppressed", suppressed),
    };
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
        const bool skip = (i == 2 && name[0] == '\0') || (i == 5 && suppressed == 0);
        if (!skip) {
            put_field(&text, format, &head[i]);
        }
    }
    for (size_t i = 0; i < count && !text.full; i++) {
        const struct text before = text;
        put_field(&text, format, &fields[i]);
        if (text.full) {
            text = before; /* cut at a field, never inside one */
            text.full = true;
        }
    }
    text.full = false;
    text.end = out + LOGGER_LINE_MAX - 2;
    put(&text, format == CONFIG_LOG_JSON ? "}\n" : "\n");
    *text.at = '\0';
    return (size_t)(text.at - out);
}

struct logger *logger_new(int fd, enum config_log_level level, enum config_log_format format,
                          const char *name)
{
    struct logger *logger = calloc(1, sizeof(*logger));
    if (logger == NULL) {
        return NULL;
    }
    logger->fd = fd;
    logger->level = level;
    logger->format = format;
    snprintf(logger->name, sizeof(logger->name), "%s", name);
    if (pthread_mutex_init(&logger->lock, NULL) != 0) {
        free(logger);
        return NULL;
    }
    return logger;
}

void logger_free(struct logger *logger)
{
    if (logger != NULL) {
        pthread_mutex_destroy(&logger->lock);
        free(logger);
    }
}

uint64_t logger_suppressed(struct logger *logger)
{
    pthread_mutex_lock(&logger->lock);
    const uint64_t count = logger->suppressed_total;
    pthread_mutex_unlock(&logger->lock);
    return count;
}

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static size_t slot_of(const char *subsystem, const char *event)
{
    uint32_t sum = 2166136261u;
    for (const char *c = subsystem; *c != '\0'; c++) {
        sum = (sum ^ (uint8_t)*c) * 16777619u;
    }
    for (const char *c = event; *c != '\0' && (*c < '0' || *c > '9'); c++) {
        sum = (sum ^ (uint8_t)*c) * 16777619u;
    }
    return sum % RATE_SLOTS;
}

/* True when the line may pass; *suppressed is then how many before it did not. Errors always may.
 */
static bool allowed(struct logger *logger, enum config_log_level level, const char *subsystem,
                    const char *event, uint32_t *suppressed)
{
    const uint64_t now = clock_ms(CLOCK_MONOTONIC);
    struct rate *rate = &logger->rates[slot_of(subsystem, event)];
    bool pass = true;
    pthread_mutex_lock(&logger->lock);
    if (now - rate->window_start_ms >= LOGGER_WINDOW_MS) {
        rate->window_start_ms = now;
        rate->count = 0;
    }
    rate->count++;
    if (rate->count > LOGGER_BURST && level != CONFIG_LOG_ERROR) {
        rate->suppressed++;
        logger->suppressed_total++;
        pass = false;
    } else {
        *suppressed = rate->suppressed;
        rate->suppressed = 0;
    }
    pthread_mutex_unlock(&logger->lock);
    return pass;
}

void logger_write(struct logger *logger, enum config_log_level level, const char *subsystem,
                  const char *event, const struct line_field *fields, size_t count)
{
    if (logger == NULL || level > logger->level) {
        return;
    }
    uint32_t suppressed = 0;
    if (!allowed(logger, level, subsystem, event, &suppressed)) {
        return;
    }
    char line[LOGGER_LINE_MAX];
    const size_t size = logger_format(line, logger->format, clock_ms(CLOCK_REALTIME), logger->name,
                                      level, subsystem, event, fields, count, suppressed);
    /* A terminal gets no priorities; a log that cannot be written is not worth stopping for. */
    const size_t skip = isatty(logger->fd) != 0 ? 3 : 0;
    const ssize_t written = write(logger->fd, line + skip, size - skip);
    (void)written;
}
