/* log.h - one line to a log hook.  A hook is a pair that is copied; it is never called under a lock. */
#ifndef DUSQ_BASE_LOG_H
#define DUSQ_BASE_LOG_H
#include <dusq/config.h>
#include <stdarg.h>

typedef struct dusq__log {
  dusq_log_fn *fn; /* NULL: no log */
  void *arg;
} dusq__log;

/* The process-wide hook of dusq_set_log. */
dusq__log dusq__log_default(void);
/* `subsystem` is a short static word: "pool", "future", "sqlite".  Lines are cut at 1 KiB and made valid UTF-8. */
void dusq__logf(dusq__log log, int level, const char *subsystem, const char *format, ...) DUSQ_PRINTF(4, 5);
void dusq__vlogf(dusq__log log, int level, const char *subsystem, const char *format, va_list args) DUSQ_PRINTF(4, 0);

#endif
