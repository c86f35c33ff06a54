/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOT_COMMANDS_H
#define TOOLS_LOT_COMMANDS_H

/* The commands of `seam lot`, one file a kind. argv[0] is the command's name. */

#include "tools/remote.h"

/* lot_events.c: `seam lot mine FILE` or `seam lot mine lot=... qty=... ...`. lot_event_command is
 * true for the name of an event. */
bool lot_event_command(const char *name);
int lot_event(int argc, char **argv);
void lot_event_help(void); /* one line an event, on stdout */

/* lot_print.c. lot_print_receipt says in words what an answer of RecordLotEvent recorded. */
int lot_show(int argc, char **argv);
void lot_print_receipt(const struct json_node *data, const struct remote *remote);

/* lot_trace.c */
int lot_trace(int argc, char **argv);

/* lot_files.c */
int lot_passport(int argc, char **argv);
int lot_export(int argc, char **argv);
int lot_import(int argc, char **argv);

/* lot_check.c */
int lot_verify_file(int argc, char **argv);

/* cmd_lot.c. lot_field_at writes `at` of a request, a height or a time, where there is one. */
void lot_field_at(struct json_out *out, const char *at);

#endif
