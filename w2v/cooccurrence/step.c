/* The steps of this build: the body once for each instruction set.
 *
 * Owns the choice between them. Compiled with -ffp-contract=off; see setup.py. */
#include "step.h"

#include <string.h>

#include "core/kernel.h" /* prefetch_row */

#define BODY "cooccurrence/step_body.h"
#define SETS (ISA_AVX2 | ISA_AVX512)
#include "core/each_isa.h"

#define STEPPER(name, set) {#name, name##_train},
#define SET(name, set) set,

static const Stepper steppers[] = {EACH_ISA(STEPPER){.name = NULL}};
static const int sets[] = {EACH_ISA(SET)};

const Stepper *list_steppers(void) {
    int i = 0;
    /* Each set contains the next one, so the first that runs begins the list of those that do. */
    while (!has_isa(sets[i])) i++;
    return &steppers[i];
}
