/* preparation.h - the server's description of a prepared statement. */
#ifndef DUSQ_POSTGRES_PREPARATION_H
#define DUSQ_POSTGRES_PREPARATION_H
#include "names.h"
#include <stdbool.h>

typedef struct dusq__pg_preparation {
  uint64_t number; /* its name is dusq_<number>; 0: it has no name */
  bool binary;     /* its columns are requested in binary          */
  bool rowless;    /* it has no columns                            */
  Oid *types;      /* of the parameters; owned; NULL: unknown      */
} dusq__pg_preparation;

/* Reads columns and parameters from the server's description.  False: no memory. */
bool dusq__pg_note_description(dusq__pg_preparation *one, const PGresult *description);
/* Clears it; its name is closed later. */
void dusq__pg_drop_preparation(dusq__pg_names *names, dusq__pg_preparation *one);

#endif
