/* option.h - reading the text of one option.  Any thread. */
#ifndef DUSQ_DATA_OPTION_H
#define DUSQ_DATA_OPTION_H
#include <dusq/backend.h>

/* Reads `text` by the option's kind.  *number becomes: INT, SIZE in bytes, DURATION in ns (DUSQ_FOREVER for "none"),
 * BOOL as 0 or 1, CHOICE as the index of the choice, TEXT and SECRET 0.  DUSQ_OK; or DUSQ_E_URI with an owned error
 * that names the key and what it accepts.  The error quotes the value only if that is at most 32 bytes of letters,
 * digits and _.+-, because it may be a misplaced password.                                                           */
dusq_status dusq__option_read(const dusq_option *option, const char *text, int64_t *number, dusq_error **error);

/* Finds the option of that key in a list that ends with a NULL key; NULL if there is none, or `list` is NULL. */
const dusq_option *dusq__option_find(const dusq_option *list, const char *key);

#endif
