/* internal.h - what the files of the PostgreSQL backend share.
 *
 * An instance holds the parameters of a pool's connections.  A connection belongs to the one worker that calls with it;
 * only dusq__pg_interrupt comes from elsewhere, and does nothing but write a byte into the connection's pipe.
 *
 * Nothing blocks inside libpq but the look-up of a host's name: the worker sends, and then waits for the socket, the
 * pipe and a cancel that is under way in one poll.  So a cancel, a deadline and the end of cancel_grace are seen there
 * and nowhere else, and a connection whose server does not answer in time is given up by its own worker.             */
#ifndef DUSQ_POSTGRES_INTERNAL_H
#define DUSQ_POSTGRES_INTERNAL_H
#include <dusq/backend.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

/* ---- the types that are known by number (pg_type.dat; they never change) ------------------------------------------ */
enum {
  PG_BOOL = 16, PG_BYTEA = 17, PG_CHAR = 18, PG_NAME = 19, PG_INT8 = 20, PG_INT2 = 21, PG_INT4 = 23, PG_TEXT = 25,
  PG_OID = 26, PG_XID = 28, PG_CID = 29, PG_JSON = 114, PG_XML = 142, PG_FLOAT4 = 700, PG_FLOAT8 = 701,
  PG_UNKNOWN = 705, PG_BPCHAR = 1042, PG_VARCHAR = 1043, PG_DATE = 1082, PG_TIME = 1083, PG_TIMESTAMP = 1114,
  PG_TIMESTAMPTZ = 1184, PG_INTERVAL = 1186, PG_NUMERIC = 1700, PG_UUID = 2950, PG_JSONB = 3802
};
#define PG_DAYS_TO_2000 INT64_C(10957) /* PostgreSQL counts from 2000-01-01, dusq from 1970-01-01 */
#define PG_US_PER_DAY (INT64_C(86400) * 1000000)

/* ---- the instance -------------------------------------------------------------------------------------------------- */
typedef struct dusq__pg {
  const dusq_params *params;
  const char **keys, **values; /* for PQconnectStartParams; NULL ends them                                            */
  size_t npairs;
  size_t hosts;                /* that are tried one by one; 1: libpq sees to it                                        */
  char *password;              /* owned, and overwritten at the end                                                   */
  int64_t cancel_grace, connect_timeout; /* ns; DUSQ_FOREVER                                                          */
  bool names;                  /* prepared statements have names on the server                                        */
  bool reset_all;              /* of the option reset                                                                 */
  bool pooler;                 /* behind a pooler: no settings of the session are relied upon                         */
  size_t receive_limit;        /* bytes; SIZE_MAX: none                                                               */
  PQconninfoOption *left;      /* from_env: what libpq takes where nothing is given; while the parameters are made    */
  char *zone;                  /* of the session; owned                                                               */
  int64_t their_timeout;       /* ns, from_env: libpq's own for a connection; DUSQ_FOREVER: none                        */
  bool guarded;                /* a clear-text password is not to be sent without TLS, and libpq cannot be told so    */
} dusq__pg;

/* ---- cancels ------------------------------------------------------------------------------------------------------- */
typedef struct dusq__pg_cancel dusq__pg_cancel;
typedef enum {
  DUSQ__PG_NO_CANCEL = 0,
  DUSQ__PG_CANCELING, /* the request is on its way: nothing may be begun on the connection                           */
  DUSQ__PG_CANCELED   /* it has been delivered, or could not be                                                      */
} dusq__pg_cancel_state;

/* ---- connections --------------------------------------------------------------------------------------------------- */
/* Room that grows and is used again and again. */
typedef struct dusq__pg_room {
  void *at;
  size_t size;
} dusq__pg_room;

typedef struct dusq__pg_name {
  struct dusq__pg_name *next;
  uint64_t number;
} dusq__pg_name;

enum { DUSQ__PG_NAMELESS = 64 };
typedef struct dusq__pg_conn dusq__pg_conn;
struct dusq__pg_conn {
  dusq__pg *instance;
  PGconn *pg;
  int pipe[2];             /* interrupts: [0] is polled, [1] is written to by any thread                              */
  bool broken;             /* the server has not answered in time, or cannot be understood: to be thrown away         */
  bool unsettled;          /* settings or objects of the session may have been changed                                */
  bool transacting;        /* a transaction was open when the call began                                              */
  uint64_t names;          /* how many statements have been given names                                               */
  dusq__pg_name *unused;   /* names to be deallocated when it costs no trip                                           */
  struct dusq__pg_statement *nameless[DUSQ__PG_NAMELESS]; /* what is known of texts without a name; NULL: nothing     */
  char *settle;            /* what puts the session's settings right, beyond RESET ALL; NULL: nothing                 */

  /* the call that is under way; see wait.c */
  /* Whose wish ends what the server does now; NULL: nobody's.  *size is set unless somebody wants it stopped: if it is
   * to stop all the same, its result is too large.                                                                   */
  const void *(*asked)(dusq__pg_conn *conn, bool *size);
  const dusq_stop *stop;
  void *batch;
  int64_t pace;            /* ns from one Sync of a batch to the next, on the average; 0: not known                   */
  dusq__pg_cancel *cancel;
  dusq__pg_cancel_state canceling;
  const void *cancel_for;  /* whose wish the last cancel was; NULL: none has been sent in this call                   */
  bool by_size;            /* that was the size of a result, and nobody is in a hurry                                 */
  int64_t cancel_again_at; /* CLOCK_MONOTONIC ns: if the statement still runs then                                    */
  int64_t cancel_pause;    /* ns before the one after that                                                            */
  int64_t patience;        /* ns that the server has to stop                                                          */
  int64_t give_up_at;      /* CLOCK_MONOTONIC ns; INT64_MAX: never                                                    */
  int64_t tail_until;      /* the same, though nobody asks: all is known that the call is about, and nobody waits      */
  size_t received;         /* bytes of the result that is under way, at least; beyond the first reading               */
  size_t receive_limit;    /* of a result; 0: none                                                                    */
  bool reads_on;           /* it was not there as a whole after the last reading                                      */
  bool enough;             /* the rest of what comes is not wanted                                                    */

  dusq__pg_room params, texts, cells, columns, scratch, items;
};

/* backend.c */
int64_t dusq__pg_now(void);
/* Makes the room at least `size` bytes large; NULL when memory is short, and the old room stays. */
void *dusq__pg_grow(dusq__pg_room *room, size_t size);

/* environment.c */
const char *dusq__pg_variable(const char *name); /* NULL: it is not set, or empty */
/* A variable of the environment that libpq would heed though the options say nothing about it, or NULL.  `given` tells
 * whether an option of libpq is given; `add` is called for those whose own default can be given instead.             */
const char *dusq__pg_environment(bool (*given)(const char *key, void *arg),
                                 bool (*add)(const char *key, const char *value, void *arg), void *arg);

/* params.c: from a pool's options to libpq's parameters.  An owned error in *error. */
dusq_status dusq__pg_params(dusq__pg *instance, dusq_error **error);
void dusq__pg_params_fini(dusq__pg *instance);
extern const dusq_option dusq__pg_options[];

/* connect.c */
dusq_status dusq__pg_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
void dusq__pg_disconnect(void *conn);
bool dusq__pg_alive(void *conn);

/* cancel.c */
dusq__pg_cancel *dusq__pg_cancel_new(PGconn *pg, int wake); /* NULL: this connection cannot be cancelled */
void dusq__pg_cancel_free(dusq__pg_cancel *cancel);
bool dusq__pg_cancel_start(dusq__pg_cancel *cancel); /* false: it could not be sent */
/* Goes on; true when it is over.  *fd and *events, if not -1, are to be polled as well. */
bool dusq__pg_cancel_step(dusq__pg_cancel *cancel, int *fd, short *events);

/* wait.c */
void dusq__pg_interrupt(void *conn);
/* Begins a call, once the last one's cancel has returned: from now on `stop` (NULL: none) ends what is under way.
 * NULL, or an owned error: it has been asked to stop already, or the connection has been given up.                   */
dusq_error *dusq__pg_watch(dusq__pg_conn *conn, const dusq_stop *stop);
/* Ends it.  DUSQ_OK, or DUSQ_E_CONNECTION_LOST: the connection is to be thrown away. */
dusq_status dusq__pg_unwatch(dusq__pg_conn *conn);
/* Waits for the socket; false: the connection has been given up.  On return something can be read or written. */
bool dusq__pg_wait(dusq__pg_conn *conn, bool writing, bool *readable);
/* All is known that the call is about but that the server is ready again: from now on that is waited for no longer than
 * connect_timeout, nor, if somebody asks for it, than for half of cancel_grace, so that who waits for the call, which
 * has been decided, hears of it before he is given up.                                                               */
void dusq__pg_begin_tail(dusq__pg_conn *conn);
/* The next result of what was sent, owned; NULL at its end, or when the connection was given up (conn->broken). */
PGresult *dusq__pg_next(dusq__pg_conn *conn);
size_t dusq__pg_bytes_waiting(PGconn *pg); /* in the socket */
/* What comes from here on belongs to another result, of which nothing has come. */
void dusq__pg_next_result(dusq__pg_conn *conn);
static inline bool dusq__pg_is_too_large(const dusq__pg_conn *conn)
{
  return conn->receive_limit && conn->received > conn->receive_limit;
}
/* After PGRES_COPY_...: makes the server give it up, or gives the connection up. */
void dusq__pg_refuse_copy(dusq__pg_conn *conn, ExecStatusType status);
bool dusq__pg_lost(const dusq__pg_conn *conn);
/* Runs a text without values or rows of interest; `tag`, if not NULL, gets the last command tag.  NULL, or an owned
 * error.                                                                                                             */
dusq_error *dusq__pg_simple(dusq__pg_conn *conn, const char *sql, char tag[64]);

/* error.c: owned errors */
dusq_error *dusq__pg_result_error(dusq__pg_conn *conn, const PGresult *result, const char *sql);
dusq_error *dusq__pg_too_large(void);
bool dusq__pg_is_cancel(const dusq_error *error); /* 57014 */
bool dusq__pg_is_refusal(const dusq_error *error); /* by what a text says, or the types of its parameters */
dusq_error *dusq__pg_conn_error(dusq__pg_conn *conn); /* the connection is lost, given up, or refuses what it is given */
dusq_error *dusq__pg_connect_error(PGconn *pg);
dusq_error *dusq__pg_canceled(void);
dusq_error *dusq__pg_nomem(void);
dusq_status dusq__pg_give(dusq_error **out, dusq_error *take_error);

/* statement.c */
/* One preparation of a statement. */
typedef struct dusq__pg_form {
  uint64_t number; /* its name is dusq_<number>; 0: it has none */
  bool binary;     /* its columns are asked for in binary       */
  bool rowless;    /* it has no columns                         */
  Oid *types;      /* of the parameters; NULL: not known        */
} dusq__pg_form;

/* A statement with types of its own for some of its parameters; see variant.c. */
typedef struct dusq__pg_variant {
  Oid *declared;      /* 0: the context decides                                              */
  uint8_t *kinds;     /* of the values for which that is declared                            */
  dusq__pg_form form; /* without a name it is executed without one                           */
  uint64_t used;      /* when it was, last                                                   */
  unsigned nameless;  /* how often it was executed without a name                            */
  bool settled;       /* what is declared has been asked                                     */
  bool refused;       /* the server does not prepare it                                      */
} dusq__pg_variant;

/* Of one parameter, facts about the text: a bit for each type (resolve.c). */
typedef struct dusq__pg_lore {
  uint16_t asked, goes; /* whether the types have been asked for, and whether there is a way in which they go          */
  Oid null;             /* what a NULL has to be declared as; 0: nothing                                             */
} dusq__pg_lore;

enum { DUSQ__PG_NAMED = 8 };

typedef struct dusq__pg_statement {
  dusq__pg_form form;    /* with the types that the server takes from the context                  */
  dusq__pg_variant **variants; /* by a hash of their kinds                                         */
  dusq__pg_variant *named[DUSQ__PG_NAMED], *last; /* those with names, and the one that was last   */
  dusq__pg_lore *lore;   /* of each parameter                                                      */
  uint64_t uses;         /* of variants                                                            */
  bool renew;            /* what the server says of it is not known (yet), or has changed          */
  bool reads;            /* a SELECT or the like                                                   */
  bool undetermined;     /* the server will not prepare it without types                           */
  bool alone;
  bool unsettles;        /* may change the session                                                 */
  bool nameless;         /* neither it nor a variant gets a name                                   */
  uint32_t nparams, users;
  char sql[];
} dusq__pg_statement;
enum { DUSQ__PG_NAME_SIZE = 32 };
void dusq__pg_name_of(uint64_t number, char name[DUSQ__PG_NAME_SIZE]);
/* Gives it a new name, or where it gets none prepares it for once, with `types` (NULL: as the context says) of n
 * parameters; what is learned goes to *form.  An error in a transaction ends that, but for dusq__pg_undo_name.        */
dusq_error *dusq__pg_give_name(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                               dusq__pg_form *form);
/* The same as the context says, for the first time: whether the values have to tell, too. */
dusq_error *dusq__pg_give_first_name(dusq__pg_conn *conn, dusq__pg_statement *statement);
dusq_error *dusq__pg_undo_name(dusq__pg_conn *conn);
/* Forgets those that wait to be closed: the server has no names any more. */
void dusq__pg_forget_names(dusq__pg_conn *conn);
/* Forgets it; its name is closed some day. */
void dusq__pg_drop_form(dusq__pg_conn *conn, dusq__pg_form *form);

/* nameless.c */
/* A longer description of parameters is, to libpq before 17, a sign that the connection is out of step (its list of
 * messages that may be longer than 30,000 bytes lacks this one).                                                     */
enum { DUSQ__PG_MAX_DESCRIBED = 7000 };
/* What was remembered of a text that gets no name, with one more user, or NULL. */
dusq__pg_statement *dusq__pg_recall(dusq__pg_conn *conn, const char *sql);
void dusq__pg_remember(dusq__pg_conn *conn, dusq__pg_statement *statement);
void dusq__pg_forget_nameless(dusq__pg_conn *conn);
/* The types of parameters too many to be described, with those in `types` declared (0: as the context says), if
 * the server tells them: form->types.  An error otherwise than of the connection is none.                            */
dusq_error *dusq__pg_ask_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, int n, const Oid *types,
                               dusq__pg_form *form);

/* resolve.c */
/* Whether the value may have a say.  double precision is what the server makes of what could be any number, and not
 * every number is one.                                                                                               */
static inline bool dusq__pg_is_open(const dusq__pg_statement *statement, const dusq_value *value, size_t i)
{
  Oid type = statement->form.types ? statement->form.types[i] : PG_TEXT;
  bool exact = value->type == DUSQ_INT || value->type == DUSQ_UINT || value->type == DUSQ_DECIMAL;
  return type == PG_TEXT || (type == PG_FLOAT8 && exact);
}
bool dusq__pg_has_lore(dusq__pg_statement *statement); /* false: there is no memory */
/* The same as dusq__pg_give_name, without an end to a transaction. */
dusq_error *dusq__pg_try_types(dusq__pg_conn *conn, const dusq__pg_statement *statement, size_t n, const Oid *types,
                               dusq__pg_form *form);
/* From types that the values would have, 0 where they have none, to types that the server takes, and *form with them;
 * *accepted: there are such.  NULL, or an owned error.                                                               */
dusq_error *dusq__pg_resolve(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n,
                             Oid *types, dusq__pg_form *form, bool *accepted);
/* variant.c */
/* Prepares it with the types that the context gives, and text where all that is asked is whether a value is NULL. */
dusq_error *dusq__pg_determine(dusq__pg_conn *conn, dusq__pg_statement *statement, dusq__pg_form *form);
/* Learns what has to be known before the values can be sent: trips, outside of pipelines.  NULL, or an owned error. */
dusq_error *dusq__pg_fit(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values, size_t n);
/* Whether nothing of that is left to be learned. */
bool dusq__pg_is_fit(const dusq__pg_statement *statement, const dusq_value *values, size_t n);
/* Whether they have been sent so often without a name that a trip for one pays. */
bool dusq__pg_wants_name(const dusq__pg_statement *statement, const dusq_value *values, size_t n, unsigned times);
/* The form that values are to be sent with; one without a name, with the types in *declared (NULL: none).
 * NULL: there is no memory.                                                                                          */
const dusq__pg_form *dusq__pg_form_for(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_value *values,
                                       size_t n, const Oid **declared);
void dusq__pg_drop_variants(dusq__pg_conn *conn, dusq__pg_statement *statement);
/* Whether an error may come from types that the statement's parameters no longer have, for a table was altered or made
 * anew; and whether they have in fact changed, for which the server is asked (not in a transaction, which is lost).  */
bool dusq__pg_doubtful(const dusq__pg_statement *statement, const dusq_error *error);
bool dusq__pg_outdated(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error);
/* After an error inside a transaction, which that does not survive: the next use is to be prepared anew. */
void dusq__pg_suspect(dusq__pg_conn *conn, dusq__pg_statement *statement, const dusq_error *error);
dusq_status dusq__pg_prepare(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                             dusq_error **error);
void dusq__pg_release(void *conn, void *prepared);
/* What the first word of a statement says about it. */
void dusq__pg_describe(const char *sql, bool *reads, bool *alone, bool *unsettles);

/* probe.c: which of `count` declarations of n parameters the server takes: `fill` writes the types of the k-th (0:
 * none), which[k] says whether it is asked for, and then whether it is taken.  NULL, or an owned error.  Outside of
 * pipelines.                                                                                                         */
typedef void (*dusq__pg_fill)(const void *arg, size_t k, Oid *types);
dusq_error *dusq__pg_probe(dusq__pg_conn *conn, const char *sql, size_t n, dusq__pg_fill fill, const void *arg,
                           size_t count, bool *which);

/* encode.c: values to parameters of `known` types (0: not known; NULL: there are no values); the arrays belong to the
 * connection until the next call.  NULL, or an owned error.                                                          */
typedef struct dusq__pg_args {
  int n;
  const Oid *types;
  const char *const *values;
  const int *lengths, *formats;
  size_t bytes;
} dusq__pg_args;
dusq_error *dusq__pg_encode(dusq__pg_conn *conn, const Oid *known, const dusq_value *values, size_t n,
                            dusq__pg_args *out);
bool dusq__pg_is_text(Oid type); /* whether its binary form is its text */

/* decode.c: hands a result's columns, unless it has these, and rows to the sink.  *refused: it takes no more.  NULL, or
 * an owned error: a cell has no value.                                                                               */
dusq_error *dusq__pg_decode(dusq__pg_conn *conn, const PGresult *result, dusq_sink *sink, bool has_columns,
                            bool *refused);
bool dusq__pg_is_binary(Oid type); /* whether the type can be read in binary */

/* run.c */
/* Sends one execution; NULL, or an owned error that says why not.  *bytes: how many it took, about. */
dusq_error *dusq__pg_send(dusq__pg_conn *conn, const dusq_execution *execution, const dusq_value *values,
                          size_t *bytes);
/* What has come of an execution so far. */
typedef struct dusq__pg_outcome {
  dusq_error *error; /* owned */
  bool refused;      /* the sink takes no more, and knows why */
  bool begun;        /* it has the columns; rows come one by one */
} dusq__pg_outcome;
/* Takes one result of it; the first error stays. */
void dusq__pg_collect(dusq__pg_conn *conn, PGresult *take_result, const char *sql, dusq_sink *sink,
                      dusq__pg_outcome *out);
/* After the last result: if the connection is lost, that is the outcome unless there is a better one. */
void dusq__pg_judge(dusq__pg_conn *conn, bool complete, dusq__pg_outcome *out);
void dusq__pg_tell(dusq_sink *sink, dusq__pg_outcome *take_outcome);
dusq_status dusq__pg_execute(void *conn, const dusq_execution *execution);
dusq_status dusq__pg_script(void *conn, const char *sql, size_t len, dusq_sink *sink);

/* batch.c */
dusq_status dusq__pg_execute_batch(void *conn, const dusq_execution *executions, size_t n);
dusq_status dusq__pg_execute_many(void *conn, const dusq_execution *execution, size_t rows);

/* sequence.c */
dusq_status dusq__pg_sequence(void *conn, const dusq_sequence *sequence);

/* transaction.c */
enum { DUSQ__PG_BEGIN_SIZE = 96 };
void dusq__pg_begin_text(const dusq_tx_opts *opts, char sql[DUSQ__PG_BEGIN_SIZE]);
dusq_status dusq__pg_begin(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
int dusq__pg_transaction(void *conn);
dusq_status dusq__pg_savepoint(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__pg_commit(void *conn, dusq_sink *sink, dusq_error **error);
dusq_status dusq__pg_rollback(void *conn, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__pg_reset(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

#endif
