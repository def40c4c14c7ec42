/* conn.h - a connection.
 *
 * A connection belongs to one worker, so there are no locks.  Only dusq__pg_interrupt is called by other threads; it
 * only writes a byte into the connection's pipe.                                                                     */
#ifndef DUSQ_POSTGRES_CONN_H
#define DUSQ_POSTGRES_CONN_H
#include "buffer.h"
#include "cancel.h"
#include "instance.h"
#include "names.h"
#include "text.h"
#include "unnamed.h"

typedef struct dusq__pg_conn dusq__pg_conn;

/* The call in progress, and what ends it; see wait.h.  wait.c resets it when a call begins. */
typedef struct dusq__pg_call {
  /* The reason to stop what the server does now: the address of a stop, of a result that is too large, or similar;
   * NULL: none.  *size is set unless a stop was asked: then a reason, if there is one, is the size.                  */
  const void *(*reason)(dusq__pg_conn *conn, bool *size);
  const dusq_stop *stop; /* NULL: none                                                             */
  void *pipeline;        /* the batch or the sequence in progress, for `reason`                    */
  int64_t grace;         /* how long the server has to stop, in ns                                 */
  int64_t give_up_at;    /* CLOCK_MONOTONIC, ns; INT64_MAX: never                                  */
  int64_t ready_by;      /* the same without a reason to stop, while only ReadyForQuery is missing */
  bool discards;         /* further rows are dropped                                               */
} dusq__pg_call;

/* Transitions: NO_CANCEL or CANCELED to CANCELING when a request is started, or to CANCELED when it cannot be;
 * CANCELING to CANCELED when the request is over; CANCELED to NO_CANCEL when a call begins.                          */
typedef enum {
  DUSQ__PG_NO_CANCEL = 0,
  DUSQ__PG_CANCELING, /* a request is on its way: nothing may be started on the connection */
  DUSQ__PG_CANCELED   /* the request was delivered, or could not be                        */
} dusq__pg_cancel_state;

/* The cancels of the call; written by wait.c. */
typedef struct dusq__pg_canceling {
  dusq__pg_cancel *request; /* owned; NULL: the connection cannot be cancelled                       */
  dusq__pg_cancel_state state;
  const void *reason;       /* the reason of the last cancel; NULL: the call has sent none           */
  bool by_size;             /* the reason is the size of a result                                    */
  int64_t again_at;         /* CLOCK_MONOTONIC, ns: when to cancel again if the statement still runs */
  int64_t pause;            /* ns between that cancel and the next                                   */
} dusq__pg_canceling;

/* The size of the result that is being received; counted by receive.c. */
typedef struct dusq__pg_receiving {
  size_t bytes;  /* a lower bound, counted from the second read on */
  size_t limit;  /* 0: none                                        */
  bool partial;  /* the result was incomplete after the last read  */
} dusq__pg_receiving;

/* A statement that has failed in a transaction, perhaps because of types that have changed. */
typedef struct dusq__pg_doubt {
  struct dusq__pg_statement *statement; /* NULL: none; a reference is owned */
  uint64_t epoch;                       /* of the transaction               */
} dusq__pg_doubt;

struct dusq__pg_conn {
  dusq__pg_instance *instance;
  PGconn *pg;
  int pipe[2];         /* for interrupts: [0] is polled, [1] is written to by any thread                         */
  dusq_error *unreached; /* why a pooler has ended the session before the statement has reached a server; owned   */
  unsigned left;       /* the instance's when the connection was made                                            */
  bool unfit;          /* the server is read-only now, and target_session_attrs asks for another one             */
  bool batching;       /* several statements of others are in progress: it is given up after them                */
  bool broken;         /* the server did not answer in time, or is out of step: the connection is to be closed   */
  bool unsettled;      /* settings or objects of the session may have been changed                               */
  bool transacting;    /* a transaction was open when the call began                                             */
  uint64_t epoch;      /* the number of calls outside of transactions: those of one transaction have one number  */
  uint64_t defined_in; /* the epoch of the last transaction that has changed definitions; 0: none                */
  uint32_t changes;    /* how often statements that are prepared may have ceased to fit, any of them             */
  dusq__pg_doubt doubt; /* changed.c                                                                             */
  char *settings;      /* SQL that sets the session's settings, beyond RESET ALL; owned; NULL: none              */
  int64_t slack;       /* ns by which sleeps last too long, on the average                                       */
  int64_t sync_time;   /* ns from one Sync of a batch to the next, on the average; 0: not known; batch.c         */
  char client[16];     /* the version of libpq, as text                                                          */
  dusq__pg_names names;
  dusq__pg_unnamed unnamed;
  dusq__pg_call call;
  dusq__pg_canceling cancel;
  dusq__pg_receiving receiving;
  dusq__pg_buffers buffers;
};

/* Whether the connection must be closed. */
static inline bool dusq__pg_lost(const dusq__pg_conn *conn)
{
  return conn->broken || PQstatus(conn->pg) == CONNECTION_BAD;
}

/* A statement is sent: what becomes of the session and of the statements that are prepared. */
static inline void dusq__pg_note_sent(dusq__pg_conn *conn, dusq__pg_traits is)
{
  conn->unsettled |= is.unsettles;
  if (!is.defines || PQtransactionStatus(conn->pg) == PQTRANS_IDLE)
    return; /* outside of a transaction what no longer fits is noticed by its error */
  conn->defined_in = conn->epoch;
  conn->changes += is.alters;
}

/* What a transaction has defined is undone. */
static inline void dusq__pg_note_undone(dusq__pg_conn *conn)
{
  conn->changes += conn->defined_in == conn->epoch;
}

static inline bool dusq__pg_is_too_large(const dusq__pg_conn *conn)
{
  return conn->receiving.limit && conn->receiving.bytes > conn->receiving.limit;
}

/* What is received from here on belongs to a new result. */
static inline void dusq__pg_begin_result(dusq__pg_conn *conn)
{
  conn->receiving.bytes = 0;
  conn->receiving.partial = false;
}

/* The reason why the connection is lost, was given up, or refuses a request; an owned error. */
dusq_error *dusq__pg_conn_error(const dusq__pg_conn *conn);

/* Slots of the table. */
bool dusq__pg_alive(void *conn);
void dusq__pg_interrupt(void *conn); /* any thread */
void *dusq__pg_native(void *conn);
int dusq__pg_socket(void *conn);

#endif
