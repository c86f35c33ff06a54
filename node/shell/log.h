/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_LOG_H
#define NODE_SHELL_LOG_H

/* Structured log lines on one descriptor: logfmt for people, JSON for collectors, one line a
 * decision. A line that repeats faster than its allowance is dropped and counted; the count appears
 * on the next one that passes. Values of fields with a secret's name are never printed. Safe from
 * every thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/base/bytes.h"
#include "node/shell/config.h"

#define LOG_LINE_MAX 2048  /* longer lines are cut at a field */
#define LOG_FIELDS_MAX 16
#define LOG_BURST 20       /* lines of one event ... */
#define LOG_WINDOW_MS 10000 /* ... in this time */

struct log;

enum log_kind { LOG_KIND_TEXT, LOG_KIND_NUMBER, LOG_KIND_HASH, LOG_KIND_BOOL };

struct log_field {
    const char *key;
    enum log_kind kind;
    int64_t number;
    const char *text;
    struct bytes bytes; /* printed as hex, the first 8 bytes */
};

#define LOG_TEXT(k, v) ((struct log_field){.key = (k), .kind = LOG_KIND_TEXT, .text = (v)})
#define LOG_NUMBER(k, v)                                                                           \
    ((struct log_field){.key = (k), .kind = LOG_KIND_NUMBER, .number = (int64_t)(v)})
#define LOG_BOOL(k, v) ((struct log_field){.key = (k), .kind = LOG_KIND_BOOL, .number = (v)})
#define LOG_HASH(k, data, size)                                                                    \
    ((struct log_field){.key = (k), .kind = LOG_KIND_HASH, .bytes = bytes_of((data), (size))})

/* log_new writes to descriptor fd (borrowed), at level and above in importance. name is put on
 * every line, unless empty. NULL when memory ends. */
struct log *log_new(int fd, enum config_log_level level, enum config_log_format format,
                    const char *name);
void log_free(struct log *log);

/* log_write prints one line. event is a constant text in lower case: what happened, in words.
 * Fields are borrowed. log may be NULL (nothing is printed). */
void log_write(struct log *log, enum config_log_level level, const char *subsystem,
               const char *event, const struct log_field *fields, size_t count);

/* LOG(log, CONFIG_LOG_INFO, "peer", "connected", LOG_TEXT("address", text), ...) */
#define LOG(log, level, subsystem, event, ...)                                                     \
    log_write((log), (level), (subsystem), (event), (const struct log_field[]){__VA_ARGS__},       \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* log_format renders a line without printing it; for tests. Returns its length without NUL. */
size_t log_format(char out[LOG_LINE_MAX], enum config_log_format format, uint64_t time_ms,
                  const char *name, enum config_log_level level, const char *subsystem,
                  const char *event, const struct log_field *fields, size_t count,
                  uint32_t suppressed);

#endif
