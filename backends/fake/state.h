/* state.h - what the files of the fake share.
 *
 * A dusq_fake is the server: rules, clock, counters, history, and lists of what is connected.  One mutex guards all of
 * it and is never held while the core is called (but for dusq_stop_asked, which only reads).  The registry has a mutex
 * of its own, for the list of fakes and their counts of references; the two are never held together.
 *
 * Threads: the functions of <dusq/fake.h> on any; those with a connection on its worker, dusq__fake_interrupt apart. */
#ifndef DUSQ_BACKENDS_FAKE_STATE_H
#define DUSQ_BACKENDS_FAKE_STATE_H
#include <dusq/backend.h>
#include <dusq/fake.h>
#include <pthread.h>

/* ---- memory.c ---------------------------------------------------------------------------------------------------- */
void *dusq__fake_alloc(size_t size); /* zeroed; NULL when memory is short */
void dusq__fake_free(void *memory);

/* ---- sql.c: reading SQL just far enough -------------------------------------------------------------------------- */
typedef enum dusq__fake_verb {
  DUSQ__FAKE_VERB_OTHER = 0,
  DUSQ__FAKE_VERB_NONE, /* no statement at all */
  DUSQ__FAKE_VERB_READ,
  DUSQ__FAKE_VERB_INSERT,
  DUSQ__FAKE_VERB_BEGIN,
  DUSQ__FAKE_VERB_COMMIT,
  DUSQ__FAKE_VERB_ROLLBACK
} dusq__fake_verb;

typedef struct dusq__fake_text { /* borrowed bytes */
  const char *at;
  size_t len;
} dusq__fake_text;

dusq__fake_text dusq__fake_trim(const char *text, size_t len); /* without blanks and semicolons at the ends */
dusq__fake_verb dusq__fake_verb_of(dusq__fake_text sql);
/* The next statement of a script, trimmed; false when only blanks and comments are left.  Moves *at behind it. */
bool dusq__fake_split(dusq__fake_text script, size_t *at, dusq__fake_text *out);
/* The first statement of a text, without the blanks and comments around it. */
dusq__fake_text dusq__fake_bare(dusq__fake_text sql);
/* '*' in the pattern stands for any bytes. */
bool dusq__fake_like(dusq__fake_text pattern, dusq__fake_text text);

/* ---- rules.c ----------------------------------------------------------------------------------------------------- */
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

/* One block of memory with all that it points at.  Immutable but for: refs, used, next. */
typedef struct dusq__fake_rule {
  struct dusq__fake_rule *next; /* guarded by: mtx */
  size_t refs;                  /* guarded by: mtx */
  uint32_t used;                /* guarded by: mtx */
  dusq__fake_target target;
  dusq__fake_text pattern;
  dusq_fake_step step;          /* names, types, cells and next are in `sets` instead */
  dusq__fake_set *sets;         /* NULL: a result set without columns, with the counts of `step` */
} dusq__fake_rule;

/* The first rule that matches, or NULL; with `use` it is used once and counted for the caller. */
dusq__fake_rule *dusq__fake_find_locked(dusq_fake *fake, dusq__fake_target target, dusq__fake_text text, bool use);
void dusq__fake_rule_unref_locked(dusq__fake_rule *rule);
void dusq__fake_rules_free_locked(dusq_fake *fake);

/* ---- the fake: object.c ------------------------------------------------------------------------------------------ */
enum { DUSQ__FAKE_COUNTS = DUSQ_FAKE_HANGING + 1, DUSQ__FAKE_HISTORY = 65536 };

typedef struct dusq__fake_waiter { /* a worker that may wait */
  pthread_cond_t wake;
  bool hanging, released; /* guarded by: mtx */
} dusq__fake_waiter;

typedef struct dusq__fake_chaos {
  uint64_t seed;
  uint32_t errors, lost; /* of 1,000 */
  int64_t max_delay;
} dusq__fake_chaos;

typedef struct dusq__fake_line {
  char *text;
  uint64_t tx;    /* the transaction that it stands or falls with; 0: none, it counts */
  uint32_t level; /* of the savepoint in it */
} dusq__fake_line;

typedef struct dusq__fake_history {
  dusq__fake_line *lines; /* a ring */
  size_t room, head; /* of the ring; index of the oldest that is kept */
  size_t kept, limit;
  size_t first;      /* number of the oldest that is kept */
  size_t promised;   /* statements under way that will want an entry */
} dusq__fake_history;

typedef struct dusq__fake_conn dusq__fake_conn;

struct dusq_fake {
  unsigned generation;    /* of the process */
  char uri[32];
  uint64_t number;        /* 0: of one pool alone, not in the registry */
  struct dusq_fake *next; /* guarded by: the registry */
  size_t refs;            /* guarded by: the registry */
  pthread_mutex_t mtx;    /* guards the rest */
  pthread_cond_t counted; /* one of `counts` has grown */
  size_t watchers;        /* threads that wait for that */
  int64_t counts[DUSQ__FAKE_COUNTS];
  dusq__fake_rule *rules;
  dusq__fake_conn *conns;
  uint64_t last_conn;     /* number of the newest connection */
  uint64_t last_tx;       /* and of the newest transaction */
  int64_t last_id;
  bool manual;
  int64_t now;            /* of the manual clock */
  dusq__fake_chaos chaos;
  dusq__fake_history history;
};

bool dusq__fake_forked(const dusq_fake *fake);
/* A fake that is not in the registry. */
dusq_status dusq__fake_make(dusq_fake **out);
/* An owned one by its name, "17".  DUSQ_E_URI: there is none; DUSQ_E_FORKED: the parent's. */
dusq_status dusq__fake_lookup(const char *name, dusq_fake **out);
void dusq__fake_count_locked(dusq_fake *fake, int what, int64_t by);
void dusq__fake_count(dusq_fake *fake, int what, int64_t by);

/* ---- wait.c: the clock ------------------------------------------------------------------------------------------- */
int dusq__fake_cond_init(pthread_cond_t *cond);
int64_t dusq__fake_monotonic(void);
/* a + b, both not negative, at most INT64_MAX */
int64_t dusq__fake_sum(int64_t a, int64_t b);

typedef enum dusq__fake_pause { DUSQ__FAKE_OVER = 0, DUSQ__FAKE_STOPPED, DUSQ__FAKE_BROKEN } dusq__fake_pause;
/* A delay, then a hang if the flags say so.  Ends early when the stop is asked (without a stop: when the connection is
 * interrupted), unless DEAF, and when the connection breaks.  The waiter is one of the connection's.                 */
dusq__fake_pause dusq__fake_pause_for(dusq__fake_conn *conn, dusq__fake_waiter *waiter, const dusq_stop *stop,
                                      int64_t delay, uint32_t flags);

/* ---- history.c --------------------------------------------------------------------------------------------------- */
typedef struct dusq__fake_entry {
  char *text; /* NULL: nothing is kept */
} dusq__fake_entry;
/* To be called before the effect; false when memory is short.  Ended by note. */
bool dusq__fake_promise(dusq_fake *fake, dusq__fake_text sql, const dusq_value *values, size_t n,
                        dusq__fake_entry *out);
void dusq__fake_note_locked(dusq__fake_conn *conn, dusq__fake_entry *entry, bool happened);
/* What the connection has done since counts with the transaction that begins now ... */
void dusq__fake_tx_begin_locked(dusq__fake_conn *conn);
/* ... or with the savepoint that is set now, which `keep` joins with what is around it. */
void dusq__fake_tx_savepoint_locked(dusq__fake_conn *conn, uint32_t level);
void dusq__fake_tx_leave_locked(dusq__fake_conn *conn, uint32_t level, bool keep);
void dusq__fake_tx_end_locked(dusq__fake_conn *conn, bool commits);
void dusq__fake_history_fini(dusq__fake_history *history);

/* ---- connections: backend.c and run.c ---------------------------------------------------------------------------- */
typedef struct dusq__fake_instance {
  dusq_fake *fake; /* counted */
  int64_t latency, connect_latency;
  bool fail_unmatched;
} dusq__fake_instance;

struct dusq__fake_conn {
  dusq_fake *fake;             /* counted: a connection that is stuck outlives its pool */
  int64_t latency, connect_latency;
  bool fail_unmatched;
  uint64_t number;             /* from 1 */
  uint32_t lane;
  dusq__fake_waiter worker;    /* where its worker waits */
  dusq__fake_waiter interrupt; /* where the thread waits that interrupts it */
  dusq__fake_conn *prev, *next; /* guarded by: mtx, and what follows too */
  bool connected;              /* the core has it; else it is being made */
  bool broken;
  bool busy;                   /* a call is under way */
  bool interrupted;            /* during this call */
  bool in_tx, tx_read_only, lose_at_commit;
  uint64_t tx;                 /* number of its transaction, or 0 */
  uint32_t level;              /* of the savepoint in it */
  uint64_t steps;              /* statements and commits so far */
  size_t prepared;             /* statements held */
  dusq_sink *committing;       /* to be told when a commit is sent; the worker's own */
};

typedef struct dusq__fake_prepared {
  uint32_t flags; /* DUSQ_STATEMENT_... */
  size_t len;
  char text[];    /* as the caller wrote it */
} dusq__fake_prepared;

/* Breaks a connection. */
void dusq__fake_break_locked(dusq__fake_conn *conn);

/* What is going to happen to a statement or operation. */
typedef struct dusq__fake_fate {
  dusq__fake_rule *rule; /* counted; NULL: none */
  uint32_t flags, lose;
  dusq_status status;
  size_t after;
  int64_t delay;
} dusq__fake_fate;
dusq__fake_fate dusq__fake_decide_locked(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text);
void dusq__fake_fate_fini_locked(dusq__fake_fate *fate);
/* An owned error as the fate says; never NULL. */
dusq_error *dusq__fake_error(const dusq__fake_fate *fate);

typedef struct dusq__fake_call {
  dusq__fake_conn *conn;
  dusq__fake_text sql;
  bool reads;
  const dusq_value *values;
  size_t count;
  dusq_sink *sink;
} dusq__fake_call;
/* Runs one statement up to its outcome, which the caller tells the sink: DUSQ_OK, or a status with an owned error in
 * *error, or with NULL there when the sink has refused more.  DUSQ_E_CONNECTION_LOST is told by conn->broken.        */
dusq_status dusq__fake_run(const dusq__fake_call *call, dusq_error **error);

#endif
