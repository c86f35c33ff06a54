/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SAMPLE_REDRAW_H
#define TOOLS_SAMPLE_REDRAW_H

/* `seam sample redraw`: anybody draws the same list, without any node. */
int sample_redraw(int argc, char **argv);

#endif
