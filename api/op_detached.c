/* SPDX-License-Identifier: Apache-2.0 */
/* A laboratory's report and the results of an audit sample: the values stand beside the signed
 * body, the node names them in it (api/detached.h). */

#include "api/operations.h"

#include "api/detached.h"
#include "api/submit.h"

#include <assert.h>

#define KEYS_MAX 16

static enum err run(struct call *call, const char *name)
{
    const char *keys[KEYS_MAX] = {"detached"};
    const struct rule_row *row = exec_row_by_name(name);
    ProtobufCMessage *payload = NULL;
    ProtobufCMessage *detached = NULL;
    struct bytes packed = {NULL, 0};
    assert(row != NULL);
    for (size_t i = 0; submit_keys[i] != NULL; i++) {
        assert(i + 2 < KEYS_MAX);
        keys[i + 1] = submit_keys[i];
    }
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = detached_fill(&payload, &detached, &packed, row, call->root, keys, &call->api->fields,
                            &call->arena, &call->errors);
    }
    return err == OK ? submit_payload(call, row, payload, packed, NULL) : err;
}

static enum err op_report_laboratory(struct call *call, const struct rule_row *row)
{
    (void)row;
    return run(call, "LAB_REPORT");
}

static enum err op_examine_sample(struct call *call, const struct rule_row *row)
{
    (void)row;
    return run(call, "AUDIT_SAMPLE_EXAMINE");
}

const struct operation detached_operations[] = {
    {"ReportLaboratory", op_report_laboratory, NULL, false,
     "Reports on a sample that the laboratory received; parameters, salt and values_hash follow "
     "from the values.",
     "sample!, report_number!, report_hash!, verification_hash!, tested_at_ms!, parameters?, "
     "values_hash?, detached!, " OPERATION_WRITE},
    {"ExamineSample", op_examine_sample, NULL, false,
     "Records what came of each item that was drawn; counts, findings, salt and results_hash "
     "follow from the items.",
     "engagement!, number!, agreeing?, differing?, refused?, findings?, results_hash?, "
     "detached!, " OPERATION_WRITE},
};
const size_t detached_operation_count = sizeof detached_operations / sizeof detached_operations[0];
