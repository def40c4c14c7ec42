/* result.h - building results.  See <dusq/result.h> for what they are.
 *
 * A result is built by one thread and immutable afterwards.  Everything small lives in one block with the result
 * itself; texts and blobs go to an arena of chunks that never move; cells are 16 bytes each.                         */
#ifndef DUSQ_DATA_RESULT_H
#define DUSQ_DATA_RESULT_H
#include <dusq/backend.h>

/* An empty result without columns: affected 0, last_id 0.  NULL when memory is short. */
dusq_result *dusq__result_new(void);
/* Sets the columns of a result that has none and no rows.  Names are copied. */
dusq_status dusq__result_columns(dusq_result *result, size_t n, const dusq_column *columns);
/* Makes room for so many rows, if there are none yet, the result stays within `limit` bytes and memory is not short:
 * else it grows as they come.                                                                                        */
void dusq__result_expect(dusq_result *result, size_t rows, size_t limit);
/* Adds a row: one value a column, copied. */
dusq_status dusq__result_row(dusq_result *result, const dusq_value *cells);
/* A new one with the same columns, and no rows.  NULL when memory is short. */
dusq_result *dusq__result_like(const dusq_result *result);
/* Takes the last row back. */
void dusq__result_drop_row(dusq_result *result);
void dusq__result_counts(dusq_result *result, int64_t affected, int64_t last_id);
void dusq__result_counts_uint(dusq_result *result, int64_t affected, uint64_t last_id);
void dusq__result_copy_counts(dusq_result *to, const dusq_result *from);
void dusq__result_set_affected(dusq_result *result, int64_t affected);
/* Makes `take_next` the next result set after `result`, which had none. */
void dusq__result_link(dusq_result *result, dusq_result *take_next);
/* From now on `result` and the sets after it are immutable: dusq_result_append and dusq_result_set_counts refuse them.
 * To be called before others may read it.                                                                            */
void dusq__result_publish(dusq_result *result);

/* What dusq_future_all gives: n empty items. */
dusq_result *dusq__result_items(size_t n);
/* Fills item i; both are borrowed and counted; a NULL result with a NULL error is a success without a result. */
void dusq__result_set_item(dusq_result *items, size_t i, const dusq_result *result, const dusq_error *error);

#endif
