/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs in other processes, by MPI: the only file that knows of it.
 *
 * Rank 0 sends "TICKET\nSPECIFICATION" to a rank that has nothing to do, which answers "TICKET\nRESULT", or an empty result if rank 0 has
 * sent a stop meanwhile; an answer comes to each task, always, so nobody waits for a message that nobody sends. Only rank 0 touches
 * files. Ranks are asked for messages from time to time instead of waiting inside MPI: rank 0 has to look at signals too, and a
 * waiting rank shall not keep a processor busy.
 *
 * When a rank dies, mpirun ends the others and says so; the runs that were finished are in the store, and starting the study again
 * goes on from there.
 */
#include "svp/plan/mpi.h"

#include <stdio.h>
#include <string.h>

unsigned svp_mpi_size(void)
{
    const char *size = g_getenv("OMPI_COMM_WORLD_SIZE");

    return size ? (unsigned)g_ascii_strtoull(size, NULL, 10) : 0;
}

#ifdef LPARSIM_MPI
#include <mpi.h>

#define PAUSE_US 500

enum {
    TAG_TASK = 1,
    TAG_RESULT,
    TAG_STOP,
};

struct SvpMpi {
    int rank, size;
    bool *busy;   /* [rank], at rank 0 */
    bool stopped; /* the others have been told to end */
};

typedef struct {
    SvpPool pool;
    SvpMpi *mpi;
} MpiPool;

bool svp_mpi_is_built(void)
{
    return true;
}

SvpMpi *svp_mpi_begin(void)
{
    SvpMpi *mpi = g_new0(SvpMpi, 1);
    int provided;

    g_assert(svp_mpi_size() > 0);
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &mpi->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &mpi->size);
    mpi->busy = g_new0(bool, (gsize)mpi->size);
    return mpi;
}

unsigned svp_mpi_rank(const SvpMpi *mpi)
{
    return (unsigned)mpi->rank;
}

/* --- Messages ------------------------------------------------------------------------------------------- */

static void send_text(int rank, int tag, unsigned ticket, const char *text)
{
    g_autofree char *message = g_strdup_printf("%u\n%s", ticket, text ? text : "");

    MPI_Send(message, (int)strlen(message), MPI_CHAR, rank, tag, MPI_COMM_WORLD);
}

static bool is_there(int rank, int tag, MPI_Status *ret_status)
{
    int flag = 0;

    MPI_Iprobe(rank, tag, MPI_COMM_WORLD, &flag, ret_status);
    return flag != 0;
}

/* The message that was found; *ret_ticket from its first line. NULL if nothing follows. Free with g_free(). */
static char *receive_text(const MPI_Status *status, unsigned *ret_ticket)
{
    int length;

    MPI_Get_count(status, MPI_CHAR, &length);
    g_autofree char *message = g_malloc0((gsize)length + 1);

    MPI_Recv(
        message, length, MPI_CHAR, status->MPI_SOURCE, status->MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    char *newline = strchr(message, '\n');

    g_assert(newline);
    *ret_ticket = (unsigned)g_ascii_strtoull(message, NULL, 10);
    return newline[1] ? g_strdup(newline + 1) : NULL;
}

/* --- Ranks that carry out runs -------------------------------------------------------------------------- */

static bool is_stopped(void *data)
{
    MPI_Status status;

    (void)data;
    return is_there(0, TAG_STOP, &status);
}

static void carry_out(const MPI_Status *status)
{
    unsigned ticket;
    g_autofree char *text = receive_text(status, &ticket);
    json_t *spec = json_loads(text, 0, NULL);
    g_autofree char *run_text = svp_pool_run(spec, is_stopped, NULL);

    json_decref(spec);
    send_text(0, TAG_RESULT, ticket, run_text);
}

void svp_mpi_serve(SvpMpi *mpi)
{
    MPI_Status status;
    unsigned ticket;

    g_assert(mpi->rank != 0);
    for (;;) {
        if (is_there(0, TAG_TASK, &status)) {
            carry_out(&status);
        } else if (is_there(0, TAG_STOP, &status)) {
            g_free(receive_text(&status, &ticket));
            return;
        } else {
            g_usleep(PAUSE_US);
        }
    }
}

/* --- Rank 0 --------------------------------------------------------------------------------------------- */

static void submit(SvpPool *pool, unsigned ticket, const json_t *spec)
{
    SvpMpi *mpi = ((MpiPool *)pool)->mpi;
    char *text = json_dumps(spec, JSON_COMPACT);
    int rank = 1;

    while (mpi->busy[rank])
        rank++;
    g_assert(rank < mpi->size);
    mpi->busy[rank] = true;
    send_text(rank, TAG_TASK, ticket, text);
    free(text);
}

static char *take(SvpMpi *mpi, const MPI_Status *status, unsigned *ret_ticket)
{
    mpi->busy[status->MPI_SOURCE] = false;
    return receive_text(status, ret_ticket);
}

static bool wait_result(SvpPool *pool, gint64 timeout_us, SvpPoolResult *ret_result)
{
    SvpMpi *mpi = ((MpiPool *)pool)->mpi;
    gint64 until_us = g_get_monotonic_time() + timeout_us;
    MPI_Status status;

    while (!is_there(MPI_ANY_SOURCE, TAG_RESULT, &status)) {
        if (g_get_monotonic_time() >= until_us)
            return false;
        g_usleep(PAUSE_US);
    }
    ret_result->run_text = take(mpi, &status, &ret_result->ticket);
    g_assert(ret_result->run_text); /* nobody has been told to stop */
    return true;
}

/* Tells the others to end, and takes the answers that are still to come. */
static void stop(SvpMpi *mpi)
{
    if (mpi->stopped)
        return;
    mpi->stopped = true;
    for (int rank = 1; rank < mpi->size; rank++)
        send_text(rank, TAG_STOP, 0, NULL);
    for (int rank = 1; rank < mpi->size; rank++) {
        MPI_Status status;
        unsigned ticket;

        if (!mpi->busy[rank])
            continue;
        MPI_Probe(rank, TAG_RESULT, MPI_COMM_WORLD, &status);
        g_free(take(mpi, &status, &ticket));
    }
}

static void free_pool(SvpPool *pool)
{
    stop(((MpiPool *)pool)->mpi);
    g_free(pool);
}

static const SvpPoolOps mpi_ops = {.submit = submit, .wait = wait_result, .free = free_pool};

SvpPool *svp_mpi_pool_new(SvpMpi *mpi)
{
    MpiPool *pool = g_new0(MpiPool, 1);

    g_assert(mpi->rank == 0 && mpi->size > 1);
    pool->pool = (SvpPool){.ops = &mpi_ops, .capacity = (unsigned)mpi->size - 1};
    pool->mpi = mpi;
    return &pool->pool;
}

void svp_mpi_end(SvpMpi *mpi)
{
    if (mpi->rank == 0)
        stop(mpi);
    MPI_Finalize();
    g_free(mpi->busy);
    g_free(mpi);
}

#else /* without MPI nothing of this is ever called */

bool svp_mpi_is_built(void)
{
    return false;
}

SvpMpi *svp_mpi_begin(void)
{
    g_assert_not_reached();
}

unsigned svp_mpi_rank(const SvpMpi *mpi)
{
    (void)mpi;
    g_assert_not_reached();
}

void svp_mpi_serve(SvpMpi *mpi)
{
    (void)mpi;
    g_assert_not_reached();
}

SvpPool *svp_mpi_pool_new(SvpMpi *mpi)
{
    (void)mpi;
    g_assert_not_reached();
}

void svp_mpi_end(SvpMpi *mpi)
{
    (void)mpi;
    g_assert_not_reached();
}

#endif
