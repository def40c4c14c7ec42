/* words.h - reading SQL just far enough: blanks, comments and first words.  Pure functions; any thread. */
#ifndef DUSQ_SQLITE_WORDS_H
#define DUSQ_SQLITE_WORDS_H
#include <stdbool.h>

/* Skips blanks, comments and semicolons; NUL ends the text. */
const char *dusq__sqlite_skip_blanks(const char *sql);
/* Whether a text begins with one of these words, in any case; the list ends with NULL. */
bool dusq__sqlite_starts_with(const char *sql, const char *const *words);
/* The word that says what a statement does: behind the tables of WITH, if it has them. */
const char *dusq__sqlite_verb_of(const char *sql);
/* Whether a text is a PRAGMA, or explains one: EXPLAIN too makes those take effect that do so when they are prepared. */
bool dusq__sqlite_is_pragma(const char *sql);
/* Whether a name is one of these, in any case; the list ends with NULL. */
bool dusq__sqlite_is_one_of(const char *name, const char *const *names);

#endif
