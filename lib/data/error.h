/* error.h - making errors.  See <dusq/error.h> for the public calls.
 *
 * The one thread that makes an error may change it; it is immutable once it has been handed on.  Static errors, which
 * are never freed, exist for all statuses, for when memory is short.                                                 */
#ifndef DUSQ_DATA_ERROR_H
#define DUSQ_DATA_ERROR_H
#include <dusq/backend.h>
#include <stdarg.h>

/* A static error with dusq_strstatus as its message, for any status.  Needs no memory; references are not counted. */
dusq_error *dusq__error_static(dusq_status status);
/* As dusq_error_new. */
dusq_error *dusq__error_vnew(dusq_status status, const char *sqlstate, int64_t native, const char *format, va_list args)
    DUSQ_PRINTF(4, 0);
/* Stores an error in *out, or frees it if out is NULL; returns its status.  For the last line of a function. */
dusq_status dusq__error_give(dusq_error **out, dusq_error *take_error);
/* A copy that the caller owns and may change, for adding an index or flag to an error that is already shared.  When
 * memory is short: the error itself, with one more reference.                                                        */
dusq_error *dusq__error_copy(const dusq_error *error);
/* Replaces every occurrence of `secret` in the error's texts by ***; for errors that are not handed on yet. */
void dusq__error_scrub(dusq_error *error, const char *secret);

#endif
