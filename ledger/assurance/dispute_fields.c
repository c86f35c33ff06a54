/* SPDX-License-Identifier: Apache-2.0 */
/* One row for every field of what is sent about disputes and observations. Rows of one message
 * stand together. */

#include "ledger/assurance/dispute.h"

#include "ledger/proto/dispute.pb-c.h"

#define CLAUSE "KSSJ 7.2.2b"
#define OUTCOMES "CONFIRM_VERIFIED,CONFIRM_REPORTED,THIRD_VALUE"

#define ROW(message_, field_, kind_, required_, min_, max_, choices_, help_)                       \
    {                                                                                              \
        &seam__##message_##__descriptor, field_, kind_, required_, min_, max_, 0, NULL, choices_,  \
            OK, CLAUSE, help_                                                                      \
    }
#define ID(message_, field_, required_, help_)                                                     \
    ROW(message_, field_, FIELD_ID, required_, NULL, NULL, NULL, help_)
#define CODE(message_, field_, required_, help_)                                                   \
    ROW(message_, field_, FIELD_ID, required_, NULL, NULL, "A", help_)
#define TEXT(message_, field_, required_, max_, help_)                                             \
    ROW(message_, field_, FIELD_TEXT, required_, NULL, max_, NULL, help_)
#define ENUM(message_, field_, choices_, help_)                                                    \
    ROW(message_, field_, FIELD_ENUM, true, NULL, NULL, choices_, help_)
#define HASH(message_, field_, required_, help_)                                                   \
    ROW(message_, field_, FIELD_HASH, required_, NULL, NULL, NULL, help_)
#define GRAMS(message_, field_, help_)                                                             \
    ROW(message_, field_, FIELD_GRAMS, false, "-9007199254740991", "9007199254740991", NULL, help_)
#define COUNT(message_, field_, required_, min_, max_, help_)                                      \
    ROW(message_, field_, FIELD_INTEGER, required_, min_, max_, NULL, help_)
#define TONNES(message_, field_, help_)                                                            \
    {                                                                                              \
        &seam__##message_##__descriptor, field_, FIELD_DECIMAL, true, "0", "1000000000", 6, NULL,  \
            NULL, OK, "B9", help_                                                                  \
    }

static const struct field_row rows[] = {
    /* ObservationAdd */
    ID(observation_add, "observation", true, "id of the observation"),
    ID(observation_add, "facility", true, "what was observed"),
    ROW(observation_add, "period", FIELD_PERIOD, true, NULL, NULL, NULL, "month, quarter or year"),
    ENUM(observation_add, "method",
         "SECOND_METER,ELECTRICITY,PRODUCTION,SATELLITE,UAV,INSPECTION,NEIGHBOUR", "how"),
    ENUM(observation_add, "quantity", "GROSS,SCOPE1,SCOPE2,CH4,CO2", "which amount it estimates"),
    TONNES(observation_add, "value", "t"),
    TONNES(observation_add, "low", "t, lower end of the 95 % interval"),
    TONNES(observation_add, "high", "t, upper end of the 95 % interval"),
    TEXT(observation_add, "instrument", false, "200", "meter, sensor or satellite"),
    HASH(observation_add, "document_hash", false, "SHA-256 of the report"),
    TEXT(observation_add, "note", false, "200", "remark"),
    /* ObservationWithdraw */
    ID(observation_withdraw, "observation", true, "which one is wrong"),
    ENUM(observation_withdraw, "reason", "DID_NOT_OCCUR,INCORRECT_DATA", "what is wrong with it"),
    ID(observation_withdraw, "replaced_by", false, "observation that stands for it"),
    TEXT(observation_withdraw, "note", false, "200", "remark"),
    /* CategoryTotals, as in the table of verification */
    GRAMS(category_totals, "scope1_g", "g CO2e, scope 1"),
    GRAMS(category_totals, "scope2_g", "g CO2e, scope 2"),
    GRAMS(category_totals, "sinks_g", "g CO2e removed"),
    GRAMS(category_totals, "information_g", "g CO2e, for information"),
    GRAMS(category_totals, "gross_g", "scope 1 + scope 2"),
    GRAMS(category_totals, "net_g", "gross - sinks"),
    /* DisputeClaim */
    CODE(dispute_claim, "code", false, "code of the line; none: the total of the category"),
    ID(dispute_claim, "source", false, "source of the line"),
    ID(dispute_claim, "detail", false, "fuel or face of the line"),
    ENUM(dispute_claim, "category", "SCOPE1,SCOPE2,SINK,INFORMATION", "whose total it is part of"),
    GRAMS(dispute_claim, "reported_g", "amount by the account"),
    GRAMS(dispute_claim, "stated_g", "amount in force"),
    GRAMS(dispute_claim, "claimed_g", "amount claimed"),
    TEXT(dispute_claim, "reason", true, "500", "why"),
    /* DecisionLine */
    COUNT(decision_line, "claim", true, "1", "300", "which claim"),
    ENUM(decision_line, "outcome", OUTCOMES, "which side is right, or neither"),
    GRAMS(decision_line, "value_g", "decided amount of what the claim names"),
    GRAMS(decision_line, "change_g", "by which it changes the total of its category"),
    TEXT(decision_line, "reason", true, "500", "why"),
    /* DisputeLeaf, DisputeLines */
    ROW(dispute_leaf, "salt", FIELD_BYTES, true, NULL, "16", NULL, "16 bytes"),
    ROW(dispute_leaf, "content", FIELD_BYTES, true, NULL, "4096", NULL,
        "canonical claim or decided line"),
    ROW(dispute_lines, "lines", FIELD_MESSAGE, true, NULL, "300", NULL, "salted leaves"),
    ROW(dispute_lines, "account", FIELD_BYTES, false, NULL, "262144", NULL,
        "lines of the account, where a claim names one"),
    ROW(dispute_lines, "claims", FIELD_MESSAGE, false, NULL, "300", NULL,
        "all claims, with a decision"),
    /* DisputeOpen */
    ID(dispute_open, "dispute", true, "id of the dispute"),
    ID(dispute_open, "facility", true, "whose account is contested"),
    ROW(dispute_open, "period", FIELD_PERIOD, true, NULL, NULL, NULL, "period of the account"),
    COUNT(dispute_open, "version", true, "1", "1000000", "version that counts"),
    HASH(dispute_open, "account_hash", true, "hash of this version"),
    HASH(dispute_open, "parameter_set_hash", true, "adopted verification rules"),
    COUNT(dispute_open, "claim_count", true, "1", "100", "claims below the root"),
    HASH(dispute_open, "claims_root", true, "root of the salted claims"),
    ROW(dispute_open, "disputed_g", FIELD_GRAMS, true, "1", "9007199254740991", NULL,
        "sum of the magnitudes of what is contested"),
    ENUM(dispute_open, "relief", OUTCOMES, "what is asked for"),
    TEXT(dispute_open, "reason", true, "500", "why, for everybody to read"),
    /* DisputeJoin */
    ID(dispute_join, "dispute", true, "open dispute"),
    COUNT(dispute_join, "claim_count", true, "1", "100", "claims below the root"),
    HASH(dispute_join, "claims_root", true, "root of the salted claims"),
    ROW(dispute_join, "disputed_g", FIELD_GRAMS, true, "1", "9007199254740991", NULL,
        "sum of the magnitudes of what is contested"),
    ENUM(dispute_join, "relief", OUTCOMES, "what is asked for"),
    TEXT(dispute_join, "reason", true, "500", "why, for everybody to read"),
    /* StatementFile */
    ID(statement_file, "dispute", true, "dispute"),
    ENUM(statement_file, "visibility", "PUBLIC,SEALED", "who may read it"),
    TEXT(statement_file, "text", false, "8000", "a public statement"),
    HASH(statement_file, "ciphertext_hash", false, "of what was sealed to the regulator"),
    COUNT(statement_file, "ciphertext_size", false, "0", "100000000", "bytes of it"),
    HASH(statement_file, "evidence", false, "hashes of documents"),
    /* DisputeExtend */
    ID(dispute_extend, "dispute", true, "dispute"),
    ENUM(dispute_extend, "deadline", "STATEMENTS,DECISION", "which deadline moves"),
    COUNT(dispute_extend, "working_days", true, "1", "250", "working days more"),
    TEXT(dispute_extend, "reason", true, "500", "why"),
    /* DisputePanel */
    ID(dispute_panel, "dispute", true, "dispute"),
    ID(dispute_panel, "persons", true, "three persons of the regulator, ascending"),
    /* EffectOrder */
    COUNT(effect_order, "claim", true, "1", "300", "claim that it follows from"),
    ENUM(effect_order, "kind", "TOP_UP,RECOVER,CUT_NEXT_YEAR,NONE", "what is done"),
    GRAMS(effect_order, "used_g", "amount that the allocation used"),
    GRAMS(effect_order, "decided_g", "amount that it should have used"),
    {&seam__effect_order__descriptor, "rate", FIELD_DECIMAL, false, "0", "10", 6, NULL, NULL, OK,
     "D42", "allocation rate of the scheme, t per t"},
    COUNT(effect_order, "tonnes", false, "0", "1000000000000", "|decided - used| x rate"),
    COUNT(effect_order, "cut_bp", false, "0", "10000", "share of the next allocation"),
    COUNT(effect_order, "year", false, "0", "2199", "allocation it acts on"),
    TEXT(effect_order, "clause", false, "100", "on which clause it rests"),
    /* DisputeDecide */
    ID(dispute_decide, "dispute", true, "dispute"),
    COUNT(dispute_decide, "decision", true, "1", "2", "1, or 2 on appeal"),
    COUNT(dispute_decide, "line_count", true, "1", "300", "decided claims below the root"),
    HASH(dispute_decide, "lines_root", true, "root of the salted decided lines"),
    ROW(dispute_decide, "decided", FIELD_MESSAGE, true, NULL, NULL, NULL, "totals as decided"),
    ROW(dispute_decide, "effects", FIELD_MESSAGE, false, NULL, "300", NULL,
        "what follows, at most one a claim"),
    TEXT(dispute_decide, "reason", true, "2000", "why, for everybody to read"),
    /* DisputeAppeal */
    ID(dispute_appeal, "dispute", true, "dispute"),
    TEXT(dispute_appeal, "grounds", true, "2000", "why the decision is wrong"),
    HASH(dispute_appeal, "document_hash", false, "SHA-256 of the appeal"),
    /* DisputeClose */
    ID(dispute_close, "dispute", true, "dispute whose time to decide ran out"),
    /* ShownLine */
    ENUM(shown_line, "list", "CLAIMS,DECISION", "what the line belongs to"),
    COUNT(shown_line, "part", true, "1", "3", "claimant or decision"),
    COUNT(shown_line, "index", false, "0", "300", "leaf, from 0"),
    ROW(shown_line, "leaf", FIELD_MESSAGE, true, NULL, NULL, NULL, "salt and content"),
    HASH(shown_line, "path", false, "path to the root"),
    /* DisputePublish */
    ID(dispute_publish, "dispute", true, "final dispute"),
    TEXT(dispute_publish, "summary", true, "4000", "what everybody may read"),
    ID(dispute_publish, "masked", false, "names of what was left out"),
    ROW(dispute_publish, "shown", FIELD_MESSAGE, false, NULL, "100", NULL, "lines shown"),
    HASH(dispute_publish, "document_hash", false, "SHA-256 of the published case"),
    /* DisputeWithdraw */
    ID(dispute_withdraw, "dispute", true, "dispute"),
    TEXT(dispute_withdraw, "reason", true, "500", "why"),
};

const struct field_table dispute_fields = {rows, sizeof rows / sizeof rows[0]};
