/* quote.h - names and values as SQL text, for each dialect of <dusq/backend.h>.  No memory, no locale; any thread.
 *
 * The text means the same in every mode of a server: it depends neither on MySQL's sql_mode nor on PostgreSQL's
 * standard_conforming_strings.                                                                                       */
#ifndef DUSQ_DATA_QUOTE_H
#define DUSQ_DATA_QUOTE_H
#include <dusq/value.h>

/* Both write at most `size` bytes including the NUL, and return the length of the whole text, like snprintf.  For what
 * cannot be quoted (see <dusq/pool.h>) they return SIZE_MAX, and write "" if there is room.                          */
size_t dusq__quote_identifier(uint32_t dialect, const char *name, char *out, size_t size);
size_t dusq__quote_literal(uint32_t dialect, const dusq_value *value, char *out, size_t size);

#endif
