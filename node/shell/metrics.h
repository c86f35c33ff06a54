/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_METRICS_H
#define NODE_SHELL_METRICS_H

/* The numbers of a running node, in the text form Prometheus reads. A metric is known by its name
 * (seam_<subsystem>_<name>_<unit>) and at most one label; names that end in _total only grow. Help
 * texts stand in one table in metrics.c. Any thread writes, any thread renders. */

#include <stddef.h>
#include <stdint.h>

#define METRICS_MAX 256 /* name and label pairs */
#define METRICS_TEXT_MAX (64 * 1024)

struct metrics;

/* metrics_new gives an empty set; NULL when memory ends. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* name and label are constant texts that outlive the set; label is the value of the one label its
 * name has in the help table ("kind" by default), or NULL. A set that is full ignores new names. */
void metrics_add(struct metrics *metrics, const char *name, const char *label, int64_t amount);
void metrics_set(struct metrics *metrics, const char *name, const char *label, int64_t value);
/* metrics_get is 0 for what was never written. */
int64_t metrics_get(struct metrics *metrics, const char *name, const char *label);

/* metrics_render writes the exposition text, NUL-terminated. Returns its length. */
size_t metrics_render(struct metrics *metrics, const char *version, char out[METRICS_TEXT_MAX]);

/* metrics_help gives the sentence for a name, or NULL when the table has none. */
const char *metrics_help(const char *name);

#endif
