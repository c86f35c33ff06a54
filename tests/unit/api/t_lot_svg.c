/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a trace: well-formed, whole, and nothing in it that a text of the ledger put
 * there.
 */
#include "api/lot_svg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define NODES 500

static struct arena arena;
static Seam__LotRecord lots[NODES];
static struct lot_node nodes[NODES];
static struct lot_link links[NODES];

static void fill(struct lot_trace *trace, size_t count)
{
    *trace = (struct lot_trace){.nodes = nodes, .count = count, .start_count = 1, .height = 7};
    for (size_t i = 0; i < count; i++) {
        seam__lot_record__init(&lots[i]);
        lots[i].lot = (char *)"06901234567892.R1";
        lots[i].owner = (char *)"mine";
        lots[i].created_kg = 1000500;
        links[i] = (struct lot_link){(uint32_t)(i + 1), 500};
        nodes[i] = (struct lot_node){.lot = &lots[i],
                                     .depth = (uint32_t)i,
                                     .links = &links[i],
                                     .link_count = i + 1 < count ? 1 : 0};
    }
}

static size_t times(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static const char *draw(const struct lot_trace *trace, const int64_t *figures)
{
    struct bytes out;
    arena_free(&arena);
    arena_init(&arena, (size_t)16 << 20);
    assert_int_equal(lot_svg_draw(&out, trace, figures, &arena), OK);
    const char *text = arena_text(&arena, (const char *)out.data, out.size);
    assert_non_null(text);
    assert_int_equal(times(text, "<text"), times(text, "</text>"));
    assert_int_equal(times(text, "<svg"), 1);
    assert_int_equal(times(text, "</svg>"), 1);
    return text;
}

static void labels(void **state)
{
    (void)state;
    struct lot_trace trace;
    const int64_t figures[] = {123, -1, 0};
    fill(&trace, 3);
    const char *text = draw(&trace, figures);
    assert_int_equal(times(text, "rx=\"4\""), 3);
    assert_int_equal(times(text, "<line"), 2);
    assert_int_equal(times(text, "1000.5 t, 123 g CO2e/t"), 1);
    assert_int_equal(times(text, "1000.5 t, 0 g CO2e/t"), 1);
    assert_int_equal(times(text, "1000.5 t<"), 1);
    assert_int_equal(times(text, "0.5 t<"), 3); /* two steps, and the end of 1000.5 t */
    draw(&trace, NULL);
    const int64_t missing[] = {LOT_FIGURE_NO_ACCOUNT, 0, LOT_FIGURE_UNKNOWN};
    assert_int_equal(times(draw(&trace, missing), "no account yet"), 1);
}

static void hostile(void **state)
{
    (void)state;
    struct lot_trace trace;
    fill(&trace, 1);
    lots[0].owner = (char *)"</text><script>alert('1')&\"\x01";
    lots[0].product = (char *)"<a href=\"http://x\">";
    const char *text = draw(&trace, NULL);
    assert_int_equal(times(text, "<script"), 0);
    assert_int_equal(times(text, "<a "), 0);
    assert_int_equal(times(text, "\x01"), 0);
    assert_int_equal(times(text, "&lt;script&gt;alert(&#39;1&#39;)&amp;&quot;"), 1);
}

static void limits(void **state)
{
    (void)state;
    struct lot_trace trace;
    static const size_t counts[] = {0, 1, LOT_SVG_NODES - 1, LOT_SVG_NODES, LOT_SVG_NODES + 1};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        fill(&trace, counts[i]);
        const char *text = draw(&trace, NULL);
        const size_t shown = counts[i] < LOT_SVG_NODES ? counts[i] : LOT_SVG_NODES;
        assert_int_equal(times(text, "rx=\"4\""), shown);
        assert_int_equal(times(text, "the others are in the table"), shown < counts[i] ? 1 : 0);
    }
    struct bytes out;
    struct arena small;
    fill(&trace, 100);
    arena_init(&small, 8192);
    assert_int_equal(lot_svg_draw(&out, &trace, NULL, &small), ERR_MEMORY);
    arena_free(&small);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),
        cmocka_unit_test(hostile),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
