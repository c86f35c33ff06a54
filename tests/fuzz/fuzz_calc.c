/* SPDX-License-Identifier: Apache-2.0 */
/* A calculation file of whatever content gives a result whose totals are the sums of its lines, or
 * a named error; a result can be made an account, which then recomputes. */
#include "ledger/accounting/account.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_sums(const Seam__CalculationResult *result)
{
    int64_t sum = 0;
    for (size_t i = 0; i < result->n_lines; i++) {
        sum += result->lines[i]->co2e_g;
    }
    check(sum == result->gross_g + result->sinks_g + result->information_g);
    check(result->gross_g == result->scope1_g + result->scope2_g);
}

static void check_account(const Seam__CalculationFile *file, const struct set *set,
                          struct arena *arena)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE];
    struct account_draft draft;
    struct errors errors;
    struct err_detail detail;
    const Seam__CalculationFile *again = NULL;
    if (errors_new(&errors, arena) != OK ||
        account_build(&draft, file, set, 1, NULL, secret, arena, &errors) != OK) {
        return;
    }
    const enum err err = account_file(&again, draft.account, NULL, set, arena, &detail);
    check(err == OK || err == ERR_MEMORY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct errors errors;
    struct set set;
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    arena_init(&arena, (size_t)32 << 20);
    if (size <= 65536 && errors_new(&errors, &arena) == OK &&
        calc_file_read(&file, bytes_of(data, size), &arena, &errors) == OK &&
        set_load(&set, file->parameter_set, &arena, &errors) == OK) {
        if (calc_run(&result, file, &set, CALC_TRACE, &arena, &errors) == OK) {
            check_sums(result);
            check_account(file, &set, &arena);
        } else {
            check(errors.count > 0 && errors.items[0].err != OK);
        }
    }
    arena_free(&arena);
    return 0;
}
