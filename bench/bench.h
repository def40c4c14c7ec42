/* bench.h - what the parts of the benchmark share.
 *
 * A *case* runs in a process of its own, so that none finds the memory or the threads of another.  It lets its
 * *entries*, the hand-written ones and dusq, take turns for some rounds, and tells what came out as *figures*. */
#ifndef BENCH_H
#define BENCH_H
#include "histogram.h"
#include <dusq/dusq.h>
#include <stdatomic.h>
#include <stddef.h>

enum { BENCH_MAX_ROUNDS = 15, BENCH_NAME_SIZE = 48, BENCH_HOW_SIZE = 24, BENCH_UNIT_SIZE = 8 };

typedef struct bench_settings {
  const char *dir;  /* empty, on a real disk; the cases leave their databases there */
  bool quick;
  int rounds;
  int64_t round_ns; /* of every entry                                               */
  const char *pool; /* "key=value&...", for the pools of the servers' cases; or NULL */
  const struct bench_grid *grid;
} bench_settings;

/* ---- figures --------------------------------------------------------------------------------------------------- */
typedef enum bench_kind {
  BENCH_RATIO, /* value is dusq / hand  */
  BENCH_ADDED, /* value is dusq - hand  */
  BENCH_ALONE  /* value is dusq         */
} bench_kind;

typedef enum bench_aim {
  BENCH_NO_TARGET,
  BENCH_AT_LEAST,
  BENCH_AT_MOST
} bench_aim;

typedef struct bench_figure {
  char name[BENCH_NAME_SIZE];
  char unit[BENCH_UNIT_SIZE];                               /* "/s", "us", "B", ""        */
  char hand_how[BENCH_HOW_SIZE], dusq_how[BENCH_HOW_SIZE];  /* "2 threads", "callbacks"   */
  double hand, dusq, value;                                 /* NAN: there is none         */
  bench_kind kind;
  bench_aim aim;
  double target;
} bench_figure;

/* Inside a case: hands a figure on.  False when nobody reads it any more. */
bool bench_tell(const bench_figure *figure);
/* On stderr, before the case returns false. */
void bench_complain(const char *format, ...) DUSQ_PRINTF(1, 2);

/* ---- report.c -------------------------------------------------------------------------------------------------- */
typedef struct bench_report bench_report;
bench_report *bench_report_new(const bench_settings *settings); /* NULL: no memory */
bool bench_report_add(bench_report *report, const char *from, const bench_figure *figure); /* prints a line */
struct bench_sheet;
bool bench_report_json(const bench_report *report, const struct bench_sheet *sheet, const char *path);
size_t bench_report_missed(const bench_report *report); /* targets that were not met */
void bench_report_free(bench_report *report);

/* ---- rounds.c -------------------------------------------------------------------------------------------------- */
typedef struct bench_entry {
  const char *how;                        /* NULL: not built                                            */
  double (*round)(void *arg, int64_t ns); /* works for so long; negative: it failed, and has complained */
  void *arg;
  double values[BENCH_MAX_ROUNDS];
  double cpu[BENCH_MAX_ROUNDS];           /* where values are so many a second: what one took of this process, in us */
  double switches[BENCH_MAX_ROUNDS];      /* likewise, of its threads                                                */
  bench_histogram *latencies;             /* that the round adds to; NULL: none.  Emptied after the first round      */
} bench_entry;

/* All entries in turn, one round after another, the first of them not counted.  False: one failed. */
bool bench_rounds(const bench_settings *settings, bench_entry *entries, size_t n);
/* Which of n entries has the highest median. */
const bench_entry *bench_best(const bench_settings *settings, const bench_entry *entries, size_t n);
/* Fills a figure in: medians over the rounds, and the median of what the single rounds say of the two. */
void bench_compare(const bench_settings *settings, const bench_entry *hand, const bench_entry *dusq, bench_kind kind,
                   bench_figure *figure);
/* The same of what they took of the CPU: a ratio. */
void bench_compare_cpu(const bench_settings *settings, const bench_entry *hand, const bench_entry *dusq,
                       bench_figure *figure);
double bench_median(double *values, size_t n); /* sorts them; NAN for none */
int64_t bench_now(void);
void bench_sleep_until(int64_t moment);
uint64_t bench_random(uint64_t *state); /* never 0, if *state was not */

/* ---- drive.c: callers that keep so many futures in flight ------------------------------------------------------ */
typedef struct bench_slot bench_slot;
typedef struct bench_load {
  dusq_pool *pool;
  dusq_future *(*submit)(struct bench_load *load);   /* sets `asked` where the answer depends on it              */
  bool (*read)(dusq_future *done, int64_t asked);    /* what it gave; false: it failed, and read has complained  */
  const char *sql;
  const dusq_opts *opts;
  size_t in_flight;
  uint64_t random;
  bench_histogram *latencies; /* from the submit until it has been read; NULL: not taken */
  int64_t asked;
  dusq_cq *cq;                /* of the callbacks, which make it; likewise all below     */
  size_t pending;
  uint64_t submitted, done;
  int64_t end;
  bool over, failed;
} bench_load;

/* Entries' rounds: how many a second. */
double bench_window(void *load, int64_t ns);    /* waits for the oldest, reads it, submits the next             */
double bench_callbacks(void *load, int64_t ns); /* callbacks submit the next; dispatching waits for them        */
double bench_loop(void *load, int64_t ns);      /* the same, in a loop that polls the queue's descriptor        */
double bench_threads(void *load, int64_t ns);   /* a thread for each in flight, which waits for its own         */
double bench_gather(void *load, int64_t ns);    /* two as one future, one after another: how many such rounds   */
/* Microseconds from before the submit until it has settled and been read; one in flight.  The median. */
double bench_latency(void *load, int64_t ns);
/* Complains, with the error's text. */
bool bench_failed(dusq_future *done, const char *what);

/* ---- answers.c: what the cases share --------------------------------------------------------------------------- */
enum { BENCH_SELECT, BENCH_INSERT, BENCH_SEED /* two SELECTs at a time, gathered; of the grid only */ };
enum { BENCH_PERSONS = 100000, BENCH_FETCH_ROWS = 10000, BENCH_NAME_BYTES = 20 };

dusq_pool *bench_open_pool(const char *uri); /* NULL: it failed, and has complained */
void bench_close_pool(dusq_pool *take_pool); /* NULL: nothing                       */
/* Sets submit, read and sql for BENCH_SELECT or BENCH_INSERT: the answers are checked. */
void bench_load_set(bench_load *load, int what, const char *select_sql, const char *insert_sql);
dusq_future *bench_submit_job(bench_load *load);
bool bench_read_job(dusq_future *done, int64_t asked);
/* Whether it is what the person with that id is called. */
bool bench_is_name(const char *name, size_t len, int64_t id);

/* An entry's argument: a statement for BENCH_FETCH_ROWS persons. */
typedef struct bench_fetch {
  dusq_pool *pool;
  const char *sql;
} bench_fetch;
double bench_fetch_round(void *fetch, int64_t ns); /* rows a second; each cell is read */

/* What a row is made of by hand. */
typedef struct bench_hand_person {
  int64_t id;
  char *name; /* from malloc */
  double score;
} bench_hand_person;
/* Reads and frees them; whether they are what they should be. */
bool bench_take_persons(bench_hand_person *take_persons, size_t n);

/* ---- sqlite_hand.c: what one would write without a library ----------------------------------------------------- */
typedef struct bench_hand bench_hand;
#define BENCH_CACHE_SIZE "-16384" /* KiB: all of it; what is compared is not how fast pages are read */

/* The database that both sides use, as a new file.  `path` is made in the settings' directory. */
bool bench_sqlite_make(const bench_settings *settings, const char *name, char *path, size_t size);
bench_hand *bench_hand_new(const char *path, int threads, int what);
void bench_hand_free(bench_hand *hand);
void bench_hand_time(bench_hand *hand, bench_histogram *latencies); /* rounds add to them; NULL: no more */
double bench_hand_round(void *hand, int64_t ns);   /* statements a second            */
double bench_hand_latency(void *hand, int64_t ns); /* the median, in microseconds    */
double bench_hand_fetch(void *hand, int64_t ns);   /* rows a second                  */
int64_t bench_person(uint64_t *random);            /* an id                          */
extern const char bench_select_sql[], bench_insert_sql[], bench_fetch_sql[], bench_note[];

/* ---- jobs_uv.c, jobs_glib.c: empty jobs on four threads; `in_flight` is a size_t * ----------------------------- */
bool bench_uv_built(void);
bool bench_glib_built(void);
double bench_uv_round(void *in_flight, int64_t ns);
double bench_glib_round(void *in_flight, int64_t ns);

/* ---- servers: pg_hand.c, mysql_hand.c -------------------------------------------------------------------------- */
/* What one would write with the driver alone, on one connection.  What fails has complained. */
typedef struct bench_stream bench_stream;
typedef struct bench_driver {
  const char *name;
  const char *tables;                            /* a script that makes the empty tables, anew      */
  const char *settle;                            /* one that is run once they are full, or NULL     */
  void *(*connect)(const char *uri);             /* with all that is needed prepared; NULL: failed  */
  void (*disconnect)(void *conn);
  void (*describe)(void *conn, char text[128]);  /* the versions of both sides                      */
  bool (*select)(void *conn, int64_t id);        /* the name of a person                            */
  bool (*insert)(void *conn);
  size_t (*fetch)(void *conn);                   /* BENCH_FETCH_ROWS persons in memory of their own */
  bool (*begin)(void *conn), (*commit)(void *conn);
  bool (*pipeline)(void *conn, bench_stream *stream);
} bench_driver;
const bench_driver *bench_pg_driver(void), *bench_mysql_driver(void); /* NULL: not built                         */
double bench_pg_select_target(void);                                  /* it depends on what libpq sends when     */

/* What a pipeline keeps in flight on its connection until it is told to stop, and its account.  All have been answered
 * when it returns. */
struct bench_stream {
  int what;
  size_t in_flight;
  const atomic_bool *stop;
  uint64_t random, sent, done;
  bench_histogram *latencies;
  struct bench_asked {
    int64_t id, began; /* began 0: it is not timed */
  } *asked;            /* a ring of in_flight      */
};
int64_t bench_stream_ask(bench_stream *stream);                                 /* the id of the next           */
bool bench_stream_answer(bench_stream *stream, const char *name, size_t len);   /* to the oldest; NULL: an INSERT */

/* ---- server_hand.c: threads that loop on a driver -------------------------------------------------------------- */
typedef struct bench_crew bench_crew;
enum { BENCH_CREW_MAX = 64 };
bench_crew *bench_crew_new(const bench_driver *driver, const char *uri, int connections);
void bench_crew_free(bench_crew *crew);
void *bench_crew_conn(bench_crew *crew); /* the first */
/* An entry's argument: so many threads of the crew do this. */
typedef struct bench_shift {
  bench_crew *crew;
  int threads;
  int what;                   /* BENCH_SELECT, BENCH_INSERT                                         */
  size_t in_flight;           /* of all of them, in a pipeline for each; 0: each waits for each one */
  bench_histogram *latencies; /* NULL: not taken                                                    */
} bench_shift;
double bench_shift_round(void *shift, int64_t ns);       /* statements a second                              */
double bench_shift_fetch(void *shift, int64_t ns);       /* rows a second, one thread                        */
double bench_shift_transaction(void *shift, int64_t ns); /* INSERTs a second, in one transaction, one thread */

/* ---- the cases ------------------------------------------------------------------------------------------------- */
typedef bool bench_case(const bench_settings *settings); /* false: it failed, and has complained */
bench_case bench_sqlite_select, bench_sqlite_insert, bench_sqlite_latency, bench_sqlite_fetch; /* sqlite_dusq.c */
bench_case bench_jobs;                                                                         /* jobs.c        */
bench_case bench_delay_itself;                                                                 /* delay_case.c  */
bench_case bench_bytes, bench_flood;                                                           /* memory.c      */
bench_case bench_pg_select, bench_pg_read, bench_pg_insert, bench_pg_fetch, bench_pg_tcp;      /* server_dusq.c */
bench_case bench_mariadb_select, bench_mariadb_insert, bench_mariadb_fetch;
bench_case bench_mysql_select, bench_mysql_insert, bench_mysql_fetch;

#endif
