/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of genesis/sets/ as they stand, put into the program by the assembler, so that an
 * installed binary needs no file and no setting to find them. */
#include "ledger/accounting/set.h"

#include <string.h>

#define BUILTIN(symbol, path)                                                                      \
    __asm__(".section .rodata\n"                                                                   \
            ".balign 8\n"                                                                          \
            "seam_builtin_" #symbol ":\n"                                                          \
            ".incbin \"" path "\"\n"                                                               \
            "seam_builtin_" #symbol "_end:\n"                                                      \
            ".byte 0\n"                                                                            \
            ".previous\n");                                                                        \
    extern const uint8_t seam_builtin_##symbol[];                                                  \
    extern const uint8_t seam_builtin_##symbol##_end[]

BUILTIN(cn_gbt, "genesis/sets/CN-GBT-32151.11-2018.json");
BUILTIN(cn_kssj, "genesis/sets/CN-KSSJ-YY25-2023.json");
BUILTIN(cn_ndrc, "genesis/sets/CN-NDRC-COAL-2014.json");
BUILTIN(cn_prov, "genesis/sets/CN-PROV-2011.json");
BUILTIN(ipcc_2006, "genesis/sets/IPCC-2006-COAL.json");
BUILTIN(ipcc_2019, "genesis/sets/IPCC-2019-COAL.json");
BUILTIN(ru_mnr, "genesis/sets/RU-MNR371-2022.json");
BUILTIN(us_epa, "genesis/sets/US-EPA-98FF.json");

static const struct {
    const char *id;
    const uint8_t *start;
    const uint8_t *end;
} builtins[] = {
    {"CN-GBT-32151.11-2018", seam_builtin_cn_gbt, seam_builtin_cn_gbt_end},
    {"CN-KSSJ-YY25-2023", seam_builtin_cn_kssj, seam_builtin_cn_kssj_end},
    {"CN-NDRC-COAL-2014", seam_builtin_cn_ndrc, seam_builtin_cn_ndrc_end},
    {"CN-PROV-2011", seam_builtin_cn_prov, seam_builtin_cn_prov_end},
    {"IPCC-2006-COAL", seam_builtin_ipcc_2006, seam_builtin_ipcc_2006_end},
    {"IPCC-2019-COAL", seam_builtin_ipcc_2019, seam_builtin_ipcc_2019_end},
    {"RU-MNR371-2022", seam_builtin_ru_mnr, seam_builtin_ru_mnr_end},
    {"US-EPA-98FF", seam_builtin_us_epa, seam_builtin_us_epa_end},
};

#define BUILTIN_COUNT (sizeof builtins / sizeof builtins[0])

const char *set_builtin_id(size_t index)
{
    return index < BUILTIN_COUNT ? builtins[index].id : NULL;
}

struct bytes set_builtin(const char *id)
{
    for (size_t i = 0; i < BUILTIN_COUNT; i++) {
        if (strcmp(builtins[i].id, id) == 0) {
            return bytes_of(builtins[i].start, (size_t)(builtins[i].end - builtins[i].start));
        }
    }
    return bytes_of(NULL, 0);
}
