/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_EPCIS_TEXT_H
#define API_EPCIS_TEXT_H

/* The texts an event's hash string is put together from: lists that are sorted, and the one
 * spelling of each value (numbers, instants, names of the vocabulary, GS1 keys). */

#include "ledger/codec/json_in.h"

#define EPCIS_CBV "https://ref.gs1.org/cbv/"
#define EPCIS_VOC "https://gs1.org/voc/"

/* One string being made; failed keeps the first failure, after which nothing is added. */
struct build {
    struct arena *arena;
    const struct json_node *contexts[2]; /* of the event, of the document */
    const struct json_node *ignored; /* names of extensions, or NULL */
    enum err failed;
};

struct texts {
    struct bytes *items;
    size_t count;
    size_t room;
};

void text_fail(struct build *build, enum err err);
void text_add(struct build *build, struct texts *texts, struct bytes text);
void text_sort(struct texts *texts); /* by bytes */
/* text_join gives head and all texts as one; text_glue four texts as a terminated one. */
struct bytes text_join(struct build *build, const char *head, const struct texts *texts);
const char *text_glue(struct build *build, const char *a, const char *b, const char *c,
                      const char *d);

/* text_scalar gives a text, integer or truth value without blanks around it; NULL for null or a
 * failure. */
const char *text_scalar(struct build *build, const struct json_node *node);
/* text_value and text_time give the one spelling of a value and of an instant (UTC, milliseconds,
 * the third decimal rounded by the fourth). */
const char *text_value(struct build *build, const char *text);
const char *text_time(struct build *build, const char *text);

#endif
