/* SPDX-License-Identifier: Apache-2.0 */
/* The transactions of custody and the bounds of their fields. */
#include "ledger/assurance/rules.h"

#include "ledger/assurance/assurance.h"
#include "ledger/proto/assurance.pb-c.h"

#define OPERATORS (ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER)

#define ROW(type_, NAME, Operation, stem, detached_, roles_, cost_, help_)                         \
    {                                                                                              \
        .type = type_##_TYPE, .name = NAME, .operation = Operation,                                \
        .payload = &seam__##stem##__descriptor, .detached = detached_, .roles = roles_,            \
        .signatures = 1, .usages = {USAGE_SUBMIT}, .apply = stem, .links = stem##_links,           \
        .cost = cost_, .clause = "KSSJ 6.2b", .since = 1, .help_en = help_                         \
    }

static const struct rule_row rows[] = {
    ROW(SAMPLE_TAKE, "SAMPLE_TAKE", "TakeSample", sample_take, NULL, OPERATORS, 8,
        "Records a coal sample: where, when and by whom it was taken."),
    ROW(SAMPLE_SEAL, "SAMPLE_SEAL", "SealSample", sample_seal, NULL, OPERATORS, 6,
        "Records the seal of a sample, by another person."),
    ROW(SAMPLE_RECEIVE, "SAMPLE_RECEIVE", "ReceiveSample", sample_receive, NULL, ROLE_LABORATORY, 6,
        "Records what the laboratory was handed, and under which seal."),
    ROW(LAB_REPORT, "LAB_REPORT", "ReportLaboratory", lab_report, &seam__lab_values__descriptor,
        ROLE_LABORATORY, 8, "Reports on a sample that the laboratory received."),
    ROW(LAB_WITHDRAW, "LAB_WITHDRAW", "WithdrawLaboratoryReport", lab_withdraw, NULL,
        ROLE_LABORATORY, 6, "Withdraws a laboratory report that was wrong."),
};

const struct rule_table custody_rules = {rows, sizeof rows / sizeof rows[0]};

#undef ROW
#define ROW(message_, field_, kind_, required_, max_, choices_, help_)                             \
    {                                                                                              \
        .message = &seam__##message_##__descriptor, .field = field_, .kind = kind_,                \
        .required = required_, .max = max_, .choices = choices_, .clause = "V14", .help_en = help_ \
    }
#define MASS(message_, help_)                                                                      \
    {                                                                                              \
        .message = &seam__##message_##__descriptor, .field = "mass_kg", .kind = FIELD_DECIMAL,     \
        .required = true, .min = "0", .max = "10000", .decimals = 3, .clause = "V14",              \
        .help_en = help_                                                                           \
    }

static const struct field_row fields[] = {
    ROW(sample_take, "sample", FIELD_ID, true, NULL, NULL, "name of the sample"),
    ROW(sample_take, "facility", FIELD_ID, true, NULL, NULL, "facility"),
    ROW(sample_take, "period", FIELD_PERIOD, true, NULL, NULL, "month whose coal it stands for"),
    ROW(sample_take, "product", FIELD_ID, false, NULL, NULL, "product"),
    ROW(sample_take, "point", FIELD_ID, true, NULL, NULL, "where it was taken"),
    ROW(sample_take, "sampler", FIELD_ID, true, NULL, NULL, "person who took it"),
    ROW(sample_take, "sampled_at_ms", FIELD_TIME, true, NULL, NULL, "when it was taken"),
    MASS(sample_take, "kilograms"),
    ROW(sample_take, "parameter_set_hash", FIELD_HASH, true, NULL, NULL,
        "rules of verification, adopted by the scheme"),
    ROW(sample_seal, "sample", FIELD_ID, true, NULL, NULL, "sample"),
    ROW(sample_seal, "seal", FIELD_TEXT, true, "64", NULL, "number of the seal"),
    ROW(sample_seal, "sealed_at_ms", FIELD_TIME, true, NULL, NULL, "when it was sealed"),
    ROW(sample_seal, "laboratory", FIELD_ID, false, NULL, NULL,
        "laboratory that alone may receive it; none: any"),
    ROW(sample_receive, "sample", FIELD_ID, true, NULL, NULL, "sample"),
    ROW(sample_receive, "seal", FIELD_TEXT, false, "64", NULL, "number of the seal as found"),
    ROW(sample_receive, "intact", FIELD_BOOL, false, NULL, NULL, "is the seal intact?"),
    ROW(sample_receive, "received_at_ms", FIELD_TIME, true, NULL, NULL, "when it came"),
    MASS(sample_receive, "kilograms as received"),
    ROW(lab_report, "sample", FIELD_ID, true, NULL, NULL, "sample"),
    ROW(lab_report, "report_number", FIELD_TEXT, true, "64", NULL, "number of the report"),
    ROW(lab_report, "report_hash", FIELD_HASH, true, NULL, NULL, "hash of the report"),
    ROW(lab_report, "verification_hash", FIELD_HASH, true, NULL, NULL,
        "hash of what the QR code of the report says"),
    ROW(lab_report, "tested_at_ms", FIELD_TIME, true, NULL, NULL, "when it was tested"),
    ROW(lab_report, "parameters", FIELD_ID, true, NULL, "A", "what was tested, ascending"),
    ROW(lab_report, "values_hash", FIELD_HASH, true, NULL, NULL, "hash of the detached values"),
    ROW(lab_values, "salt", FIELD_BYTES, true, "16", NULL, "16 bytes"),
    ROW(lab_values, "values", FIELD_MESSAGE, true, "60", NULL, "values, ascending by parameter"),
    ROW(lab_value, "parameter", FIELD_ENUM, true, NULL, "A,CC,H,M,NCV,S", "parameter"),
    ROW(lab_value, "basis", FIELD_ENUM, true, NULL, "AD,AR,D", "basis"),
    {.message = &seam__lab_value__descriptor,
     .field = "value",
     .kind = FIELD_DECIMAL,
     .required = true,
     .min = "0",
     .max = "1000",
     .decimals = 6,
     .clause = "V14",
     .help_en = "value"},
    ROW(lab_value, "unit", FIELD_TEXT, true, "16", NULL, "unit"),
    ROW(lab_value, "method", FIELD_TEXT, true, "64", NULL, "method: GB/T 476"),
    ROW(lab_withdraw, "sample", FIELD_ID, true, NULL, NULL, "sample"),
    ROW(lab_withdraw, "reason", FIELD_TEXT, true, "200", NULL, "why"),
};

const struct field_table custody_fields = {fields, sizeof fields / sizeof fields[0]};
