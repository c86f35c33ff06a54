/* SPDX-License-Identifier: Apache-2.0 */
/* `seam proof`: the proof of any final transaction. `verify` is that of certificates: both are the
 * same file. */

#include <string.h>

#include "tools/certificate_save.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"

static int proof_get(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    struct certificate_save save = {.out = "-"};
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_GENESIS(&save.genesis),
        OPTION_TEXT("out", 'o', "FILE", NULL, "where to save it (default: stdout)", &save.out),
    };
    const struct option_set set =
        OPTION_SET("proof get TRANSACTION [--out FILE] [--genesis FILE]",
                   "Fetches the proof that a transaction is final. With --genesis it is verified "
                   "before it is saved.",
                   rows, 1, 1);
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct json_out out;
    struct http_reply reply = {0};
    json_out_init(&out, JSON_OUT_COMPACT, 65536);
    json_out_object(&out);
    json_out_field_text(&out, "transaction", argv[first]);
    json_out_end(&out);
    status = remote_ask(&reply, &remote, "GetProof", &out);
    if (status == TOOL_OK) {
        status = certificate_save(&save, reply.data);
        http_reply_free(&reply);
    }
    return status;
}

int cmd_proof(int argc, char **argv)
{
    static const struct command table[] = {
        {"get", proof_get, "the proof of a final transaction"},
        {"verify", certificate_verify, "check a proof or certificate without any network"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam proof",
                       "Proofs that outsiders can check.", argc, argv);
}
