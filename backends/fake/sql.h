/* sql.h - the little parsing of SQL that a database without SQL needs.  Pure functions; any thread. */
#ifndef DUSQ_FAKE_SQL_H
#define DUSQ_FAKE_SQL_H
#include <stdbool.h>
#include <stddef.h>

typedef enum dusq__fake_verb {
  DUSQ__FAKE_VERB_OTHER = 0,
  DUSQ__FAKE_VERB_NONE, /* there is no statement */
  DUSQ__FAKE_VERB_READ,
  DUSQ__FAKE_VERB_INSERT,
  DUSQ__FAKE_VERB_BEGIN,
  DUSQ__FAKE_VERB_COMMIT,
  DUSQ__FAKE_VERB_ROLLBACK
} dusq__fake_verb;

typedef struct dusq__fake_text { /* borrowed bytes */
  const char *at;
  size_t len;
} dusq__fake_text;

dusq__fake_text dusq__fake_trim(const char *text, size_t len); /* without blanks and semicolons at the ends */
dusq__fake_verb dusq__fake_verb_of(dusq__fake_text sql);
/* The next statement of a script, trimmed, and *at after it; false when only blanks and comments are left. */
bool dusq__fake_split(dusq__fake_text script, size_t *at, dusq__fake_text *out);
/* The first statement of a text, without the blanks and comments around it. */
dusq__fake_text dusq__fake_bare(dusq__fake_text sql);
/* '*' in the pattern matches any bytes. */
bool dusq__fake_like(dusq__fake_text pattern, dusq__fake_text text);

#endif
