/* option.h - reading the text of one option.  Any thread. */
#ifndef DUSQ_DATA_OPTION_H
#define DUSQ_DATA_OPTION_H
#include <dusq/backend.h>

/* Reads `text` as the option's kind says.  INT, SIZE in bytes, DURATION in ns (DUSQ_FOREVER for "none"), BOOL as 0 or
 * 1, CHOICE as the number of the choice from 0 go to *number; TEXT and SECRET leave it 0.  DUSQ_OK; or DUSQ_E_URI with
 * an owned error that names the key and what it takes, and quotes the value if that is at most 32 bytes of letters,
 * digits and _.+-, for it may be a password by a slip.                                                               */
dusq_status dusq__option_read(const dusq_option *option, const char *text, int64_t *number, dusq_error **error);

/* The option of that key in a list that ends with a NULL key, or NULL; a NULL list has none. */
const dusq_option *dusq__option_find(const dusq_option *list, const char *key);

#endif
