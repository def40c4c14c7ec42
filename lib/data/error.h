/* error.h - making errors.  See <dusq/error.h> for what they are.
 *
 * An error is written by the one thread that makes it and is immutable once it has been handed on.  The statuses that
 * the library gives where memory may be short exist as static errors, which are never freed.                         */
#ifndef DUSQ_DATA_ERROR_H
#define DUSQ_DATA_ERROR_H
#include <dusq/backend.h>
#include <stdarg.h>

/* A ready-made error with dusq_strstatus as its message; needs no memory; any status.  Counting it does nothing. */
dusq_error *dusq__error_static(dusq_status status);
/* As dusq_error_new. */
dusq_error *dusq__error_vnew(dusq_status status, const char *sqlstate, int64_t native, const char *format, va_list args)
    DUSQ_PRINTF(4, 0);
/* Puts an error into *out if out is not NULL, else frees it; returns its status.  For the last line of a function. */
dusq_status dusq__error_give(dusq_error **out, dusq_error *take_error);
/* A copy that may be changed (the caller owns it), for adding an index or a flag to an error that is already shared;
 * the error itself, with one more reference, when memory is short.                                                   */
dusq_error *dusq__error_copy(const dusq_error *error);
/* Overwrites every occurrence of `secret` in the error's texts with ***; for errors that are not handed on yet. */
void dusq__error_scrub(dusq_error *error, const char *secret);

#endif
