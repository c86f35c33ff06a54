/* SPDX-License-Identifier: Apache-2.0 */
/* `seam account`: monthly accounts. All but `certificate` are plain operations; that one checks
 * what the node sends before it saves it. */

#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"
#include "tools/certificate_save.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"

struct certificate {
    struct remote remote;
    struct certificate_save save;
    const char *version;
    const char *lines;
};

static int certificate_run(const struct certificate *certificate, char **argv)
{
    struct json_out out;
    struct http_reply reply = {0};
    json_out_init(&out, JSON_OUT_COMPACT, 65536);
    json_out_object(&out);
    json_out_field_text(&out, "facility", argv[0]);
    json_out_field_text(&out, "period", argv[1]);
    if (certificate->version != NULL) {
        json_out_key(&out, "version");
        json_out_raw(&out, bytes_text(certificate->version));
    }
    if (certificate->lines != NULL) {
        json_out_field_bool(&out, "lines", true);
    }
    json_out_end(&out);
    int status = remote_ask(&reply, &certificate->remote, "GetCertificate", &out);
    if (status == TOOL_OK) {
        status = certificate_save(&certificate->save, reply.data);
        http_reply_free(&reply);
    }
    return status;
}

static int account_certificate(int argc, char **argv)
{
    struct certificate certificate = {.remote.node = HTTP_CLIENT_NODE, .save.out = "-"};
    const struct option_row rows[] = {
        OPTION_NODE(&certificate.remote.node),
        OPTION_TOKEN(&certificate.remote.token),
        OPTION_GENESIS(&certificate.save.genesis),
        OPTION_TEXT("version", 0, "N", NULL, "this version (default: the one that counts)",
                    &certificate.version),
        OPTION_TEXT("lines", 0, "all", NULL, "disclose the lines (default: totals only)",
                    &certificate.lines),
        OPTION_TEXT("out", 'o', "FILE", NULL, "where to save it (default: stdout)",
                    &certificate.save.out),
    };
    const struct option_set set = OPTION_SET(
        "account certificate FACILITY PERIOD [--out FILE] [--genesis FILE]",
        "Fetches the certificate of an account. With --genesis it is verified before it is saved.",
        rows, 2, 2);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t number = 0;
    if (certificate.version != NULL &&
        !num_parse_u64(&number, bytes_text(certificate.version), UINT32_MAX)) {
        output_note("seam: --version takes a whole number");
        return TOOL_USAGE;
    }
    if (certificate.lines != NULL && strcmp(certificate.lines, "all") != 0) {
        output_note("seam: --lines takes `all`");
        return TOOL_USAGE;
    }
    return certificate_run(&certificate, argv + first);
}

int cmd_account(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"submit", "SubmitAccount", "FILE",
         "submit a calculation file as the account of its period"},
        {"correct", "CorrectAccount", "FILE", "submit the next version of an account"},
        {"nil", "DeclareNil", "FILE", "declare that nothing was emitted, or a suspension"},
        {"check", "CheckAccount", "FILE", "would it be accepted? nothing is kept"},
        {"show", "GetAccount", "facility period [version#]", "the account of a period"},
        {"list", "ListAccounts", "facility [from_period] [to_period]", "accounts of a facility"},
        {"annual", "GetAnnual", "facility year [version#]",
         "the annual account, and whether a month was corrected since"},
        {"annual-submit", "SubmitAnnual", "FILE",
         "add up a year: facility, year, true_ups (docs/formulas.md)"},
        {"certificate", "GetCertificate", "facility period", "the certificate, for outsiders"},
    };
    if (argc >= 2 && strcmp(argv[1], "certificate") == 0) {
        return account_certificate(argc - 1, argv + 1);
    }
    return remote_group(rows, sizeof rows / sizeof rows[0], "account", "Monthly accounts.", argc,
                        argv);
}
