/* report.c - see report.h. */
#include "report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whether it happened before any statement was sent, so that it does not matter which one it was. */
static bool is_of_connecting(dusq_status status)
{
  return status == DUSQ_E_CONNECT || status == DUSQ_E_AUTH || status == DUSQ_E_TLS ||
         status == DUSQ_E_TOO_MANY_CONNECTIONS;
}

void complain_of(const options *o, const dusq_error *error, uint64_t number, size_t line)
{
  const char *detail = dusq_error_detail(error), *hint = dusq_error_hint(error);
  const char *unknown = dusq_error_unknown_outcome(error) ? " (it may have taken effect)" : "";
  char place[64] = "";
  if (!o->sql && !is_of_connecting(dusq_error_status(error)))
    snprintf(place, sizeof place, "statement %" PRIu64 " (line %zu): ", number, line);
  if (dusq_error_status(error) == DUSQ_E_PARAMS && o->nvalues && !strncmp(o->values[0], "-", 1))
    hint = "options stand before the SQL";
  complain("%s%s%s%s%s%s%s%s", place, dusq_error_message(error), *detail ? ": " : "", detail, unknown,
           *hint ? " (" : "", hint, *hint ? ")" : "");
}

void complain_of_signal(const options *o, uint64_t statements)
{
  if (o->sql)
    complain("interrupted");
  else
    complain("interrupted after %" PRIu64 " statement%s", statements, statements == 1 ? "" : "s");
}
