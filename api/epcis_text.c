/* SPDX-License-Identifier: Apache-2.0 */
/* Everything lives in the build's arena; the first failure stays and makes the rest harmless. */

#include "api/epcis_text.h"

#include "api/epcis_link.h"
#include "ledger/base/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 64

void text_fail(struct build *build, enum err err)
{
    build->failed = build->failed == OK ? err : build->failed;
}

/* --- lists of texts --------------------------------------------------------------------------- */

void text_add(struct build *build, struct texts *texts, struct bytes text)
{
    if (build->failed != OK) {
        return;
    }
    if (texts->count == texts->room) {
        const size_t room = texts->room == 0 ? 8 : 2 * texts->room;
        struct bytes *items = arena_alloc(build->arena, room * sizeof *items);
        if (items == NULL) {
            text_fail(build, ERR_MEMORY);
            return;
        }
        if (texts->count > 0) {
            memcpy(items, texts->items, texts->count * sizeof *items);
        }
        texts->items = items;
        texts->room = room;
    }
    texts->items[texts->count++] = text;
}

static int compare(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

void text_sort(struct texts *texts)
{
    if (texts->count > 1) {
        qsort(texts->items, texts->count, sizeof *texts->items, compare);
    }
}

/* head and all texts as one. */
struct bytes text_join(struct build *build, const char *head, const struct texts *texts)
{
    size_t size = strlen(head);
    for (size_t i = 0; i < texts->count; i++) {
        size += texts->items[i].size;
    }
    uint8_t *all = build->failed == OK ? arena_alloc(build->arena, size + 1) : NULL;
    if (all == NULL) {
        text_fail(build, ERR_MEMORY);
        return (struct bytes){NULL, 0};
    }
    uint8_t *at = all + strlen(head);
    memcpy(all, head, strlen(head));
    for (size_t i = 0; i < texts->count; i++) {
        if (texts->items[i].size > 0) {
            memcpy(at, texts->items[i].data, texts->items[i].size);
            at += texts->items[i].size;
        }
    }
    return (struct bytes){all, size};
}

/* A terminated text of up to four pieces. */
const char *text_glue(struct build *build, const char *a, const char *b, const char *c,
                      const char *d)
{
    struct texts texts = {NULL, 0, 0};
    const char *const pieces[] = {b, c, d};
    for (size_t i = 0; i < 3; i++) {
        text_add(build, &texts, bytes_text(pieces[i]));
    }
    const struct bytes all = text_join(build, a, &texts);
    return all.data != NULL ? (const char *)all.data : "";
}

/* --- values ----------------------------------------------------------------------------------- */

/* A decimal number in its shortest plain form. False where text is none, or would be long. */
static bool number_text(char out[NUMBER_MAX + 4], const char *text)
{
    char digits[NUMBER_MAX];
    size_t count = 0;
    long whole = 0;
    bool point = false;
    bool any = false;
    const bool minus = *text == '-';
    text += *text == '-' || *text == '+' ? 1 : 0;
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        any = true;
        if (count == 0 && *text == '0') {
            whole -= point ? 1 : 0;
            continue;
        }
        if (count == sizeof digits) {
            return false;
        }
        digits[count++] = *text;
        whole += point ? 0 : 1;
    }
    if (any && (*text == 'e' || *text == 'E')) {
        char *end = NULL;
        const char next = text[1] == '-' || text[1] == '+' ? text[2] : text[1];
        whole += strtol(text + 1, &end, 10);
        text = next >= '0' && next <= '9' ? end : text;
    }
    if (!any || *text != '\0' || whole > NUMBER_MAX / 2 || whole < -NUMBER_MAX / 2) {
        return false;
    }
    for (; count > 0 && digits[count - 1] == '0'; count--) {
    }
    if (count + (whole < 0 ? (size_t)-whole : 0) > NUMBER_MAX - 2) {
        return false;
    }
    size_t size = 0;
    if (minus && count > 0) {
        out[size++] = '-';
    }
    if (count == 0 || whole <= 0) {
        out[size++] = '0';
    }
    const size_t before =
        count == 0 || whole < 0 ? 0 : (size_t)whole; /* digits of the whole part */
    const size_t zeros = count > 0 && whole < 0 ? (size_t)-whole : 0; /* after the point */
    const size_t taken = before < count ? before : count;
    memcpy(out + size, digits, taken);
    memset(out + size + taken, '0', before - taken);
    size += before;
    if (count > taken) {
        out[size++] = '.';
        memset(out + size, '0', zeros);
        memcpy(out + size + zeros, digits + taken, count - taken);
        size += zeros + count - taken;
    }
    out[size] = '\0';
    return true;
}

/* Old names of the vocabulary, and its short forms. */
static const char *const spellings[][2] = {
    {"urn:epcglobal:cbv:bizstep:", EPCIS_CBV "BizStep-"},
    {"urn:epcglobal:cbv:disp:", EPCIS_CBV "Disp-"},
    {"urn:epcglobal:cbv:btt:", EPCIS_CBV "BTT-"},
    {"urn:epcglobal:cbv:sdt:", EPCIS_CBV "SDT-"},
    {"urn:epcglobal:cbv:er:", EPCIS_CBV "ER-"},
    {"gs1:", EPCIS_VOC},
    {"cbv:", EPCIS_CBV},
    {"epcis:", "https://ref.gs1.org/epcis/"},
};

const char *text_value(struct build *build, const char *text)
{
    char number[NUMBER_MAX + 4];
    char link[EPCIS_LINK_SIZE];
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        const size_t size = strlen(spellings[i][0]);
        if (strncmp(text, spellings[i][0], size) == 0) {
            return text_glue(build, spellings[i][1], text + size, "", "");
        }
    }
    if (number_text(number, text)) {
        return text_glue(build, number, "", "", "");
    }
    if (epcis_link(link, text)) {
        return text_glue(build, link, "", "", "");
    }
    return text;
}

/* Any offset, any number of decimals; the third is rounded by the fourth. */
const char *text_time(struct build *build, const char *text)
{
    char shown[TIME_TEXT_SIZE];
    uint64_t time_ms = 0;
    const char *point = strchr(text, '.');
    const size_t before = point != NULL ? (size_t)(point - text) : strlen(text);
    const size_t decimals = point != NULL ? strspn(point + 1, "0123456789") : 0;
    const char *zone = point != NULL ? point + 1 + decimals : text + before;
    char second[64];
    if (before + strlen(zone) >= sizeof second || (point != NULL && decimals == 0)) {
        text_fail(build, ERR_TYPE);
        return text;
    }
    snprintf(second, sizeof second, "%.*s%s", (int)before, text, zone);
    if (time_parse(&time_ms, bytes_text(second)) != OK) {
        text_fail(build, ERR_TYPE);
        return text;
    }
    uint64_t fraction = 0;
    for (size_t i = 0; i < 3; i++) {
        fraction = 10 * fraction + (i < decimals ? (uint64_t)(point[1 + i] - '0') : 0);
    }
    fraction += decimals > 3 && point[4] >= '5' ? 1 : 0;
    time_text(shown, time_ms + fraction);
    return text_glue(build, shown, "", "", "");
}

/* A scalar as text without blanks around it; NULL for null. */
const char *text_scalar(struct build *build, const struct json_node *node)
{
    char digits[32];
    int64_t number = 0;
    bool yes = false;
    if (json_node_integer(node, &number)) {
        snprintf(digits, sizeof digits, "%lld", (long long)number);
        return text_glue(build, digits, "", "", "");
    }
    if (json_node_bool(node, &yes)) {
        return yes ? "true" : "false";
    }
    const char *text = json_node_text(node);
    if (text == NULL) {
        if (json_node_kind(node) != JSON_KIND_NULL) {
            text_fail(build, json_node_kind(node) == JSON_KIND_REAL ? ERR_FLOAT : ERR_TYPE);
        }
        return NULL;
    }
    static const char blank[] = " \t\r\n\f\v";
    text += strspn(text, blank);
    size_t size = strlen(text);
    for (; size > 0 && strchr(blank, text[size - 1]) != NULL; size--) {
    }
    const char *copy = arena_text(build->arena, text, size);
    if (copy == NULL) {
        text_fail(build, ERR_MEMORY);
    }
    return copy;
}
