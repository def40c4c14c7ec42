/* test_mysql_rogue.c - servers that speak MySQL's protocol to get at what is not theirs: the password, or a file of the
 * client's.  They are scripts (peer.h), and need no real server.                                                     */
#include "unit/peer.h"
#include "unit/pools.h"

void suite_mysql_rogue(void);
void suite_mysql_rogue(void)
{
  test_suite("mysql_rogue");
}
