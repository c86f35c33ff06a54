/* SPDX-License-Identifier: Apache-2.0 */
/* `seam factor`: operations of the HTTP interface, see remote.h; `stage` names what it asks for by
 * options and can save the certificate of the account that the factors stand in. */

#include "tools/certificate_save.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"
#include "tools/view.h"

#include <string.h>

#define REQUEST_MAX 4096

struct stage {
    struct remote remote;
    struct certificate_save save;
    const char *facility;
    const char *month;
    const char *stage;
    const char *product;
};

static void field(struct json_out *out, const char *name, const char *text)
{
    if (text != NULL) {
        json_out_field_text(out, name, text);
    }
}

static int print_factors(const struct stage *stage, struct http_reply *reply)
{
    if (stage->save.out == NULL) {
        return remote_print(&stage->remote, reply);
    }
    const int status = certificate_save(&stage->save, reply->data);
    http_reply_free(reply);
    return status;
}

static int stage_run(const struct stage *stage)
{
    struct json_out out;
    struct http_reply reply = {0};
    json_out_init(&out, JSON_OUT_COMPACT, REQUEST_MAX);
    json_out_object(&out);
    field(&out, "facility", stage->facility);
    field(&out, "month", stage->month);
    field(&out, "stage", stage->stage);
    field(&out, "product", stage->product);
    if (stage->save.out != NULL) {
        json_out_field_bool(&out, "proof", true);
    }
    json_out_end(&out);
    const int status = remote_ask(&reply, &stage->remote, "GetStageFactors", &out);
    return status == TOOL_OK ? print_factors(stage, &reply) : status;
}

static int factor_stage(int argc, char **argv)
{
    struct stage stage = {.remote.node = HTTP_CLIENT_NODE};
    const struct option_row rows[] = {
        OPTION_NODE(&stage.remote.node),
        OPTION_TOKEN(&stage.remote.token),
        OPTION_TEXT("facility", 'F', "ID", NULL, "mine or washing plant", &stage.facility),
        OPTION_TEXT("month", 'm', "PERIOD", NULL, "month of the account: 2026-09", &stage.month),
        OPTION_TEXT("stage", 's', "MI|WA", NULL, "mining or washing only", &stage.stage),
        OPTION_TEXT("product", 'p', "ID", NULL, "one product only", &stage.product),
        OPTION_TEXT("certificate", 'c', "FILE", NULL,
                    "save the certificate of the account that the factors stand in",
                    &stage.save.out),
        OPTION_GENESIS(&stage.save.genesis),
        OPTION_JSON(&stage.remote.json),
    };
    const struct option_set set = OPTION_SET(
        "factor stage --facility ID --month PERIOD",
        "Factors of a facility's products by stage and month, in g CO2e/t (KSSJ 7.2.1 c).", rows, 0,
        0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    if (stage.facility == NULL || stage.month == NULL) {
        output_note("factor stage: --facility and --month are needed");
        return TOOL_USAGE;
    }
    return stage_run(&stage);
}

int cmd_factor(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"stage", "GetStageFactors", "", "factors of products by --facility and --month"},
        {"list", "ListParameterSets", "", "published parameter sets"},
        {"publish", "PublishParameterSet", "FILE", "publish a parameter set (regulator)"},
        {"adopt", "AdoptParameterSet", "FILE", "adopt a set for a scheme (regulator)"},
    };
    if (argc > 1 && strcmp(argv[1], "stage") == 0) {
        return factor_stage(argc - 1, argv + 1);
    }
    return remote_group(rows, sizeof rows / sizeof rows[0], "factor",
                        "Parameter sets: emission factors with their sources.", argc, argv);
}
