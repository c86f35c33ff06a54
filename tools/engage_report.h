/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_ENGAGE_REPORT_H
#define TOOLS_ENGAGE_REPORT_H

/* `seam engage report`: the verification report of an engagement as Markdown or JSON [KSSJ 6.2b].
 * Its number is the opinion's; before one is issued it has none. */
int engage_report(int argc, char **argv);

#endif
