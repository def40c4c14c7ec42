/* result.h - building results.  See <dusq/result.h> for the public calls.
 *
 * A result is built by one thread and immutable afterwards.  Everything small is in one block with the result itself;
 * texts and blobs are in an arena of chunks that never move; a cell has 16 bytes.                                    */
#ifndef DUSQ_DATA_RESULT_H
#define DUSQ_DATA_RESULT_H
#include <dusq/backend.h>

/* An empty result without columns: affected 0, last_id 0.  NULL when memory is short. */
dusq_result *dusq__result_new(void);
/* Sets the columns of a result that has none and no rows.  Names are copied. */
dusq_status dusq__result_columns(dusq_result *result, size_t n, const dusq_column *columns);
/* Allocates cells for `rows` rows, if there are no rows yet, the result stays within `limit` bytes and memory is not
 * short.  Otherwise the result grows row by row.                                                                     */
void dusq__result_expect(dusq_result *result, size_t rows, size_t limit);
/* Adds a row: one value per column, copied. */
dusq_status dusq__result_row(dusq_result *result, const dusq_value *cells);
/* A new result with the same columns and no rows.  NULL when memory is short. */
dusq_result *dusq__result_like(const dusq_result *result);
/* Removes the last row. */
void dusq__result_drop_row(dusq_result *result);
void dusq__result_counts(dusq_result *result, int64_t affected, int64_t last_id);
void dusq__result_counts_uint(dusq_result *result, int64_t affected, uint64_t last_id);
void dusq__result_copy_counts(dusq_result *to, const dusq_result *from);
void dusq__result_set_affected(dusq_result *result, int64_t affected);
/* Makes `take_next` the next result set after `result`, which must have none. */
void dusq__result_link(dusq_result *result, dusq_result *take_next);
/* Makes `result` and the sets after it immutable: dusq_result_append and dusq_result_set_counts refuse them afterwards.
 * To be called before other threads may read it.                                                                     */
void dusq__result_publish(dusq_result *result);

/* A result of n empty items, as dusq_future_all returns it. */
dusq_result *dusq__result_items(size_t n);
/* Fills item i, and takes a reference to both.  A NULL result with a NULL error is a success without a result. */
void dusq__result_set_item(dusq_result *items, size_t i, const dusq_result *result, const dusq_error *error);

#endif
