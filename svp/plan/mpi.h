/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_MPI_H
#define LPARSIM_SVP_PLAN_MPI_H

#include "svp/plan/pool.h"

/*
 * A study in several processes, on one machine or many, under Open MPI. Rank 0 does what a single process does, with the other ranks in
 * place of threads.
 */
typedef struct SvpMpi SvpMpi;

/* How many processes mpirun has started; 0: this one was not started by it. */
unsigned svp_mpi_size(void);
/* Whether this program has been built with MPI. */
bool svp_mpi_is_built(void);
/* Once in a process that was started with others (both asserted). */
SvpMpi *svp_mpi_begin(void);
unsigned svp_mpi_rank(const SvpMpi *mpi);
/* Ranks other than 0: carries out runs until rank 0 ends. */
void svp_mpi_serve(SvpMpi *mpi);
/* Rank 0: the other ranks. Freed with svp_pool_free(), before the end. */
SvpPool *svp_mpi_pool_new(SvpMpi *mpi);
/* Rank 0 sends the others away. */
void svp_mpi_end(SvpMpi *mpi);

#endif
