/* version.c - see <dusq/version.h>. */
#include <dusq/version.h>

uint32_t dusq_version(void)
{
  return DUSQ_VERSION;
}

const char *dusq_version_string(void)
{
  return DUSQ_VERSION_STRING;
}
