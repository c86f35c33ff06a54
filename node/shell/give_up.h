/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_GIVE_UP_H
#define NODE_SHELL_GIVE_UP_H

/* Some damage is met by the database's library with an assertion: it reads the properties of a
 * table before it compares their checksum. Such an end has words, too. */

/* give_up_words calls last with what was being done when the process aborts; last must end it, and
 * may only do what a signal handler may. */
void give_up_words(void (*last)(const char *doing));

/* give_up_doing says what is being done from now on (a constant text, what to do included); NULL:
 * nothing of this kind, an abort has no words. */
void give_up_doing(const char *doing);

#define GIVE_UP_CHAIN                                                                              \
    "the database library gave up while it opened data/chain: a table there is damaged. Move "     \
    "data/chain away and start: all of it comes again from log and peers"
#define GIVE_UP_LOCAL                                                                              \
    "the database library gave up while it opened data/local: a table there is damaged. Keep a "   \
    "copy of data/local, put the newest backup of it back and start"

#endif
