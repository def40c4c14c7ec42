/* sql_gap.h - what stands between two tokens of SQL text: blanks and comments, by the rules of each dialect.  Any
 * thread.                                                                                                            */
#ifndef DUSQ_DATA_SQL_GAP_H
#define DUSQ_DATA_SQL_GAP_H
#include "data/sql_lexer.h"

/* Moves lexer->at behind blanks and comments; not behind what begins a MySQL comment that is executed.  False when the
 * comment at lexer->at has no end.                                                                                   */
bool dusq__sql_skip_gap(dusq__lexer *lexer);
/* Where the line ends in which `at` is. */
size_t dusq__sql_line_end(const dusq__lexer *lexer, size_t at);

#endif
