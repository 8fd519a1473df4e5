/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_MONITOR_RANDOM_MACHINE_H
#define LPARSIM_TESTS_MONITOR_RANDOM_MACHINE_H

#include "dispatch-room.h"
#include "hv/rng.h"

/* Random machines for the dispatcher's tests, and the fluid ideal of them. */
#define RANDOM_MACHINE_LPARS 8

typedef struct {
    unsigned lpar, lip;
    uint16_t ip;
    uint32_t share_bp;
    bool busy, held;
    MonitorPolarity polarity;
    double fluid_ns; /* what the ideal has given it */
    double limit_ns; /* what its limit alone, IPs and caps, would have let it have */
} RandomLip;

typedef struct {
    RoomPlan plan;
    unsigned n_lpars, n_lips;
    unsigned lends;            /* LPAR 1 lends to those in this bit map only, unless that is 0 */
    unsigned n_members;        /* LPARs 1 .. n_members are a group */
    uint32_t group_hundredths; /* its absolute cap; 0: there is no group */
    uint32_t soft_hundredths;  /* defined capacity of LPAR 1, of 100 MSU an IP; 0: none */
    struct {
        uint32_t weight;
        ResmgrCap cap;
    } lpars[RANDOM_MACHINE_LPARS + 1]; /* [number] */
    RandomLip lips[ROOM_MAX_WORKERS];
} RandomMachine;

RandomMachine random_machine_draw(HvRng *rng);
Room *random_machine_build(const RandomMachine *machine);
/* The ideal goes on for so long. */
void random_machine_flow(RandomMachine *machine, HvTime passed_ns);
/* How far the LIP that is farthest from the ideal is from it, in frames. */
double random_machine_worst_lag(const RandomMachine *machine, const Room *room);

#endif
