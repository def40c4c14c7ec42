/* rules.h - the rules by which a test scripts the outcomes.
 *
 * A rule is reference-counted: a statement that uses it keeps it while a test clears the rules.  Any thread; functions
 * that end in _locked are called with the fake's mtx held.                                                           */
#ifndef DUSQ_FAKE_RULES_H
#define DUSQ_FAKE_RULES_H
#include "sql.h"
#include <dusq/backend.h>
#include <dusq/fake.h>

typedef enum dusq__fake_target {
  DUSQ__FAKE_ON_STATEMENT = 0,
  DUSQ__FAKE_ON_CONNECT,
  DUSQ__FAKE_ON_PREPARE,
  DUSQ__FAKE_ON_BEGIN,
  DUSQ__FAKE_ON_COMMIT,
  DUSQ__FAKE_ON_ROLLBACK,
  DUSQ__FAKE_ON_RESET,
  DUSQ__FAKE_ON_ALIVE,
  DUSQ__FAKE_ON_INTERRUPT
} dusq__fake_target;

typedef struct dusq__fake_set {
  struct dusq__fake_set *next;
  size_t cols, rows;
  dusq_column *columns;
  dusq_value *cells;
  int64_t affected, last_id;
} dusq__fake_set;

/* One block of memory with everything that it points to.  Immutable except for refs, used, next. */
typedef struct dusq__fake_rule {
  struct dusq__fake_rule *next; /* guarded by: mtx */
  size_t refs;                  /* guarded by: mtx */
  uint32_t used;                /* guarded by: mtx */
  dusq__fake_target target;
  dusq__fake_text pattern;
  dusq_fake_step step;          /* its names, types, cells and next are copied to `sets` */
  dusq__fake_set *sets;         /* NULL: one result set without columns, with the counts of `step` */
} dusq__fake_rule;

/* The first rule that matches, or NULL.  With `use` it counts as used once more, and the caller gets a reference. */
dusq__fake_rule *dusq__fake_find_locked(dusq_fake *fake, dusq__fake_target target, dusq__fake_text text, bool use);
void dusq__fake_rule_unref_locked(dusq__fake_rule *rule);
void dusq__fake_rules_free_locked(dusq_fake *fake);

#endif
