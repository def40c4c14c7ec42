/* sql_gap.h - blanks and comments between two tokens of SQL text, by the rules of each dialect.  Any thread. */
#ifndef DUSQ_DATA_SQL_GAP_H
#define DUSQ_DATA_SQL_GAP_H
#include "data/sql_lexer.h"

/* Moves lexer->at past blanks and comments, but not past the beginning of a MySQL comment that is executed.  False when
 * the comment at lexer->at has no end.                                                                               */
bool dusq__sql_skip_gap(dusq__lexer *lexer);
/* The end of the line that contains `at`. */
size_t dusq__sql_line_end(const dusq__lexer *lexer, size_t at);

#endif
