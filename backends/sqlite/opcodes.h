/* opcodes.h - what each instruction of SQLite does with the value, see flow.h.  The instructions of 3.37 and later are
 * known.  An unknown instruction that touches a place with the value counts as converting it to a number.            */
#ifndef DUSQ_SQLITE_OPCODES_H
#define DUSQ_SQLITE_OPCODES_H
#include "flow.h"

/* Follows the value through one instruction of the current program. */
void dusq__sqlite_follow(flow *seen, const instruction *in);

#endif
