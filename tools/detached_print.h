/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_DETACHED_PRINT_H
#define TOOLS_DETACHED_PRINT_H

/* `seam lab hash`, `seam sample hash`: a request with its detached part, completed by salt and hash
 * without any node, for people who sign elsewhere (`seam tx new`). operation is ReportLaboratory or
 * ExamineSample; usage as in options.h. */
int detached_print(const char *operation, const char *usage, int argc, char **argv);

#endif
