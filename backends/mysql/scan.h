/* scan.h - what can be seen in a text of SQL without knowing the database, by the modes of the session.
 *
 * Any thread; no state but the caller's.                                                                             */
#ifndef DUSQ_MYSQL_SCAN_H
#define DUSQ_MYSQL_SCAN_H
#include <stdbool.h>
#include <stddef.h>

/* How a session's server reads a text. */
typedef struct dusq__my_reading {
  bool escapes;          /* a backslash in a literal escapes             */
  bool ansi_quotes;      /* "..." is a name                              */
  bool mariadb;
  unsigned long version; /* of the server, for comments that it executes */
} dusq__my_reading;

typedef struct dusq__my_scan {
  size_t statements;
  bool alone;           /* one of them does more than to read or change rows */
  bool changes_session; /* one may leave something behind in the session     */
  bool calls;           /* one may bring several result sets                 */
  bool changes;         /* the first is INSERT, UPDATE, DELETE or REPLACE    */
  bool zone;            /* one may have a time_zone of its own               */
  bool charset;         /* one may have a character set of its own           */
  bool functions;       /* one may call a stored function                    */
  bool settings;        /* one may set what values and texts depend on       */
  bool tracking;        /* one may change what the server reports of that    */
} dusq__my_scan;

/* A script that is sent. */
typedef struct dusq__my_script_text {
  const char *sql;
  size_t len;
  size_t at;             /* up to here it was taken                                         */
  size_t same_until;     /* up to here it is read in one way                                */
  size_t last_ambiguous; /* behind the last byte whose meaning depends on how it is read    */
} dusq__my_script_text;

/* A part of a script that is sent at once, as it was written. */
typedef struct dusq__my_portion {
  const char *sql;
  size_t len;
  bool calls;            /* one of its statements may bring several result sets             */
  bool single;           /* it is one statement, no script                                  */
  bool trailing_comment; /* a comment follows its last semicolon, which the server answers  */
} dusq__my_portion;

void dusq__my_scan_text(const char *sql, size_t len, const dusq__my_reading *how, dusq__my_scan *out);
void dusq__my_open_script(dusq__my_script_text *script, const char *sql, size_t len);
/* The next portion.  False: nothing but blanks and comments is left. */
bool dusq__my_next_portion(dusq__my_script_text *script, const dusq__my_reading *how, dusq__my_portion *out);

#endif
