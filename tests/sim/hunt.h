/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_HUNT_H
#define TESTS_SIM_HUNT_H

/* A hunt for a seeded bug: seed after seed until one shows it, in a process of its own, for a
 * mutant may die of an assertion. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUNT_FAILURE 240

struct hunt {
    const char *name; /* of the bug */
    const char *config;
    uint64_t seeds; /* caught within so many */
    /* Runs a seed. True where it shows the bug; failure says how. */
    bool (*caught)(const void *row, uint64_t seed, char failure[HUNT_FAILURE]);
    const void *row;
};

struct hunt_outcome {
    bool caught;
    uint64_t seed;
    char failure[HUNT_FAILURE];
};

struct hunt_outcome hunt_run(const struct hunt *hunt);
/* hunt_say prints a line on what became of row `number`. */
void hunt_say(size_t number, const struct hunt *hunt, const struct hunt_outcome *outcome);

#endif
