/* print.h - results as text: tables for people, CSV and JSON for programs.
 *
 * A result set may come in batches, of which none is kept.                                                           */
#ifndef DUSQ_TOOLS_PRINT_H
#define DUSQ_TOOLS_PRINT_H
#include "out.h"

typedef enum print_format { PRINT_TABLE, PRINT_CSV, PRINT_JSON } print_format;

typedef struct printer {
  output *out;
  print_format format;
  enum { PRINTED_NOTHING, PRINTED_LINE, PRINTED_ROWS } before; /* decides about blank lines */
  bool open;              /* in the middle of a result set                */
  size_t rows, cols;      /* of that set: printed so far; its columns     */
  struct column *columns; /* of a table; owned, while the set is open     */
  buffer *names;          /* of the members of JSON; owned, while it is   */
} printer;

/* False for a word that names no format. */
bool print_format_read(const char *word, print_format *format);

/* Adds one statement's result, with all its result sets, to the output.  False when the output has failed, as below. */
bool print_result(printer *p, const dusq_result *result);

/* The same piece by piece: rows of a result set, and then its end, a result without rows. */
bool print_rows(printer *p, const dusq_result *batch);
bool print_end(printer *p, const dusq_result *end);
/* Nothing more will come of a result set that may be open. */
void print_cut(printer *p);

/* What print.c calls, for result sets that have columns. */
void table_begin(printer *p, const dusq_result *first);
void table_rows(printer *p, const dusq_result *batch);
void table_end(printer *p);
void json_begin(printer *p, const dusq_result *first);
void json_rows(printer *p, const dusq_result *batch);
void json_end(printer *p);

#endif
