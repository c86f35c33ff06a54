/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_FIELD_H
#define LEDGER_CODEC_FIELD_H

/* The bounds of fields, declared once beside the rule that uses them. Reflection over a message's
 * descriptor and this table drives checking, JSON in and out, --help, OpenAPI and the reference
 * page. A field without a row is refused by a test that walks the tables. */

#include <protobuf-c/protobuf-c.h>

#include "ledger/base/err.h"

enum field_kind {
    FIELD_TEXT, /* max = characters; pattern by charset */
    FIELD_ID, /* a-z 0-9 - . _ , 1..LIMIT_ID_TEXT */
    FIELD_ENUM, /* one of choices, comma separated */
    FIELD_DECIMAL, /* decimal string, min..max, at most decimals places */
    FIELD_INTEGER, /* protobuf integer, min..max */
    FIELD_HASH, /* 32 bytes, hex in JSON */
    FIELD_BYTES, /* max bytes, hex in JSON */
    FIELD_PERIOD, /* YYYY-MM, YYYY or YYYY-Qn */
    FIELD_DATE, /* YYYY-MM-DD */
    FIELD_TIME, /* milliseconds since 1970 UTC; RFC 3339 in JSON */
    FIELD_GRAMS, /* sint64 grams */
    FIELD_MESSAGE, /* a nested message or list; max = entries */
    FIELD_BOOL
};

struct field_row {
    const ProtobufCMessageDescriptor *message;
    const char *field; /* the descriptor's name */
    enum field_kind kind;
    bool required;
    const char *min; /* decimal text, NULL = none */
    const char *max; /* decimal text; for TEXT, BYTES and lists a count */
    uint8_t decimals; /* most places after the point, for DECIMAL */
    const char *units; /* comma separated units a Quantity may have, else NULL */
    const char *choices; /* for ENUM */
    enum err err; /* what a value outside gives; ERR_RANGE where 0 */
    const char *clause; /* "KSSJ 5.2.2a" */
    const char *help_en; /* one sentence for --help and the reference page */
};

struct field_table {
    const struct field_row *rows;
    size_t count;
};

#endif
