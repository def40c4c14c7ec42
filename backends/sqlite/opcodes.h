/* opcodes.h - what each instruction of SQLite does with a value that has come to a place; see flow.h.  Known are those
 * of 3.37 and later; one that is not known, and touches a place where the value is, may make a number of it.         */
#ifndef DUSQ_SQLITE_OPCODES_H
#define DUSQ_SQLITE_OPCODES_H
#include "flow.h"

/* Follows the value through one instruction of the program that is `now`. */
void dusq__sqlite_follow(flow *seen, const instruction *in);

#endif
