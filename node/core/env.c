/* SPDX-License-Identifier: Apache-2.0 */
#include "node/core/env.h"

#include <stdarg.h>
#include <stdio.h>

void env_logf(const struct env *env, enum env_level level, const char *module, const char *format,
              ...)
{
    char text[ENV_LOG_TEXT];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    env->log(env->context, level, module, text);
}
