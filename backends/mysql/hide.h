/* hide.h - removes values of rows from a message of the server.  Any thread; no state. */
#ifndef DUSQ_MYSQL_HIDE_H
#define DUSQ_MYSQL_HIDE_H
#include "message.h"
#include <stdbool.h>

enum { DUSQ__MY_TEXT_SIZE = 1024 };

/* Copies a message without the values in it.  False: there are none. */
bool dusq__my_hide(const dusq__my_said *said, char out[DUSQ__MY_TEXT_SIZE]);

/* The last place of `what` in a text; NULL if there is none. */
const char *dusq__my_last(const char *text, const char *what);
/* The " at row N" that a message ends with; NULL if it does not. */
const char *dusq__my_row_part(const char *text);

#endif
