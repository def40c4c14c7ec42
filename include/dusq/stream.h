/* stream.h - results that are larger than memory, in batches.
 *
 * A stream runs one statement and delivers its rows in batches, each the result of a future.  At most one batch is
 * prefetched: then the statement waits for its reader.  It holds a connection meanwhile.
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
 * A stream is used by one thread at a time; its futures by any thread.                                               */
#ifndef DUSQ_STREAM_H
#define DUSQ_STREAM_H
#include <dusq/session.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_stream dusq_stream;

/* Runs a statement on a connection of the pool, or in its turn among the calls of a session; the calls after it wait
 * until its last row has been prefetched or it is closed.  SQL, values and options are as for dusq_pool_query, except:
 *
 *   opts->prefetch   the maximum number of rows of a batch; 0: 1024.  A batch ends sooner when it has reached 1 MiB.
 *   opts->timeout    how long each dusq_stream_next waits for its batch.  The statement itself has no deadline.
 *
 * max_result_bytes is the limit of each batch: a single row that is larger is DUSQ_E_LIMIT.  A stream is not run again
 * if its connection is lost.  Returns an owned stream, even on errors, which dusq_stream_next then reports; NULL only
 * if memory is short.  Both calls below accept NULL, and fail with DUSQ_E_NOMEM.                                     */
DUSQ_API dusq_stream *dusq_pool_stream(dusq_pool *pool, const char *sql, size_t n, const dusq_value *values,
                                       const dusq_opts *opts);
DUSQ_API dusq_stream *dusq_session_stream(dusq_session *session, const char *sql, size_t n, const dusq_value *values,
                                          const dusq_opts *opts);

/* The next batch.  A result without rows is the end; it has the columns and the count that dusq_result_affected
 * returns. An error comes after the rows before it.  Further calls give the same end or error again.  Several calls
 * may wait at once; their futures settle in order.  A future that is cancelled, or whose timeout passes, loses no
 * rows: the next one gets them, and the statement continues until the stream is closed.                              */
DUSQ_API dusq_future *dusq_stream_next(dusq_stream *stream);

/* Ends the stream at any time, and consumes the handle.  Futures of batches that have not settled fail as
 * DUSQ_E_CLOSED. A statement that is still running is stopped.  If it runs in a transaction, the transaction goes on
 * without the statement's changes (SQLite: see dusq_stream(3)).  Outside of a transaction, a statement that changes
 * the database and is stopped may or may not have taken effect.  The future settles with a NULL result when the
 * connection is free again; with the statement's error, if the statement had failed before; as
 * DUSQ_E_CONNECTION_LOST, if the connection of a session was lost with it.  It cannot be cancelled.                  */
DUSQ_API dusq_future *dusq_stream_close(dusq_stream *take_stream);

DUSQ_END_DECLS
#endif
