/* SPDX-License-Identifier: Apache-2.0 */
/* One table, indexed by the error; a test checks that no cell is empty. The sentences are written
 * for the person who filled in a form, not for the programmer. */

#include "ledger/base/err.h"

#include <assert.h>
#include <string.h>

struct err_row {
    const char *name;
    const char *code;
    int http;
};

#define ERR_TABLE_ROW(id, name, code, http) [id] = {name, code, http},
static const struct err_row rows[ERR_COUNT] = {ERR_ROWS(ERR_TABLE_ROW)};
#undef ERR_TABLE_ROW

struct err_texts {
    const char *text[3]; /* by enum err_language */
};

static const struct err_texts texts[ERR_COUNT] = {
    [OK] = {{"Done.", "成功。", "Выполнено."}},
    [ERR_INTERNAL] = {{"The node made an error of its own.", "节点内部错误。",
                       "Внутренняя ошибка узла."}},
    [ERR_MEMORY] = {{"Not enough memory for this request.", "内存不足，无法处理该请求。",
                     "Недостаточно памяти для этого запроса."}},
    [ERR_STORAGE] = {{"The disk refused to read or write.", "磁盘读写失败。",
                      "Ошибка чтения или записи на диск."}},
    [ERR_CORRUPT] = {{"Stored data does not match its checksum.", "存储的数据与校验值不符。",
                      "Сохранённые данные не совпадают с контрольной суммой."}},
    [ERR_NO_QUORUM] =
        {{"Too few validators answer; nothing can become final now.",
          "应答的验证节点不足，目前无法达成最终确认。",
          "Отвечает слишком мало валидаторов, окончательное решение сейчас невозможно."}},
    [ERR_BUSY] = {{"The node is busy; try again later.", "节点繁忙，请稍后重试。",
                   "Узел занят, повторите позже."}},
    [ERR_MISSING] = {{"A required field is missing.", "缺少必填字段。",
                      "Отсутствует обязательное поле."}},
    [ERR_GBASIS] = {{"The basis of G is missing.", "缺少 G 的计量基准。",
                     "Не указана база величины G."}},
    [ERR_TYPE] = {{"The field has the wrong type.", "字段类型错误。", "Неверный тип поля."}},
    [ERR_DEC] = {{"This is not a decimal number.", "不是十进制数。", "Это не десятичное число."}},
    [ERR_FLOAT] = {{"Write the number as text in quotation marks.", "数值须以带引号的文本填写。",
                    "Запишите число текстом в кавычках."}},
    [ERR_LENGTH] = {{"The text has the wrong length.", "文本长度不符合要求。",
                     "Недопустимая длина текста."}},
    [ERR_ENUM] = {{"This value is not one of the allowed ones.", "取值不在允许范围之列。",
                   "Значение не входит в список допустимых."}},
    [ERR_PARAM] = {{"The parameter set has no such value.", "参数集中没有该取值。",
                    "В наборе параметров нет такого значения."}},
    [ERR_RANGE] = {{"The value is outside its range.", "数值超出范围。",
                    "Значение вне допустимого диапазона."}},
    [ERR_PERCENT] = {{"A fraction must lie between 0 and 1; this looks like a percentage.",
                      "比例应在 0 与 1 之间，此值疑为百分数。",
                      "Доля должна быть от 0 до 1; похоже, указан процент."}},
    [ERR_NEG] = {{"The value must not be negative.", "数值不得为负。",
                  "Значение не может быть отрицательным."}},
    [ERR_UNIT] = {{"This unit is not accepted here.", "此处不接受该单位。",
                   "Эта единица измерения здесь не допускается."}},
    [ERR_STATE] = {{"The reference state of the gas volume does not fit its unit.",
                    "气体体积的标准状态与单位不符。",
                    "Опорное состояние объёма газа не соответствует единице."}},
    [ERR_FRAME] = {{"The frame is damaged.", "数据帧损坏。", "Кадр данных повреждён."}},
    [ERR_TEXT] = {{"The text is not valid UTF-8 or has forbidden characters.",
                   "文本不是有效的 UTF-8 或含有禁用字符。",
                   "Текст не в UTF-8 или содержит запрещённые символы."}},
    [ERR_VERSION] = {{"This version of the interface does not exist.", "接口版本不存在。",
                      "Такой версии интерфейса нет."}},
    [ERR_METHOD] = {{"Use POST for this address.", "该地址须使用 POST 方法。",
                     "Для этого адреса используйте POST."}},
    [ERR_TOO_LARGE] = {{"The data is larger than allowed.", "数据超过允许的大小。",
                        "Объём данных больше допустимого."}},
    [ERR_NOT_JSON] = {{"The content type must be application/json.",
                       "内容类型须为 application/json。",
                       "Тип содержимого должен быть application/json."}},
    [ERR_UNKNOWN_FIELD] = {{"There is no such field.", "没有该字段。", "Такого поля нет."}},
    [ERR_TWICE] = {{"The same thing stands here twice.", "同一项目重复出现。",
                    "Одно и то же указано дважды."}},
    [ERR_PARSE] = {{"The data cannot be read.", "数据无法解析。", "Данные не удаётся прочитать."}},
    [ERR_NOT_CANONICAL] = {{"The data is not in its one canonical form.",
                            "数据不符合唯一规范形式。",
                            "Данные не в единственной канонической форме."}},
    [ERR_OPERATION] = {{"There is no such operation.", "没有该操作。", "Такой операции нет."}},
    [ERR_ABSENT] = {{"There is no such record.", "没有该记录。", "Такой записи нет."}},
    [ERR_PLATKEY] = {{"The platform key is wrong.", "平台密钥标识错误。",
                      "Неверный ключ платформы."}},
    [ERR_PLATKEYSECRET] = {{"The platform key secret is wrong.", "平台密钥错误。",
                            "Неверный секрет ключа платформы."}},
    [ERR_OPTYPE] = {{"The operation type must be 0 or 1.", "操作类型须为 0 或 1。",
                     "Тип операции должен быть 0 или 1."}},
    [ERR_TOKEN] = {{"The access token is missing or wrong.", "访问令牌缺失或错误。",
                    "Токен доступа отсутствует или неверен."}},
    [ERR_TOKEN_EXPIRED] = {{"The access token has expired.", "访问令牌已过期。",
                            "Срок действия токена истёк."}},
    [ERR_ADDRESS] = {{"This network address is not allowed.", "该网络地址不被允许。",
                      "Этот сетевой адрес не разрешён."}},
    [ERR_RATE_LIMIT] = {{"Too many requests; wait a little.", "请求过于频繁，请稍候。",
                         "Слишком много запросов, подождите."}},
    [ERR_ROLE] = {{"This organisation's role does not allow it.", "该组织的角色无此权限。",
                   "Роль организации этого не позволяет."}},
    [ERR_SIGNATURE] = {{"A signature does not verify.", "签名验证失败。",
                        "Подпись не проходит проверку."}},
    [ERR_KEY] = {{"The key is unknown, revoked or not meant for this.",
                  "密钥未知、已撤销或不适用。",
                  "Ключ неизвестен, отозван или не предназначен для этого."}},
    [ERR_EXPIRED] = {{"The transaction's time has passed.", "交易已超过有效期。",
                      "Срок действия транзакции истёк."}},
    [ERR_CHAIN] = {{"This was signed for another network.", "签名属于另一网络。",
                    "Подписано для другой сети."}},
    [ERR_CONFLICT] = {{"Something else with the same name is already recorded.",
                       "已存在同名的其他记录。", "Под тем же именем уже записано другое."}},
    [ERR_DUPLICATE] = {{"This has been recorded already, with the same content.",
                        "相同内容已记录。", "То же самое уже записано."}},
    [ERR_CLOSED] = {{"This is closed and cannot be changed.", "已关闭，不可更改。",
                     "Закрыто и не может быть изменено."}},
    [ERR_GAP] = {{"Something before it is missing.", "缺少其前一项。",
                  "Отсутствует предшествующая запись."}},
    [ERR_SUPERSEDED] = {{"A newer version is already recorded.", "已有更新的版本。",
                         "Уже записана более новая версия."}},
    [ERR_NEGATIVE_NET_CH4] = {{"More methane was destroyed or used than was released.",
                               "销毁或利用的甲烷多于涌出量。",
                               "Уничтожено или использовано больше метана, чем выделилось."}},
    [ERR_DESTROYED_GT_DRAINED] = {{"More gas was destroyed or used than was drained.",
                                   "销毁或利用的瓦斯多于抽采量。",
                                   "Уничтожено или использовано больше газа, чем дегазировано."}},
    [ERR_M_CUM] = {{"The cumulative fraction m exceeds 1.", "累计比例 m 超过 1。",
                    "Накопленная доля m превышает 1."}},
    [ERR_BALANCE] = {{"What goes in and what comes out do not balance.", "投入与产出不平衡。",
                      "Приход и расход не сходятся."}},
    [ERR_PAIR] = {{"Two lines that describe the same gas do not agree.",
                   "描述同一瓦斯的两行数据不一致。",
                   "Две строки об одном и том же газе не согласуются."}},
    [ERR_CUSTODY] = {{"The custody model does not admit coal of this origin or claim.",
                      "监管链模式不允许该来源或声明的煤炭。",
                      "Модель цепи поставок не допускает уголь такого происхождения."}},
    [ERR_HOLDING] = {{"The account does not hold that much that is available.",
                      "账户可用数量不足。", "На счёте нет такого доступного количества."}},
    [ERR_OFFSET_CAP] = {{"More offsets than the scheme allows for this obligation.",
                         "抵销数量超过履约允许的上限。",
                         "Зачётных единиц больше, чем допускает схема."}},
    [ERR_VINTAGE] = {{"Units of this vintage may not be used for this.",
                      "该年度的配额或减排量不可用于此。",
                      "Единицы этого года здесь использовать нельзя."}},
    [ERR_USED] = {{"This unit or reduction has been used already.", "该单位或减排量已被使用。",
                   "Эта единица или сокращение уже использованы."}},
    [ERR_CONFLICT_OF_INTEREST] = {{"A conflict of interest forbids it.", "存在利益冲突，不得进行。",
                                   "Это запрещено из-за конфликта интересов."}},
    [ERR_STATE_MACHINE] = {{"This step is not possible in the present state.",
                            "当前状态下不能执行此步骤。",
                            "В текущем состоянии этот шаг невозможен."}},
    [ERR_SECOND_PERSON] = {{"A second, different person must sign.", "须由另一人签名。",
                            "Требуется подпись второго, другого человека."}},
    [ERR_NOT_ELIGIBLE] = {{"This credit is not eligible.", "该减排量不符合使用条件。",
                           "Эта единица не может быть зачтена."}},
    [ERR_FROZEN] = {{"The account or the units are frozen.", "账户或单位已被冻结。",
                     "Счёт или единицы заморожены."}},
    [ERR_WINDOW] = {{"The time for this is over or has not come.", "不在允许的时间窗口内。",
                     "Срок для этого истёк или ещё не наступил."}},
    [ERR_PERIOD_OPEN] = {{"The period has not ended yet.", "该期间尚未结束。",
                          "Период ещё не закончился."}},
    [ERR_TOTAL] = {{"The totals do not follow from the lines.", "合计与明细不符。",
                    "Итоги не следуют из строк."}},
    [ERR_SET] = {{"The parameter set is not adopted for this facility and period.",
                  "该设施在此期间未采用该参数集。",
                  "Набор параметров не принят для этого объекта и периода."}},
    [ERR_OVERLAP] = {{"Two things overlap that must not.", "存在不允许的重叠。",
                      "Недопустимое перекрытие."}},
    [ERR_AREA_DUP] = {{"The same area is counted twice.", "同一面积被重复计算。",
                       "Одна и та же площадь учтена дважды."}},
    [ERR_BOUNDARY] = {{"The boundary of the facility is missing or another one.",
                       "缺少设施边界或边界不符。", "Граница объекта отсутствует или не та."}},
    [ERR_INCOMPLETE] = {{"A source inside the boundary has no line.", "边界内有排放源缺少数据行。",
                         "Для источника внутри границы нет строки."}},
};

const char *err_name(enum err err)
{
    assert(err < ERR_COUNT);
    return rows[err].name;
}

const char *err_code(enum err err)
{
    assert(err < ERR_COUNT);
    return rows[err].code;
}

int err_http(enum err err)
{
    assert(err < ERR_COUNT);
    return rows[err].http;
}

const char *err_text(enum err err, enum err_language language)
{
    assert(err < ERR_COUNT);
    assert(language <= ERR_RU);
    return texts[err].text[language];
}

/* Copies text, cut before a code point that would not fit whole. */
static void text_cut(char *out, size_t size, const char *text)
{
    assert(size > 0);
    memset(out, 0, size);
    if (text == NULL) {
        return;
    }
    size_t length = strlen(text);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    memcpy(out, text, length);
}

enum err err_set(struct err_detail *detail, enum err err, const char *field, const char *clause,
                 const char *limit, const char *hint)
{
    assert(err < ERR_COUNT);
    if (detail != NULL) {
        detail->err = err;
        detail->line = 0;
        memset(detail->rule, 0, sizeof detail->rule);
        text_cut(detail->field, sizeof detail->field, field);
        text_cut(detail->clause, sizeof detail->clause, clause);
        text_cut(detail->limit, sizeof detail->limit, limit);
        text_cut(detail->hint, sizeof detail->hint, hint);
    }
    return err;
}
