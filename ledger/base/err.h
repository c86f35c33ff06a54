/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_ERR_H
#define LEDGER_BASE_ERR_H

/* Every way an input can be wrong or the world can fail. One row gives the name, the six-digit
 * return code of clause 9.2.4 b [KSSJ 9.2.4b] and the HTTP status of Table 1; the sentences in en,
 * zh and ru stand in err.c. No other place holds a number. */

#include "ledger/base/bytes.h"

#define ERR_ROWS(X)                                                                                \
    X(OK, "OK", "000000", 200)                                                                     \
    X(ERR_INTERNAL, "E_INTERNAL", "100001", 500)                                                   \
    X(ERR_MEMORY, "E_MEMORY", "100001", 500)                                                       \
    X(ERR_STORAGE, "E_STORAGE", "100002", 507)                                                     \
    X(ERR_CORRUPT, "E_CORRUPT", "100002", 507)                                                     \
    X(ERR_NO_QUORUM, "E_NO_QUORUM", "100003", 503)                                                 \
    X(ERR_BUSY, "E_BUSY", "100004", 503)                                                           \
    X(ERR_MISSING, "E_MISSING", "200001", 400)                                                     \
    X(ERR_GBASIS, "E_GBASIS", "200001", 400)                                                       \
    X(ERR_TYPE, "E_TYPE", "200002", 400)                                                           \
    X(ERR_DEC, "E_DEC", "200002", 400)                                                             \
    X(ERR_FLOAT, "E_FLOAT", "200002", 400)                                                         \
    X(ERR_LENGTH, "E_LENGTH", "200003", 400)                                                       \
    X(ERR_ENUM, "E_ENUM", "200004", 400)                                                           \
    X(ERR_PARAM, "E_PARAM", "200004", 400)                                                         \
    X(ERR_RANGE, "E_RANGE", "200005", 400)                                                         \
    X(ERR_PERCENT, "E_PERCENT", "200005", 400)                                                     \
    X(ERR_NEG, "E_NEG", "200005", 400)                                                             \
    X(ERR_UNIT, "E_UNIT", "200006", 400)                                                           \
    X(ERR_STATE, "E_STATE", "200006", 400)                                                         \
    X(ERR_FRAME, "E_FRAME", "200007", 400)                                                         \
    X(ERR_TEXT, "E_TEXT", "200008", 400)                                                           \
    X(ERR_VERSION, "E_VERSION", "200009", 404)                                                     \
    X(ERR_METHOD, "E_METHOD", "200010", 405)                                                       \
    X(ERR_TOO_LARGE, "E_TOO_LARGE", "200011", 413)                                                 \
    X(ERR_NOT_JSON, "E_NOT_JSON", "200012", 415)                                                   \
    X(ERR_UNKNOWN_FIELD, "E_UNKNOWN_FIELD", "200013", 400)                                         \
    X(ERR_TWICE, "E_TWICE", "200014", 400)                                                         \
    X(ERR_PARSE, "E_PARSE", "200015", 400)                                                         \
    X(ERR_NOT_CANONICAL, "E_NOT_CANONICAL", "200015", 400)                                         \
    X(ERR_OPERATION, "E_OPERATION", "200016", 404)                                                 \
    X(ERR_ABSENT, "E_ABSENT", "200017", 404)                                                       \
    X(ERR_PLATKEY, "E_PLATKEY", "202001", 400)                                                     \
    X(ERR_PLATKEYSECRET, "E_PLATKEYSECRET", "202002", 400)                                         \
    X(ERR_OPTYPE, "E_OPTYPE", "202003", 400)                                                       \
    X(ERR_TOKEN, "E_TOKEN", "302001", 401)                                                         \
    X(ERR_TOKEN_EXPIRED, "E_TOKEN_EXPIRED", "302002", 401)                                         \
    X(ERR_ADDRESS, "E_ADDRESS", "302003", 403)                                                     \
    X(ERR_RATE_LIMIT, "E_RATE_LIMIT", "302004", 429)                                               \
    X(ERR_ROLE, "E_ROLE", "302005", 403)                                                           \
    X(ERR_SIGNATURE, "E_SIGNATURE", "302006", 401)                                                 \
    X(ERR_KEY, "E_KEY", "302006", 401)                                                             \
    X(ERR_EXPIRED, "E_EXPIRED", "302007", 409)                                                     \
    X(ERR_CHAIN, "E_CHAIN", "302007", 409)                                                         \
    X(ERR_CONFLICT, "E_CONFLICT", "303001", 409)                                                   \
    X(ERR_DUPLICATE, "E_DUPLICATE", "303001", 409)                                                 \
    X(ERR_CLOSED, "E_CLOSED", "303002", 409)                                                       \
    X(ERR_GAP, "E_GAP", "303003", 409)                                                             \
    X(ERR_SUPERSEDED, "E_SUPERSEDED", "303004", 409)                                               \
    X(ERR_NEGATIVE_NET_CH4, "E_NEGATIVE_NET_CH4", "303005", 422)                                   \
    X(ERR_DESTROYED_GT_DRAINED, "E_DESTROYED_GT_DRAINED", "303005", 422)                           \
    X(ERR_M_CUM, "E_M_CUM", "303005", 422)                                                         \
    X(ERR_BALANCE, "E_BALANCE", "303005", 422)                                                     \
    X(ERR_PAIR, "E_PAIR", "303006", 422)                                                           \
    X(ERR_CUSTODY, "E_CUSTODY", "303006", 422)                                                     \
    X(ERR_HOLDING, "E_HOLDING", "303007", 422)                                                     \
    X(ERR_OFFSET_CAP, "E_OFFSET_CAP", "303008", 422)                                               \
    X(ERR_VINTAGE, "E_VINTAGE", "303009", 422)                                                     \
    X(ERR_USED, "E_USED", "303010", 422)                                                           \
    X(ERR_CONFLICT_OF_INTEREST, "E_CONFLICT_OF_INTEREST", "303011", 403)                           \
    X(ERR_STATE_MACHINE, "E_STATE_MACHINE", "303012", 409)                                         \
    X(ERR_SECOND_PERSON, "E_SECOND_PERSON", "303013", 403)                                         \
    X(ERR_NOT_ELIGIBLE, "E_NOT_ELIGIBLE", "303014", 422)                                           \
    X(ERR_FROZEN, "E_FROZEN", "303015", 422)                                                       \
    X(ERR_WINDOW, "E_WINDOW", "303016", 422)                                                       \
    X(ERR_PERIOD_OPEN, "E_PERIOD_OPEN", "303017", 409)                                             \
    X(ERR_TOTAL, "E_TOTAL", "303018", 422)                                                         \
    X(ERR_SET, "E_SET", "303019", 422)                                                             \
    X(ERR_OVERLAP, "E_OVERLAP", "303020", 409)                                                     \
    X(ERR_AREA_DUP, "E_AREA_DUP", "303020", 409)                                                   \
    X(ERR_BOUNDARY, "E_BOUNDARY", "200001", 400)                                                   \
    X(ERR_INCOMPLETE, "E_INCOMPLETE", "200001", 400)

#define ERR_ENUM_MEMBER(id, name, code, http) id,
enum err { ERR_ROWS(ERR_ENUM_MEMBER) ERR_COUNT };
#undef ERR_ENUM_MEMBER

enum err_language { ERR_EN, ERR_ZH, ERR_RU };

/* err_name gives "E_PERCENT"; err_code the six digits; err_http the status; err_text the sentence.
 * All are constant texts. */
const char *err_name(enum err err);
const char *err_code(enum err err);
int err_http(enum err err);
const char *err_text(enum err err, enum err_language language);

/* What exactly is wrong: filled by whoever refuses, printed by every face. line is the 1-based line
 * of a calculation file or 0. Empty texts are not shown. Texts are cut, never overrun. */
struct err_detail {
    enum err err;
    uint32_t line;
    char field[96]; /* path of the field: "lines[3].of" or "of" */
    char rule[48]; /* "D33", "V07", "methodology 10.5" */
    char clause[64]; /* "KSSJ 5.2.2a" */
    char limit[64]; /* the limit, or what would have been accepted */
    char hint[200]; /* what to do about it, in English */
};

/* err_set fills a detail (which may be NULL) and returns err, so that callers write
 * `return err_set(detail, ERR_RANGE, "of", "KSSJ 5.2.2a", "0..1", NULL);`. NULL texts are empty. */
enum err err_set(struct err_detail *detail, enum err err, const char *field, const char *clause,
                 const char *limit, const char *hint);

#endif
