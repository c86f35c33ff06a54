/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OP_LOT_H
#define API_OP_LOT_H

/* The operations of lots, and what they share. Internal to api/op_lot*.c. */

#include "api/operations.h"

#define LOT_PAGE_DEFAULT 100
#define LOT_PAGE_MAX 500

struct lot_page {
    uint32_t from;
    uint32_t count;
};

/* op_lot_page reads from and count; op_lot_switch a truth value that may be absent. */
enum err NODISCARD op_lot_page(struct call *call, struct lot_page *page, uint32_t most);
enum err NODISCARD op_lot_switch(struct call *call, const char *key, bool *out);

/* op_lot_run refuses other keys, opens the state at "at" and lets answer write. */
typedef enum err (*op_lot_answer)(struct call *call, struct query *query, void *wanted);
enum err NODISCARD op_lot_run(struct call *call, const char *const *keys, op_lot_answer answer,
                              void *wanted);

/* op_lot.c */
enum err op_get_lot(struct call *call, const struct rule_row *row);
enum err op_get_lot_event(struct call *call, const struct rule_row *row);
enum err op_list_lots(struct call *call, const struct rule_row *row);
/* op_lot_trace.c */
enum err op_trace_lot(struct call *call, const struct rule_row *row);
/* op_lot_passport.c */
enum err op_get_lot_passport(struct call *call, const struct rule_row *row);
enum err op_get_lot_bundle(struct call *call, const struct rule_row *row);
/* op_lot_export.c */
enum err op_export_lot_events(struct call *call, const struct rule_row *row);
enum err op_export_lot_footprint(struct call *call, const struct rule_row *row);
/* op_lot_record.c */
enum err op_record_lot_event(struct call *call, const struct rule_row *row);
enum err op_import_lot_events(struct call *call, const struct rule_row *row);

#endif
