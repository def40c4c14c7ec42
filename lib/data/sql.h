/* sql.h - parsing SQL text as far as needed: where the placeholders are, and where a statement ends.
 *
 * One lexer serves three dialects.  It knows quotes, escapes, comments, dollar quotes, casts, array slices and
 * operators that contain a question mark, and no grammar.  An unterminated literal or comment is an error before
 * anything is sent. Any thread.                                                                                      */
#ifndef DUSQ_DATA_SQL_H
#define DUSQ_DATA_SQL_H
#include "data/sql_names.h"
#include "data/sql_verb.h"

typedef struct dusq__sql {
  char *text;      /* with the dialect's own placeholders, NUL-terminated:
                      SQLite ?1 ?2, PostgreSQL $1 $2, MySQL ? ?                                   */
  size_t len;
  uint32_t params; /* how many values an execution needs: for $n the highest n                      */
  uint16_t *slots; /* for every placeholder in the text, from left to right: the index of its value */
  uint32_t nslots;
  char **names;    /* for the style :name, the name of each value; else NULL                        */
  size_t *places;  /* for every placeholder, its offset in `text` ...                               */
  size_t *origins; /* ... and in the caller's SQL                                                   */
  dusq__sql_verb verb;
} dusq__sql;

/* Reads one statement.  It may end with ';', followed by blanks and comments; a second statement is left to the
 * database to refuse.  DUSQ_OK; DUSQ_E_SYNTAX (unterminated literal or comment, $0, a stray placeholder), DUSQ_E_PARAMS
 * (mixed styles, more than 65,535), DUSQ_E_NOMEM, with an owned error that has a position.                           */
dusq_status dusq__sql_read(uint32_t dialect, const char *sql, size_t len, dusq__sql *out, dusq_error **error);
void dusq__sql_fini(dusq__sql *sql);

/* Translates an offset in `text` to one in the caller's SQL. */
size_t dusq__sql_origin(const dusq__sql *sql, size_t at);

/* The effect of a statement on transactions, by its first words. */
typedef enum dusq__sql_control {
  DUSQ__CONTROL_NONE = 0,
  DUSQ__CONTROL_BEGINS, /* BEGIN, START TRANSACTION, COMMIT AND CHAIN */
  DUSQ__CONTROL_MENDS,  /* ROLLBACK                                   */
  DUSQ__CONTROL_UNDOES, /* ROLLBACK TO a savepoint                    */
  DUSQ__CONTROL_ENDS    /* COMMIT, END, PREPARE TRANSACTION           */
} dusq__sql_control;
dusq__sql_control dusq__sql_control_of(uint32_t dialect, const char *sql, size_t len);
/* The same for the first statement of a script. */
dusq__sql_control dusq__sql_script_control(uint32_t dialect, const char *script, size_t len);
/* Whether one of the statements up to number `index` of a script, from 0, is to end the transaction that is open before
 * the script, and none behind it begins another one.                                                                 */
bool dusq__sql_script_ends(uint32_t dialect, const char *script, size_t len, size_t index);
/* Whether a statement of a script begins a transaction inside the open one; `may_end`: those behind a COMMIT or
 * ROLLBACK of the script do not.                                                                                     */
bool dusq__sql_script_begins(uint32_t dialect, const char *script, size_t len, bool may_end);

/* dusq_sql_next of <dusq/backend.h> splits scripts into statements. */

#endif
