/* words.h - the little parsing of SQL that the backend needs: blanks, comments and first words.  Pure functions; any
 * thread.                                                                                                            */
#ifndef DUSQ_SQLITE_WORDS_H
#define DUSQ_SQLITE_WORDS_H
#include <stdbool.h>

/* Skips blanks, comments and semicolons; NUL ends the text. */
const char *dusq__sqlite_skip_blanks(const char *sql);
/* Whether a text begins with one of these words, in any case; the list ends with NULL. */
bool dusq__sqlite_starts_with(const char *sql, const char *const *words);
/* The keyword that says what a statement does: for WITH, the one after its tables. */
const char *dusq__sqlite_verb_of(const char *sql);
/* Whether a text is a PRAGMA, or explains one: preparing an EXPLAIN of a PRAGMA can take effect, too. */
bool dusq__sqlite_is_pragma(const char *sql);
/* Whether a name is one of these, in any case; the list ends with NULL. */
bool dusq__sqlite_is_one_of(const char *name, const char *const *names);

#endif
