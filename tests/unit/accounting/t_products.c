/* SPDX-License-Identifier: Apache-2.0 */
/* Products in a signed account [KSSJ 7.2.1c]: their factors follow from the detached masses on
 * every validator, or the account is refused; an account without products is what it was. */
#include "ledger/accounting/account_products.h"
#include "tests/unit/accounting/world.h"

#include <stdlib.h>

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_open(world);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

/* A month of a mine with its raw coal as the one product. */
static Seam__CalculationFile *january(struct world *world)
{
    static Seam__Quantity mass = SEAM__QUANTITY__INIT;
    static Seam__Product coal = SEAM__PRODUCT__INIT;
    static Seam__Product *products[] = {&coal};
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    mass.value = (char *)"240000";
    mass.unit = (char *)"t";
    coal.product = (char *)"raw_coal";
    coal.mass = &mass;
    file->products = products;
    file->n_products = 1;
    return file;
}

static struct account_draft build(struct world *world, const Seam__CalculationFile *file)
{
    struct account_draft draft;
    const enum err err = world_build(world, &draft, file, 1, NULL);
    if (err != OK) {
        fail_msg("%s in %s", err_name(err), world->detail.field);
    }
    return draft;
}

static void factors_are_signed(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = build(world, january(world));
    assert_int_equal(draft.account->n_factors, 1);
    const Seam__StageFactor *factor = draft.account->factors[0];
    assert_string_equal(factor->stage, "MI");
    assert_string_equal(factor->product, "raw_coal");
    assert_int_equal(factor->factor_g_per_t, (draft.account->gross_g + 120000) / 240000);
    assert_int_equal(draft.account->product_count, 1);
    assert_int_equal(draft.account->products_root.len, HASH_SIZE);
    assert_int_equal(world_submit(world, &draft), JUDGE_OK);
}

static void without_products_nothing_changes(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = build(world, world_read(world, "05-mine-b-2025-01.json"));
    assert_int_equal(draft.account->n_factors, 0);
    assert_int_equal(draft.account->products_root.len, 0);
    assert_int_equal(world_lines(world, &draft)->n_products, 0);
}

static void refused(struct world *world, const struct account_draft *draft,
                    const Seam__Account *account, const Seam__AccountLines *lines, enum err err,
                    const char *field)
{
    (void)draft;
    assert_int_equal(world_apply(world, ACCOUNT_SUBMIT_TYPE, account, lines), JUDGE_NEVER);
    if (world->detail.err != err || strcmp(world->detail.field, field) != 0) {
        fail_msg("%s in %s", err_name(world->detail.err), world->detail.field);
    }
}

static void nothing_can_be_changed(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = build(world, january(world));
    Seam__StageFactor factor = *draft.account->factors[0];
    Seam__StageFactor *factors[] = {&factor};
    Seam__Account account = *draft.account;
    account.factors = factors;
    const Seam__AccountLines *lines = world_lines(world, &draft);
    factor.factor_g_per_t--;
    refused(world, &draft, &account, lines, ERR_TOTAL, "factors");
    factor = *draft.account->factors[0];
    factor.product = (char *)"clean";
    refused(world, &draft, &account, lines, ERR_TOTAL, "factors");
    factor = *draft.account->factors[0];
    factor.stage = (char *)"WA";
    refused(world, &draft, &account, lines, ERR_TOTAL, "factors");
    account = *draft.account;
    account.n_factors = 0;
    refused(world, &draft, &account, lines, ERR_TOTAL, "factors");
    account = *draft.account;
    account.product_count = 0;
    refused(world, &draft, &account, lines, ERR_TOTAL, "product_count");
    account = *draft.account;
    account.products_root.len = 0;
    refused(world, &draft, &account, lines, ERR_TOTAL, "products_root");
    Seam__AccountProduct product = *lines->products[0];
    Seam__AccountProduct *changed[] = {&product};
    Seam__AccountLines other = *lines;
    static uint8_t salt[ACCOUNT_SALT_SIZE];
    other.products = changed;
    product.salt.data = salt;
    refused(world, &draft, draft.account, &other, ERR_TOTAL, "products_root");
    product.salt.len = ACCOUNT_SALT_SIZE - 1;
    refused(world, &draft, draft.account, &other, ERR_LENGTH, "products");
    other.n_products = 0;
    refused(world, &draft, draft.account, &other, ERR_TOTAL, "product_count");
    assert_int_equal(world_submit(world, &draft), JUDGE_OK);
}

/* A plant's account goes out and comes back with products and raw coal as they were. */
static void a_plant_comes_back(void **state)
{
    struct world *world = *state;
    static const char text[] =
        "{\"facility\":\"wash-1\",\"kind\":\"WP\",\"period\":\"2024-03\",\"boundary\":\"1\","
        "\"parameter_set\":\"CN-NDRC-COAL-2014\",\"lines\":[{\"code\":\"L_ELEC\",\"source\":"
        "\"grid\",\"bought\":{\"value\":\"100\",\"unit\":\"MWh\"}}],\"products\":["
        "{\"product\":\"slime\",\"mass\":{\"value\":\"10\",\"unit\":\"t\"},\"ncv\":{\"value\":"
        "\"12.5\",\"unit\":\"GJ/t\"},\"moisture\":\"0.2\"},{\"product\":\"clean\",\"mass\":"
        "{\"value\":\"80\",\"unit\":\"t\"},\"ncv\":{\"value\":\"26\",\"unit\":\"GJ/t\"},"
        "\"moisture\":\"0.1\"}],\"raw_input\":{\"mass\":{\"value\":\"90\",\"unit\":\"t\"},"
        "\"moisture\":\"0.1\"}}";
    struct errors errors;
    struct set set;
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationFile *again = NULL;
    struct err_detail detail;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(calc_file_read(&file, bytes_text(text), &world->arena, &errors), OK);
    assert_int_equal(set_load(&set, file->parameter_set, &world->arena, &errors), OK);
    const struct account_draft draft = build(world, file);
    assert_int_equal(draft.account->product_count, 3);
    assert_string_equal(draft.account->factors[0]->stage, "WA");
    assert_int_equal(account_recompute(&again, draft.account, world_lines(world, &draft), &set,
                                       &world->arena, &detail),
                     OK);
    assert_int_equal(again->n_products, 2);
    assert_string_equal(again->products[0]->product, "slime");
    assert_string_equal(again->raw_input->mass->value, "90");
    assert_string_equal(again->raw_input->moisture, "0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(factors_are_signed, open_world, close_world),
        cmocka_unit_test_setup_teardown(without_products_nothing_changes, open_world, close_world),
        cmocka_unit_test_setup_teardown(nothing_can_be_changed, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_plant_comes_back, open_world, close_world)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
