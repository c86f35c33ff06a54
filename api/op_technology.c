/* SPDX-License-Identifier: Apache-2.0 */
/* CompareTechnologies: nothing is kept. A set that the ledger holds comes before a built-in one. */

#include "api/operations.h"

#include "ledger/accounting/technology.h"

#include <string.h>

#define VERSIONS_MAX 1000

/* The newest published version of a set; *record stays NULL where there is none. */
static enum err newest(struct call *call, struct query *query, const char *id,
                       const Seam__ParameterSetRecord **record)
{
    enum err err = OK;
    *record = NULL;
    for (uint32_t version = 1; version <= VERSIONS_MAX && err == OK; version++) {
        const Seam__ParameterSetRecord *one = NULL;
        err = view_parameter_set_version(&one, query_state(query), id, version, &call->arena);
        *record = err == OK ? one : *record;
    }
    return err == ERR_ABSENT ? OK : err;
}

static enum err load_set(struct call *call, const char *id, struct set *set)
{
    const struct api_node *node = call->api->node;
    const Seam__ParameterSetRecord *record = NULL;
    struct query *query = NULL;
    if (id[0] == '\0') {
        id = TECHNOLOGY_DEFAULT;
    }
    enum err err = node->query(node->context, &query, QUERY_NEWEST);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    err = newest(call, query, id, &record);
    query_close(query);
    if (err != OK) {
        return call_fail(call, err, "parameter_set", NULL, NULL);
    }
    if (record != NULL) {
        return set_decode(set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                          &call->arena, &call->detail);
    }
    if (strcmp(id, TECHNOLOGY_DEFAULT) != 0) {
        return call_fail(call, ERR_SET, "parameter_set", TECHNOLOGY_DEFAULT,
                         "no such set is published on this ledger");
    }
    return technology_default(set, &call->arena, &call->errors);
}

enum err op_compare_technologies(struct call *call, const struct rule_row *row)
{
    (void)row;
    const Seam__TechnologyFile *file = NULL;
    const Seam__TechnologyResult *result = NULL;
    struct set set;
    enum err err = errors_new(&call->errors, &call->arena);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    err = technology_file_read_node(&file, call->root, NULL, &call->arena, &call->errors);
    if (err == OK) {
        err = load_set(call, file->parameter_set, &set);
    }
    if (err == OK) {
        err = technology_compare(&result, file, &set, &call->arena, &call->errors);
    }
    if (err == OK) {
        json_out_message(&call->data, &result->base, &technology_fields);
    }
    return err;
}
