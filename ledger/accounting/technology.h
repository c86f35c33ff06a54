/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_TECHNOLOGY_H
#define LEDGER_ACCOUNTING_TECHNOLOGY_H

/* Choose and justify: which technology should take a stream of mine methane, ranked by what it
 * avoids, and why not the others [methodology part 8]. The table of technologies is a parameter set
 * whose keys are SOURCE.ORDER.NAME.PROPERTY (drainage.1.CHP.c_min), so vendor data replace it by
 * another set of the same form. No constant stands in C. */

#include "ledger/accounting/set.h"
#include "ledger/proto/technology.pb-c.h"

#define TECHNOLOGY_EDITION "TECH-1" /* of a set of this form */
#define TECHNOLOGY_DEFAULT "TECH-DEFAULT"
#define TECHNOLOGY_SOURCE_MAX 9 /* technologies for one source: their order is one digit */
#define TECHNOLOGY_RESULT_MAX ((size_t)256 << 10)

struct json_node;

extern const struct field_table technology_fields;

/* One technology of a set, for one source. */
struct technology {
    char name[LIMIT_ID_TEXT + 1];
    struct dec c_min;
    struct dec c_min_transport; /* with certified transport of low-concentration gas */
    struct dec c_max; /* excluded, except 1 */
    struct dec flow_min_ch4; /* Nm3/min of CH4 */
    struct dec flow_min; /* Nm3/min of the mixture */
    struct dec availability;
    struct dec destruction;
    struct dec eta_el;
    struct dec eta_heat;
    struct dec aux; /* kWh/1e3Nm3 of mixture, or of what it is blended to */
    struct dec blend_to; /* 0: not blended */
    bool unsourced; /* some value has grade memory or choice (decision D46) */
};

/* technology_default reads the built-in set. */
enum err NODISCARD technology_default(struct set *out, struct arena *arena, struct errors *errors);

/* technology_table gives the technologies of a source in their order. rows holds
 * TECHNOLOGY_SOURCE_MAX. ERR_SET (another kind of set), ERR_PARAM (a key that is missing, unknown
 * or out of bounds; field names it). */
enum err NODISCARD technology_table(struct technology *rows, size_t *count, const struct set *set,
                                    const char *source, struct errors *errors);

/* technology_file_read reads the JSON document strictly and checks every bound;
 * technology_file_read_node does so for a value of a larger document, whose NULL-terminated keys of
 * ignored belong to somebody else. */
enum err NODISCARD technology_file_read(const Seam__TechnologyFile **out, struct bytes json,
                                        struct arena *arena, struct errors *errors);
enum err NODISCARD technology_file_read_node(const Seam__TechnologyFile **out,
                                             const struct json_node *node,
                                             const char *const *ignored, struct arena *arena,
                                             struct errors *errors);

/* technology_compare ranks and rejects. ERR_SET, ERR_PARAM, ERR_TWICE, ERR_RANGE, ERR_MEMORY. */
enum err NODISCARD technology_compare(const Seam__TechnologyResult **out,
                                      const Seam__TechnologyFile *file, const struct set *set,
                                      struct arena *arena, struct errors *errors);

/* technology_result_json writes the output document; text lives in arena. */
enum err NODISCARD technology_result_json(struct bytes *text, const Seam__TechnologyResult *result,
                                          struct arena *arena);

#endif
