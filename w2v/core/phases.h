/* Threads that share out the items of one phase after another, without Python and without locks.
 *
 * An item of a phase is claimed by the first thread that comes; whoever completes the last one
 * opens the next phase. So nobody waits for a thread that the system has not let run, unless it has
 * an item. A thread that waits spins for about as long as an item takes, then gives way: there may
 * be more threads than cores. */
#ifndef W2V_PHASES_H
#define W2V_PHASES_H

#include <stdint.h>

#ifdef _WIN32
#include <windows.h>
#define GIVE_WAY() SwitchToThread()
#else
#include <sched.h>
#define GIVE_WAY() sched_yield()
#endif

#ifdef __x86_64__
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() (void)0
#endif

#define SPINS 2000

typedef struct {
    int64_t number;      /* of the phase; even and odd ones have other items */
    int64_t n_completed; /* of its items */
} Phases;

static inline int64_t phase_now(const Phases *phases) {
    return __atomic_load_n(&phases->number, __ATOMIC_ACQUIRE);
}

/* Returns whether this thread is the first to claim an item in a phase. `claimed` is the last phase
 * in which it was; one that comes too late, after phases have passed, changes nothing. */
static inline int claim(int64_t *claimed, int64_t phase) {
    int64_t last = __atomic_load_n(claimed, __ATOMIC_ACQUIRE);
    return last < phase && __atomic_compare_exchange_n(claimed, &last, phase, 0, __ATOMIC_ACQ_REL,
                                                       __ATOMIC_RELAXED);
}

/* Returns whether this was the last of n items; the thread has to open the next phase then. */
static inline int complete(Phases *phases, int64_t n) {
    return __atomic_add_fetch(&phases->n_completed, 1, __ATOMIC_ACQ_REL) == n;
}

static inline void open_phase(Phases *phases, int64_t number) {
    phases->n_completed = 0;
    __atomic_store_n(&phases->number, number, __ATOMIC_RELEASE);
}

/* Waits for the end of a phase; returns 0 when told to stop instead. */
static inline int wait_for_end(const Phases *phases, int64_t phase, const int32_t *stop) {
    for (int64_t spins = 0; phase_now(phases) == phase; spins++) {
        if (__atomic_load_n(stop, __ATOMIC_RELAXED)) return 0;
        if (spins < SPINS) PAUSE();
        else GIVE_WAY();
    }
    return 1;
}

/* A number that a thread which comes late may look at while the next phase is prepared: it sees the
 * value before or behind, and finds nothing to claim either way. */
static inline int64_t seen(const int64_t *number) {
    return __atomic_load_n(number, __ATOMIC_RELAXED);
}

static inline void show(int64_t *number, int64_t value) {
    __atomic_store_n(number, value, __ATOMIC_RELAXED);
}

#endif
