/* SPDX-License-Identifier: Apache-2.0 */
#include "node/shell/give_up.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static void (*last_words)(const char *doing);
static _Atomic(const char *) now_doing;

static void on_abort(int number)
{
    const char *doing = atomic_load(&now_doing);
    if (doing != NULL && last_words != NULL) {
        last_words(doing);
    }
    (void)signal(number, SIG_DFL); /* abort raises it again */
}

void give_up_words(void (*last)(const char *doing))
{
    last_words = last;
    (void)signal(SIGABRT, on_abort);
}

void give_up_doing(const char *doing)
{
    atomic_store(&now_doing, doing);
}
