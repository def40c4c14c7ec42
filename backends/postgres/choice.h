/* choice.h - declares what no value can tell from what was meant, where the server refuses the types of the values.
 *
 * A NULL gets the type of another value, and an integer is an int4.  Of the declarations that the server accepts, the
 * one that changes least is taken.                                                                                    */
#ifndef DUSQ_POSTGRES_CHOICE_H
#define DUSQ_POSTGRES_CHOICE_H
#include "conn.h"
#include "statement.h"

/* Changes the n declared `types`, which are refused, to some that are accepted; *found says whether there are any, and
 * is false before.  Not in a pipeline.  NULL, or an owned error.                                                      */
dusq_error *dusq__pg_choose(dusq__pg_conn *conn, const dusq__pg_statement *statement, const dusq_value *values,
                            size_t n, Oid *types, bool *found);

#endif
