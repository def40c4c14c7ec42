/* stream.h - results that are larger than memory, a batch at a time.
 *
 * A stream runs one statement and hands its rows out in batches, each a future.  It reads ahead one batch and no more:
 * the statement waits for its reader, and holds a connection meanwhile.
 *
 *   dusq_stream *stream = dusq_pool_stream(pool, "SELECT ...", 0, NULL, NULL);
 *   size_t rows;
 *   do {
 *     dusq_result *result;
 *     if (dusq_await(dusq_stream_next(stream), DUSQ_FOREVER, &result, &error)) ...
 *     rows = dusq_result_rows(result);
 *     ...
 *     dusq_result_unref(result);
 *   } while (rows);
 *   dusq_future_unref(dusq_stream_close(stream));
 *
 * A stream is used by one thread at a time; its futures by any.                                                      */
#ifndef DUSQ_STREAM_H
#define DUSQ_STREAM_H
#include <dusq/session.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_stream dusq_stream;

/* Runs a statement on a connection of the pool, or in its turn among the calls of a session; the calls behind it wait
 * until its last row has been read ahead or it is closed.  SQL, values and options are as for dusq_pool_query, but:
 *
 *   opts->prefetch   how many rows a batch has, at most; 0: 1024.  A batch ends before that when it has 1 MiB.
 *   opts->timeout    how long each dusq_stream_next waits for its batch.  The statement itself has no deadline.
 *
 * max_result_bytes holds for each batch: a row that is larger by itself is DUSQ_E_LIMIT.  A stream is not run again
 * when its connection is lost.  An owned stream, also when there is something wrong, which dusq_stream_next then tells;
 * NULL only when memory is short, which both calls below accept and answer with DUSQ_E_NOMEM.                        */
DUSQ_API dusq_stream *dusq_pool_stream(dusq_pool *pool, const char *sql, size_t n, const dusq_value *values,
                                       const dusq_opts *opts);
DUSQ_API dusq_stream *dusq_session_stream(dusq_session *session, const char *sql, size_t n, const dusq_value *values,
                                          const dusq_opts *opts);

/* The next batch.  A result without rows is the end, and comes again and again; it has the columns and what
 * dusq_result_affected tells.  An error comes behind the rows before it, and comes again and again, too.  Several may
 * be asked for at once; they are answered in order.  One that is cancelled, or whose timeout passes, loses no rows: the
 * next one gets them, and the statement goes on until the stream is closed.                                          */
DUSQ_API dusq_future *dusq_stream_next(dusq_stream *stream);

/* Ends the stream, in the middle of the rows or not; the handle is gone.  Batches that were asked for and have not come
 * fail as DUSQ_E_CLOSED.  A statement that still runs is stopped; a transaction that it runs in goes on, without what
 * the statement has done (SQLite: see dusq_stream(3)).  One that changes the database and is stopped outside of a
 * transaction may have done so.  The future settles with a NULL result when the connection is free again, and cannot
 * be cancelled; if the statement had failed before, with its error; if a session's connection was lost with it, as
 * DUSQ_E_CONNECTION_LOST.                                                                                            */
DUSQ_API dusq_future *dusq_stream_close(dusq_stream *take_stream);

DUSQ_END_DECLS
#endif
