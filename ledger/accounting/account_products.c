/* SPDX-License-Identifier: Apache-2.0 */
/* The order of products decides ties of the allocation, so it is kept and hashed as it is. */
#include "ledger/accounting/account_products.h"

#include "ledger/accounting/allocate.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/message.h"

#include <stdio.h>
#include <string.h>

#define PRODUCT_BYTES_MAX 256

const char *account_stage(const char *kind)
{
    return strcmp(kind, "WP") == 0 ? "WA" : "MI";
}

static ProtobufCBinaryData data_of(struct bytes bytes)
{
    return (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
}

static enum err root_of(struct hash *out, const Seam__AccountLines *detached, struct arena *arena)
{
    struct hash *leaves = arena_alloc(arena, (detached->n_products + 1) * sizeof *leaves);
    if (leaves == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < detached->n_products; i++) {
        const Seam__AccountProduct *item = detached->products[i];
        struct hasher hasher;
        if (item->salt.len != ACCOUNT_SALT_SIZE) {
            return ERR_LENGTH;
        }
        merkle_leaf_begin(&hasher, TAG_PRODUCT_LEAF);
        hash_add(&hasher, bytes_of(item->salt.data, item->salt.len));
        hash_add(&hasher, bytes_of(item->product.data, item->product.len));
        hash_end(&hasher, &leaves[i]);
    }
    merkle_root(out, leaves, detached->n_products);
    return OK;
}

/* --- building ----------------------------------------------------------------------------------*/

struct seal {
    const Seam__Account *account;
    const uint8_t *secret;
    struct arena *arena;
    Seam__AccountLines *detached;
};

static enum err seal_one(const struct seal *seal, const Seam__Product *product)
{
    Seam__AccountProduct *item = arena_alloc(seal->arena, sizeof *item);
    uint8_t *salt = arena_alloc(seal->arena, ACCOUNT_SALT_SIZE);
    struct bytes packed;
    if (item == NULL || salt == NULL) {
        return ERR_MEMORY;
    }
    const enum err err = message_pack(&packed, &product->base, seal->arena);
    if (err != OK) {
        return err;
    }
    seam__account_product__init(item);
    account_salt(salt, seal->secret, seal->account->period, seal->account->version, 'P',
                 bytes_text(product->product));
    item->salt = (ProtobufCBinaryData){.len = ACCOUNT_SALT_SIZE, .data = salt};
    item->product = data_of(packed);
    seal->detached->products[seal->detached->n_products++] = item;
    return OK;
}

static enum err add_factors(Seam__Account *account, const Seam__CalculationResult *result,
                            struct arena *arena)
{
    account->factors = arena_alloc(arena, result->n_allocation * sizeof(Seam__StageFactor *));
    if (account->factors == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < result->n_allocation; i++) {
        Seam__StageFactor *factor = arena_alloc(arena, sizeof *factor);
        if (factor == NULL) {
            return ERR_MEMORY;
        }
        seam__stage_factor__init(factor);
        factor->stage = (char *)(uintptr_t)account_stage(account->kind);
        factor->product = result->allocation[i]->product;
        factor->factor_g_per_t = result->allocation[i]->factor_g_per_t;
        account->factors[account->n_factors++] = factor;
    }
    return OK;
}

enum err account_products_seal(Seam__Account *account, Seam__AccountLines *detached,
                               const Seam__CalculationFile *file,
                               const Seam__CalculationResult *result,
                               const uint8_t secret[ACCOUNT_SECRET_SIZE], struct arena *arena)
{
    const struct seal seal = {account, secret, arena, detached};
    if (file->n_products == 0) {
        return OK;
    }
    detached->products =
        arena_alloc(arena, (file->n_products + 1) * sizeof(Seam__AccountProduct *));
    if (detached->products == NULL) {
        return ERR_MEMORY;
    }
    enum err err = OK;
    for (size_t i = 0; err == OK && i < file->n_products; i++) {
        err = seal_one(&seal, file->products[i]);
    }
    if (err == OK && file->raw_input != NULL) {
        Seam__Product raw = SEAM__PRODUCT__INIT;
        raw.product = (char *)(uintptr_t)ALLOCATE_PRODUCT_RAW;
        raw.mass = file->raw_input->mass;
        raw.moisture = file->raw_input->moisture;
        err = seal_one(&seal, &raw);
    }
    if (err == OK) {
        err = add_factors(account, result, arena);
    }
    struct hash root;
    struct bytes kept;
    if (err == OK) {
        err = root_of(&root, detached, arena);
    }
    if (err == OK && !arena_copy(arena, hash_bytes(&root), &kept)) {
        err = ERR_MEMORY;
    }
    if (err == OK) {
        account->products_root = data_of(kept);
        account->product_count = (uint32_t)detached->n_products;
    }
    return err;
}

/* --- checking ----------------------------------------------------------------------------------*/

static enum err open_raw(Seam__CalculationFile *file, const Seam__Product *product,
                         struct arena *arena, struct err_detail *detail)
{
    if (product->ncv != NULL) {
        return err_set(detail, ERR_NOT_CANONICAL, "products", "D3", NULL,
                       "the entry of the raw coal has mass and moisture");
    }
    Seam__RawInput *raw = arena_alloc(arena, sizeof *raw);
    if (raw == NULL) {
        return ERR_MEMORY;
    }
    seam__raw_input__init(raw);
    raw->mass = product->mass;
    raw->moisture = product->moisture;
    file->raw_input = raw;
    return OK;
}

enum err account_products_open(Seam__CalculationFile *file, const Seam__AccountLines *detached,
                               struct arena *arena, struct err_detail *detail)
{
    const size_t count = detached->n_products;
    file->products = arena_alloc(arena, (count + 1) * sizeof(Seam__Product *));
    if (file->products == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const Seam__AccountProduct *in = detached->products[i];
        ProtobufCMessage *message = NULL;
        if (in->salt.len != ACCOUNT_SALT_SIZE) {
            return err_set(detail, ERR_LENGTH, "products", "D3", "salt of 16 bytes", NULL);
        }
        enum err err = message_unpack(&message, &seam__product__descriptor,
                                      bytes_of(in->product.data, in->product.len),
                                      PRODUCT_BYTES_MAX, arena, detail);
        if (err != OK) {
            return err;
        }
        Seam__Product *product = (Seam__Product *)message;
        if (i + 1 == count && strcmp(product->product, ALLOCATE_PRODUCT_RAW) == 0) {
            err = open_raw(file, product, arena, detail);
        } else {
            file->products[file->n_products++] = product;
        }
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static enum err differs(struct err_detail *detail, const char *field, int64_t found)
{
    char limit[32];
    snprintf(limit, sizeof limit, "%lld", (long long)found);
    return err_set(detail, ERR_TOTAL, field, "KSSJ 7.2.1c", limit,
                   "what follows from the lines and products");
}

static bool same_factor(const Seam__StageFactor *stated, const Seam__Allocation *found,
                        const char *stage)
{
    return strcmp(stated->stage, stage) == 0 && strcmp(stated->product, found->product) == 0 &&
           stated->factor_g_per_t == found->factor_g_per_t;
}

enum err account_products_compare(const Seam__Account *account, const Seam__AccountLines *detached,
                                  const Seam__CalculationResult *result, struct arena *arena,
                                  struct err_detail *detail)
{
    if (account->product_count != detached->n_products) {
        return differs(detail, "product_count", (int64_t)detached->n_products);
    }
    if (account->n_factors != result->n_allocation) {
        return differs(detail, "factors", (int64_t)result->n_allocation);
    }
    for (size_t i = 0; i < account->n_factors; i++) {
        if (!same_factor(account->factors[i], result->allocation[i],
                         account_stage(account->kind))) {
            return differs(detail, "factors", result->allocation[i]->factor_g_per_t);
        }
    }
    struct hash root;
    const enum err err = root_of(&root, detached, arena);
    if (err != OK) {
        return err;
    }
    const struct bytes expected = detached->n_products > 0 ? hash_bytes(&root) : bytes_of(NULL, 0);
    if (!bytes_equal(bytes_of(account->products_root.data, account->products_root.len), expected)) {
        return err_set(detail, ERR_TOTAL, "products_root", "D3", NULL,
                       "the root does not follow from the detached products");
    }
    return OK;
}
