/* SPDX-License-Identifier: Apache-2.0 */
/* `seam bench`: how fast this machine does the work of a validator, in processor time wherever that
 * is what counts, so that other load on the machine changes little. Figures are reported, never
 * asserted. */

#include "tools/bench_all.h"
#include "tools/bench_calc.h"
#include "tools/bench_network.h"
#include "tools/bench_parts.h"
#include "tools/bench_trace.h"
#include "tools/bench_transfer.h"
#include "tools/command.h"

int cmd_bench(int argc, char **argv)
{
    static const struct command table[] = {
        {"all", bench_all, "all of these, as the tables of docs/performance.md"},
        {"calc", bench_calc, "lines of an account per second"},
        {"network", bench_network, "a network under load, beside what the machine allows"},
        {"parts", bench_parts, "each part of a node's work by itself"},
        {"trace", bench_trace, "time to trace a lot with ten thousand ancestors"},
        {"transfer", bench_transfer, "transfers of units per second"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam bench",
                       "How fast this machine does the work of a validator.", argc, argv);
}
