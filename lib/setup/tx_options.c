/* tx_options.c - see tx_options.h. */
#include "setup/tx_options.h"
#include <string.h>

dusq_status dusq__tx_read_opts(const dusq_tx_opts *given, dusq_tx_opts *out)
{
  *out = (dusq_tx_opts)DUSQ_TX_OPTS_INIT;
  if (!given)
    return DUSQ_OK;
  if (given->size < offsetof(dusq_tx_opts, isolation))
    return DUSQ_E_INVAL;
  memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
  for (size_t i = sizeof *out; i < given->size; i++)
    if (((const unsigned char *)given)[i])
      return DUSQ_E_INVAL;
  out->size = sizeof *out;
  bool known = !(out->flags & ~(uint32_t)(DUSQ_TX_READ_ONLY | DUSQ_TX_DEFERRABLE)) &&
               out->isolation <= DUSQ_ISOLATION_SERIALIZABLE && out->lock <= DUSQ_TX_LOCK_EXCLUSIVE;
  return known ? DUSQ_OK : DUSQ_E_INVAL;
}
