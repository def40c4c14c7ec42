/* variant.h - which types are declared for a statement's parameters, depending on the values.
 *
 * The server infers the type of a parameter from its context; without any, it is text: the 7 of SELECT ? would come
 * back as '7'.  Other databases use the type of the value, and so does dusq: a parameter that the context makes a text,
 * and whose value is not a text, is declared with the type of the value, unless the context accepts only text (LIKE).
 * A NULL has no type, and is not declared.  If the values do not fit together, the server reports an error.
 *
 * The result must not depend on what was executed before.  So the declaration depends only on the statement and on the
 * kinds of this call's values, including NULLs.  Each pattern of kinds is a variant.  The server is asked once what to
 * declare for it (resolve.h), and a variant that is used repeatedly gets a name.                                     */
#ifndef DUSQ_POSTGRES_VARIANT_H
#define DUSQ_POSTGRES_VARIANT_H
#include "statement.h"
#include <dusq/backend.h>

/* Whether any value has another type than the context of its parameter. */
bool dusq__pg_varies(const dusq__pg_statement *statement, const dusq_value *values, size_t n);
/* Whether it is known what to declare for the values. */
bool dusq__pg_is_known(const dusq__pg_statement *statement, const dusq_value *values, size_t n);

/* Whether the values can be sent without a round trip to learn something first. */
bool dusq__pg_is_ready(const dusq__pg_statement *statement, const dusq_value *values, size_t n);
/* Whether such values were sent at least `times` times without a name, so that a name is worth a round trip. */
bool dusq__pg_wants_name(const dusq__pg_statement *statement, const dusq_value *values, size_t n, unsigned times);
/* The variant for the values; a new one may replace another one.  NULL: no memory. */
dusq__pg_variant *dusq__pg_take_variant(dusq__pg_statement *statement, const dusq_value *values, size_t n,
                                        dusq__pg_names *names);
/* The preparation to send the values with.  One without a name is sent with the types in *declared (NULL: none).
 * NULL: no memory.                                                                                                    */
const dusq__pg_preparation *dusq__pg_preparation_for(dusq__pg_statement *statement, const dusq_value *values, size_t n,
                                                     dusq__pg_names *names, const Oid **declared);

#endif
