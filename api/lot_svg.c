/* SPDX-License-Identifier: Apache-2.0 */
/* Columns are depths, rows the order of the trace within a depth; nothing is moved to look nicer,
 * so the same trace is the same picture. Sizes are known before writing: each node has a bounded
 * text.
 */

#include "api/lot_svg.h"

#include "api/lot_show.h"
#include "ledger/base/dec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BOX_WIDTH 250
#define BOX_HEIGHT 58
#define COLUMN 320
#define ROW 76
#define MARGIN 20
#define CHUNK 4096
#define EVENT_SHOWN 40

struct svg {
    struct arena *arena;
    char *text;
    size_t size;
    size_t room;
    bool failed;
};

static void reserve(struct svg *svg, size_t more)
{
    if (svg->failed || more <= svg->room - svg->size) {
        return;
    }
    const size_t room = 2 * svg->room + more + CHUNK;
    char *text = arena_alloc(svg->arena, room);
    if (text == NULL) {
        svg->failed = true;
        return;
    }
    if (svg->size > 0) {
        memcpy(text, svg->text, svg->size);
    }
    svg->text = text;
    svg->room = room;
}

static void put(struct svg *svg, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct svg *svg, const char *format, ...)
{
    va_list list;
    reserve(svg, 1024);
    if (svg->failed) {
        return;
    }
    va_start(list, format);
    const int size = vsnprintf(svg->text + svg->size, svg->room - svg->size, format, list);
    va_end(list);
    if (size < 0 || (size_t)size >= svg->room - svg->size) {
        svg->failed = true;
        return;
    }
    svg->size += (size_t)size;
}

/* Text of the ledger, for an element or an attribute. */
static void put_escaped(struct svg *svg, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            put(svg, "&lt;");
            break;
        case '>':
            put(svg, "&gt;");
            break;
        case '&':
            put(svg, "&amp;");
            break;
        case '"':
            put(svg, "&quot;");
            break;
        case '\'':
            put(svg, "&#39;");
            break;
        default:
            /* Control characters are no part of XML, escaped or not. */
            put(svg, "%c", (unsigned char)*text < 0x20 ? ' ' : *text);
            break;
        }
    }
}

struct place {
    unsigned x;
    unsigned y;
};

static void put_line(struct svg *svg, unsigned x, unsigned y, unsigned size, const char *weight,
                     const char *text)
{
    put(svg, "<text x=\"%u\" y=\"%u\" font-size=\"%u\" font-weight=\"%s\">", x, y, size, weight);
    put_escaped(svg, text);
    put(svg, "</text>\n");
}

static const char *colour(const struct lot_node *node)
{
    if (node->lot->state == LOT_VOID || (node->event != NULL && node->event->error != NULL)) {
        return "#f6d5d5";
    }
    if (node->lot->stage[0] == 'M') {
        return "#e6e0d4";
    }
    return node->lot->stage[0] == 'W' ? "#d8e6f0" : "#f2f2f2";
}

static void put_box(struct svg *svg, const struct lot_node *node, struct place at, int64_t g_per_t)
{
    char tonnes[DEC_TEXT_SIZE];
    char text[200];
    put(svg,
        "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" "
        "stroke=\"#555\"/>\n",
        at.x, at.y, BOX_WIDTH, BOX_HEIGHT, colour(node));
    put_line(svg, at.x + 8, at.y + 18, 12, "bold", node->lot->lot);
    dec_text(tonnes, dec_of(node->lot->created_kg, 3));
    if (g_per_t >= 0) {
        snprintf(text, sizeof text, "%s t, %lld g CO2e/t", tonnes, (long long)g_per_t);
    } else {
        snprintf(text, sizeof text, "%s t%s", tonnes,
                 g_per_t == LOT_FIGURE_NO_ACCOUNT ? ", no account yet" : "");
    }
    put_line(svg, at.x + 8, at.y + 34, 11, "normal", text);
    snprintf(text, sizeof text, "%s %s, %.40s",
             node->event != NULL ? lot_show_type(node->event->type) : "", node->lot->product,
             node->lot->owner);
    put_line(svg, at.x + 8, at.y + 50, 11, "normal", text);
}

static void put_edge(struct svg *svg, struct place from, struct place to, int64_t kg)
{
    char tonnes[DEC_TEXT_SIZE];
    const unsigned x1 = from.x + BOX_WIDTH;
    const unsigned y1 = from.y + BOX_HEIGHT / 2;
    const unsigned y2 = to.y + BOX_HEIGHT / 2;
    dec_text(tonnes, dec_of(kg, 3));
    put(svg, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" stroke=\"#888\"/>\n", x1, y1, to.x, y2);
    put(svg, "<text x=\"%u\" y=\"%u\" font-size=\"10\" fill=\"#555\">%s t</text>\n", x1 + 6,
        y1 / 2 + y2 / 2 - 3, tonnes);
}

enum err lot_svg_draw(struct bytes *out, const struct lot_trace *trace, const int64_t *g_per_t,
                      struct arena *arena)
{
    struct svg svg = {.arena = arena};
    struct place places[LOT_SVG_NODES];
    const size_t count = trace->count < LOT_SVG_NODES ? trace->count : LOT_SVG_NODES;
    unsigned rows = 0;
    unsigned columns = 0;
    unsigned row = 0;
    for (size_t i = 0; i < count; i++) {
        const bool next = i > 0 && trace->nodes[i].depth != trace->nodes[i - 1].depth;
        row = next ? 0 : row;
        columns += next || i == 0 ? 1 : 0;
        places[i] = (struct place){MARGIN + (columns - 1) * COLUMN, MARGIN + row * ROW};
        row++;
        rows = row > rows ? row : rows;
    }
    const unsigned width = 2 * MARGIN + (columns > 0 ? columns - 1 : 0) * COLUMN + BOX_WIDTH;
    const unsigned height = 2 * MARGIN + rows * ROW + EVENT_SHOWN;
    put(&svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
        "viewBox=\"0 0 %u %u\" font-family=\"sans-serif\">\n",
        width, height, width, height);
    put(&svg, "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n", width, height);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < trace->nodes[i].link_count; j++) {
            const struct lot_link *link = &trace->nodes[i].links[j];
            if (link->node < count) {
                put_edge(&svg, places[i], places[link->node], link->qty_kg);
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        put_box(&svg, &trace->nodes[i], places[i],
                g_per_t != NULL ? g_per_t[i] : LOT_FIGURE_UNKNOWN);
    }
    put(&svg,
        "<text x=\"%d\" y=\"%u\" font-size=\"11\" fill=\"#555\">%s, height %llu: %zu of %zu "
        "lots%s</text>\n</svg>\n",
        MARGIN, height - MARGIN,
        trace->direction == LOT_UP ? "where it came from" : "where it went",
        (unsigned long long)trace->height, count, trace->count,
        count < trace->count ? "; the others are in the table (JSON), or ask for less depth" : "");
    if (svg.failed) {
        return ERR_MEMORY;
    }
    *out = bytes_of(svg.text, svg.size);
    return OK;
}
