/* SPDX-License-Identifier: Apache-2.0 */
/* The verification report: what the ledger says of an engagement, in the order of the guide. The
 * numbers are those of the node; only the words around them are chosen here. */

#include "tools/engage_report.h"

#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"

enum word {
    W_TITLE,
    W_CLIENT,
    W_VERIFIER,
    W_LEVEL,
    W_MATERIALITY,
    W_GUIDE,
    W_STATE,
    W_DEVIATION,
    W_STEPS,
    W_SECTIONS,
    W_SCOPE,
    W_SAMPLES,
    W_FINDINGS,
    W_FINDING_HEAD,
    W_OPINION,
    W_NONE,
    W_DONE,
    W_OPEN,
    WORDS
};

enum language { EN, ZH, RU, LANGUAGES };

static const char *const language_names[LANGUAGES] = {"en", "zh", "ru"};

static const char *const words[WORDS][LANGUAGES] = {
    [W_TITLE] = {"Verification report", "核查报告", "Отчёт о верификации"},
    [W_CLIENT] = {"Client", "受核查方", "Заказчик"},
    [W_VERIFIER] = {"Verifier", "核查机构", "Верификатор"},
    [W_LEVEL] = {"Level of assurance", "保证等级", "Уровень заверения"},
    [W_MATERIALITY] = {"Materiality, 0.01 %", "重要性（0.01 %）", "Существенность, 0,01 %"},
    [W_GUIDE] = {"Guide", "核查指南", "Руководство"},
    [W_STATE] = {"State", "状态", "Состояние"},
    [W_DEVIATION] = {"Deviation", "偏离说明", "Отклонение"},
    [W_STEPS] = {"Steps", "核查步骤", "Этапы"},
    [W_SECTIONS] = {"Document review", "文件评审", "Проверка документов"},
    [W_SCOPE] = {"Accounts and recomputation (g CO2e)", "账户与重新计算（g CO2e）",
                 "Отчёты и пересчёт (г CO2-экв.)"},
    [W_SAMPLES] = {"Sampling", "抽样", "Выборка"},
    [W_FINDINGS] = {"Findings", "不符合项", "Замечания"},
    [W_FINDING_HEAD] = {"No. | kind | effect, g | finding | cause | correction | conclusion",
                        "编号 | 类型 | 影响（g） | 不符合项 | 原因 | 纠正措施 | 结论",
                        "№ | вид | эффект, г | замечание | причина | исправление | вывод"},
    [W_OPINION] = {"Opinion", "核查结论", "Заключение"},
    [W_NONE] = {"none", "无", "нет"},
    [W_DONE] = {"done", "已完成", "выполнено"},
    [W_OPEN] = {"open", "未完成", "не выполнено"},
};

static const char *text_of(const struct json_node *node, const char *key)
{
    const char *text = json_node_text(json_node_get(node, key));
    return text != NULL ? text : "";
}

static long long number_of(const struct json_node *node, const char *key)
{
    int64_t value = 0;
    (void)!json_node_integer(json_node_get(node, key), &value);
    return value;
}

/* A cell holds no line break and no bar: what people wrote cannot break the table. */
static void cell(const char *text)
{
    for (; *text != '\0'; text++) {
        (void)putchar(*text == '\n' || *text == '|' ? ' ' : *text);
    }
    (void)printf(" | ");
}

static void heading(int number, enum word word, enum language language)
{
    (void)printf("\n## %d. %s\n\n", number, words[word][language]);
}

static void print_head(const struct json_node *engagement, const struct json_node *opinion,
                       enum language language)
{
    (void)printf("# %s %s\n\n", words[W_TITLE][language], text_of(opinion, "report_number"));
    const struct {
        enum word word;
        const char *key;
    } rows[] = {{W_CLIENT, "client"}, {W_VERIFIER, "verifier"},
                {W_LEVEL, "level"},   {W_GUIDE, "guide_edition"},
                {W_STATE, "state"},   {W_DEVIATION, "deviation_reason"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = text_of(engagement, rows[i].key);
        (void)printf("- %s: %s\n", words[rows[i].word][language],
                     *text != '\0' ? text : words[W_NONE][language]);
    }
    (void)printf("- %s: %lld\n", words[W_MATERIALITY][language],
                 number_of(engagement, "materiality_bp"));
}

static void print_work(const struct json_node *engagement, enum language language)
{
    const struct json_node *list = json_node_get(engagement, "steps");
    heading(1, W_STEPS, language);
    for (size_t i = 0; i < json_node_count(list); i++) {
        bool done = false;
        (void)!json_node_bool(json_node_get(json_node_at(list, i), "done"), &done);
        (void)printf("%zu. %s: %s\n", i + 1, text_of(json_node_at(list, i), "name"),
                     words[done ? W_DONE : W_OPEN][language]);
    }
    list = json_node_get(engagement, "sections");
    heading(2, W_SECTIONS, language);
    for (size_t i = 0; i < json_node_count(list); i++) {
        (void)printf("- %s: %s\n", text_of(json_node_at(list, i), "section"),
                     text_of(json_node_at(list, i), "hash"));
    }
    list = json_node_get(engagement, "scope");
    heading(3, W_SCOPE, language);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        (void)printf("- %s %s v%lld: %lld, %s, %lld (%s)\n", text_of(at, "facility"),
                     text_of(at, "period"), number_of(at, "version"), number_of(at, "reported_g"),
                     text_of(json_node_get(at, "recomputation"), "outcome"),
                     number_of(at, "value_in_force_g"), text_of(at, "status"));
    }
    list = json_node_get(engagement, "samples");
    heading(4, W_SAMPLES, language);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        (void)printf("- %s %lld/%lld, %s\n", text_of(at, "subject"), number_of(at, "size"),
                     number_of(at, "population"), text_of(at, "list_hash"));
    }
}

static void print_findings(const struct json_node *engagement, enum language language)
{
    const struct json_node *list = json_node_get(engagement, "findings");
    heading(5, W_FINDINGS, language);
    (void)printf("| %s |\n|---|---|---|---|---|---|---|\n", words[W_FINDING_HEAD][language]);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        (void)printf("| %lld | %s | %lld | ", number_of(at, "number"), text_of(at, "kind"),
                     number_of(at, "effect_g"));
        cell(text_of(json_node_get(at, "words"), "text"));
        cell(text_of(json_node_get(at, "answer"), "text"));
        cell(text_of(json_node_get(at, "answer"), "correction"));
        (void)printf("%s %s |\n", text_of(at, "state"), text_of(at, "resolution"));
    }
}

static void print_opinion(const struct json_node *opinion, enum language language)
{
    const struct json_node *list = json_node_get(opinion, "subjects");
    heading(6, W_OPINION, language);
    if (opinion == NULL) {
        (void)printf("%s\n", words[W_NONE][language]);
        return;
    }
    (void)printf("%s %s (%s)\n\n", text_of(opinion, "opinion"), text_of(opinion, "type"),
                 text_of(opinion, "state"));
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        (void)printf("- %s %s v%lld: %lld g\n", text_of(at, "facility"), text_of(at, "period"),
                     number_of(at, "version"), number_of(json_node_get(at, "verified"), "net_g"));
    }
}

static int print_json(const struct json_node *engagement, const struct json_node *opinion)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, HTTP_CLIENT_ANSWER);
    json_out_object(&out);
    json_out_field_text(&out, "format", "seam-verification-report-1");
    json_out_field_text(&out, "report_number", text_of(opinion, "report_number"));
    json_out_key(&out, "engagement");
    json_node_write(&out, engagement);
    if (opinion != NULL) {
        json_out_key(&out, "opinion");
        json_node_write(&out, opinion);
    }
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

static int ask(struct http_reply *reply, const struct remote *remote, const char *operation,
               const char *key, const char *id)
{
    struct json_out request;
    struct bytes text;
    json_out_init(&request, JSON_OUT_COMPACT, 4096);
    json_out_object(&request);
    json_out_field_text(&request, key, id);
    json_out_end(&request);
    const enum err err = json_out_finish(&request, &text);
    const int status = err == OK ? remote_call(reply, remote, operation, text) : TOOL_USAGE;
    json_out_free(&request);
    return status;
}

static int report(const struct remote *remote, const char *id, bool json, enum language language)
{
    struct http_reply engagement = {0};
    struct http_reply opinion = {0};
    int status = ask(&engagement, remote, "GetEngagement", "engagement", id);
    if (status != TOOL_OK) {
        return status;
    }
    const char *name = text_of(engagement.data, "opinion");
    const bool issued = *name != '\0';
    if (issued) {
        status = ask(&opinion, remote, "GetOpinion", "opinion", name);
    }
    if (status == TOOL_OK && json) {
        status = print_json(engagement.data, issued ? opinion.data : NULL);
    } else if (status == TOOL_OK) {
        print_head(engagement.data, issued ? opinion.data : NULL, language);
        print_work(engagement.data, language);
        print_findings(engagement.data, language);
        print_opinion(issued ? opinion.data : NULL, language);
    }
    if (issued && status == TOOL_OK) {
        http_reply_free(&opinion);
    }
    http_reply_free(&engagement);
    return status;
}

int engage_report(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    const char *format = "md";
    const char *name = "en";
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("format", 'f', "md|json", NULL, "how it is written (default: md)", &format),
        OPTION_TEXT("language", 'l', "zh|ru|en", NULL, "of the headings (default: en)", &name),
    };
    const struct option_set set = OPTION_SET(
        "engage report ENGAGEMENT", "The verification report, from the ledger.", rows, 1, 1);
    int first = 0;
    size_t language = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    while (language < LANGUAGES && strcmp(language_names[language], name) != 0) {
        language++;
    }
    const bool json = strcmp(format, "json") == 0;
    if (language == LANGUAGES || (!json && strcmp(format, "md") != 0)) {
        output_note("seam: --format is md or json, --language zh, ru or en");
        return TOOL_USAGE;
    }
    return report(&remote, argv[first], json, (enum language)language);
}
