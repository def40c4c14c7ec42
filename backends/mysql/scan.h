/* scan.h - properties of an SQL text that can be seen without the database, by the modes of the session.
 *
 * Any thread; no state but the caller's.                                                                             */
#ifndef DUSQ_MYSQL_SCAN_H
#define DUSQ_MYSQL_SCAN_H
#include <stdbool.h>
#include <stddef.h>

/* How the session's server reads a text. */
typedef struct dusq__my_reading {
  bool escapes;          /* a backslash in a literal escapes                    */
  bool ansi_quotes;      /* "..." is a name                                     */
  bool mariadb;
  unsigned long version; /* the server's version, for comments that it executes */
} dusq__my_reading;

typedef struct dusq__my_scan {
  size_t statements;
  bool alone;           /* a statement does more than reading or changing rows              */
  bool changes_session; /* a statement may leave something behind in the session            */
  bool calls;           /* a statement may return several result sets                       */
  bool changes;         /* the first is INSERT, UPDATE, DELETE or REPLACE                   */
  bool zone;            /* a statement may set its own time_zone                            */
  bool charset;         /* a statement may set its own character set                        */
  bool functions;       /* a statement may call a stored function                           */
  bool settings;        /* a statement may change settings that values and texts depend on  */
  bool tracking;        /* a statement may change what the server reports of those settings */
} dusq__my_scan;

/* A script that is being sent. */
typedef struct dusq__my_script_text {
  const char *sql;
  size_t len;
  size_t at;             /* portions up to here have been taken                    */
  size_t same_until;     /* the text up to here is read in one way                 */
  size_t last_ambiguous; /* after the last byte whose meaning depends on the modes */
} dusq__my_script_text;

/* A part of a script that is sent in one piece, as it was written. */
typedef struct dusq__my_portion {
  const char *sql;
  size_t len;
  bool calls;            /* a statement may return several result sets                      */
  bool single;           /* it is a single statement, not a script                          */
  bool trailing_comment; /* a comment follows its last semicolon, and the server answers it */
} dusq__my_portion;

void dusq__my_scan_text(const char *sql, size_t len, const dusq__my_reading *how, dusq__my_scan *out);
void dusq__my_open_script(dusq__my_script_text *script, const char *sql, size_t len);
/* The next portion.  False: only blanks and comments are left. */
bool dusq__my_next_portion(dusq__my_script_text *script, const dusq__my_reading *how, dusq__my_portion *out);

#endif
