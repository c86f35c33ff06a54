/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file of whatever content: read, or refused with a field or a hint. */

#include "node/shell/config.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    struct err_detail detail = {0};
    if (size > 16384) {
        return 0;
    }
    memset(&config, 0, sizeof config);
    const enum err err = config_parse(&config, bytes_of(data, size), NULL, &detail);
    if (err != OK && (detail.err != err || (detail.field[0] == '\0' && detail.hint[0] == '\0'))) {
        abort();
    }
    return 0;
}
