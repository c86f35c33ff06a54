/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_LOGGER_H
#define NODE_SHELL_LOGGER_H

/* Structured log lines on one descriptor: logfmt for people, JSON for collectors, one line a
 * decision. A line that repeats faster than its allowance is dropped and counted; the count appears
 * on the next one that passes. Values of fields with a secret's name are never printed. Safe from
 * every thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/base/bytes.h"
#include "node/shell/config.h"

#define LOGGER_LINE_MAX 2048 /* longer lines are cut at a field */
#define LOGGER_FIELDS_MAX 16
#define LOGGER_BURST 20 /* lines of one event ... */
#define LOGGER_WINDOW_MS 10000 /* ... in this time */

struct logger;

enum line_kind { LINE_KIND_TEXT, LINE_KIND_NUMBER, LINE_KIND_HASH, LINE_KIND_BOOL };

struct line_field {
    const char *key;
    enum line_kind kind;
    int64_t number;
    const char *text;
    struct bytes bytes; /* printed as hex, the first 8 bytes */
};

#define LINE_TEXT(k, v) ((struct line_field){.key = (k), .kind = LINE_KIND_TEXT, .text = (v)})
#define LINE_NUMBER(k, v)                                                                          \
    ((struct line_field){.key = (k), .kind = LINE_KIND_NUMBER, .number = (int64_t)(v)})
#define LINE_BOOL(k, v) ((struct line_field){.key = (k), .kind = LINE_KIND_BOOL, .number = (v)})
#define LINE_HASH(k, data, size)                                                                   \
    ((struct line_field){.key = (k), .kind = LINE_KIND_HASH, .bytes = bytes_of((data), (size))})

/* logger_new writes to descriptor fd (borrowed), at level and above in importance. name is put on
 * every line, unless empty. NULL when memory ends. */
struct logger *logger_new(int fd, enum config_log_level level, enum config_log_format format,
                          const char *name);
void logger_free(struct logger *logger);
/* logger_suppressed is how many lines the rate limit has dropped. */
uint64_t logger_suppressed(struct logger *logger);

/* logger_write prints one line. event is a constant text in lower case: what happened, in words.
 * Fields are borrowed. logger may be NULL (nothing is printed). */
void logger_write(struct logger *logger, enum config_log_level level, const char *subsystem,
                  const char *event, const struct line_field *fields, size_t count);

/* LINE(logger, CONFIG_LOG_INFO, "peer", "connected", LINE_TEXT("address", text), ...) */
#define LINE(logger, level, subsystem, event, ...)                                                 \
    logger_write((logger), (level), (subsystem), (event),                                          \
                 (const struct line_field[]){__VA_ARGS__},                                         \
                 sizeof((const struct line_field[]){__VA_ARGS__}) / sizeof(struct line_field))

/* logger_format renders a line without printing it; for tests. Returns its length without NUL. */
size_t logger_format(char out[LOGGER_LINE_MAX], enum config_log_format format, uint64_t time_ms,
                     const char *name, enum config_log_level level, const char *subsystem,
                     const char *event, const struct line_field *fields, size_t count,
                     uint32_t suppressed);

#endif
