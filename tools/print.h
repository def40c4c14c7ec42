/* print.h - results as text: tables for people, CSV and JSON for programs. */
#ifndef DUSQ_TOOLS_PRINT_H
#define DUSQ_TOOLS_PRINT_H
#include "out.h"

typedef enum print_format { PRINT_TABLE, PRINT_CSV, PRINT_JSON } print_format;

typedef struct printer {
  output *out;
  print_format format;
  enum { PRINTED_NOTHING, PRINTED_LINE, PRINTED_ROWS } before; /* decides about blank lines */
} printer;

/* False for a word that names no format. */
bool print_format_read(const char *word, print_format *format);

/* Adds one statement's result, with all its result sets, to the output.  False when the output has failed. */
bool print_result(printer *p, const dusq_result *result);

/* One result set that has columns; print.c calls these. */
bool print_table(output *out, const dusq_result *set);
bool print_csv(output *out, const dusq_result *set);
bool print_json(output *out, const dusq_result *set);

#endif
