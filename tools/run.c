/* run.c - statements go out, their results come back and are printed in the order of the input.
 *
 * One thread does all of it, in a loop: print what has settled at the head of the window, submit what there is room
 * for, and otherwise sleep in poll() on the completion queue, the input, and the signals.  The window bounds what is
 * held in memory: so many statements have been submitted and not printed, at the most.                               */
#include "run.h"
#include "input.h"
#include "progress.h"
#include "session.h"
#include "signals.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 4, WINDOW_LEAST = 16 }; /* statements, for each that runs; and in all */
#define CLOSE_GRACE DUSQ_SECOND
#define CLOSE_PATIENCE (5 * DUSQ_SECOND)

typedef struct run run;

typedef struct slot {
  run *owner;
  dusq_future *future;
  uint64_t number; /* of the statement, from 1          */
  size_t line;
  uint64_t end;    /* of the statement, in the input    */
  bool settled;    /* as the callback has told          */
} slot;

struct run {
  const options *o;
  dusq_pool *pool;
  dusq_cq *queue;
  dusq_future *modes;   /* on its way: by which sql_mode the next statement is to be read */
  session *session;     /* from the first statement on, where one runs at a time */
  input input;
  bool has_input, wants_input, ended; /* ended: nothing more is to be submitted  */
  bool typed;           /* the input is a terminal */
  slot *slots;          /* a ring                                                */
  size_t window, first, count, running;
  uint64_t submitted, last; /* last: what stands behind that number is not printed */
  output out;
  printer printer;
  progress progress;
  int status;
};

static slot *slot_at(run *r, size_t i)
{
  return &r->slots[(r->first + i) % r->window];
}

/* ---- ending early ------------------------------------------------------------------------------------------------ */

/* Submits nothing more, and cancels what stands behind statement `last`. */
static void stop_behind(run *r, uint64_t last)
{
  if (last >= r->last)
    return;
  r->last = last;
  r->ended = true;
  for (size_t i = 0; i < r->count; i++)
    if (slot_at(r, i)->number > last)
      dusq_future_cancel(slot_at(r, i)->future);
  if (r->session && !last)
    session_cancel(r->session);
}

static void fail_all(run *r)
{
  r->status = EXIT_FAILED;
  stop_behind(r, 0);
}

static bool flush(run *r)
{
  if (r->out.text.len && r->progress.shares)
    progress_clear(&r->progress);
  return out_flush(&r->out);
}

/* ---- coming back ------------------------------------------------------------------------------------------------- */

/* Who types sees the error, and may type something better. */
static bool keeps_going(const run *r)
{
  return r->o->keep_going || r->typed;
}

static void on_done(dusq_future *done, void *arg)
{
  slot *s = arg;
  run *r = s->owner;
  dusq_status status = dusq_future_status(done);
  s->settled = true;
  r->running--;
  if (status && (!keeps_going(r) || session_is_over(status)))
    stop_behind(r, s->number);
}

/* Whether it happened before any statement was sent, so that it does not matter which one it was. */
static bool is_of_connecting(dusq_status status)
{
  return status == DUSQ_E_CONNECT || status == DUSQ_E_AUTH || status == DUSQ_E_TLS ||
         status == DUSQ_E_TOO_MANY_CONNECTIONS;
}

static void report(run *r, const slot *s)
{
  const dusq_error *error = dusq_future_error(s->future);
  const char *detail = dusq_error_detail(error), *hint = dusq_error_hint(error);
  const char *unknown = dusq_error_unknown_outcome(error) ? " (it may have taken effect)" : "";
  char place[64] = "";
  r->status = EXIT_FAILED;
  flush(r);
  progress_clear(&r->progress);
  if (!r->o->sql && !is_of_connecting(dusq_error_status(error)))
    snprintf(place, sizeof place, "statement %" PRIu64 " (line %zu): ", s->number, s->line);
  if (dusq_error_status(error) == DUSQ_E_PARAMS && r->o->nvalues && !strncmp(r->o->values[0], "-", 1))
    hint = "options stand before the SQL";
  complain("%s%s%s%s%s%s%s%s", place, dusq_error_message(error), *detail ? ": " : "", detail, unknown,
           *hint ? " (" : "", hint, *hint ? ")" : "");
}

static void print_slot(run *r, const slot *s)
{
  dusq_result *result;
  if (s->number > r->last)
    return;
  if (dusq_future_get(s->future, &result)) {
    report(r, s);
    return;
  }
  if (r->progress.shares)
    progress_clear(&r->progress);
  print_result(&r->printer, result);
  dusq_result_unref(result);
  r->progress.statements++;
  r->progress.bytes = s->end;
}

/* Prints from the head of the window what has settled; false if nothing had. */
static bool take_back(run *r)
{
  size_t before = r->count;
  while (r->count && slot_at(r, 0)->settled) {
    slot *s = slot_at(r, 0);
    print_slot(r, s);
    s->future = dusq_future_unref(s->future);
    r->first = (r->first + 1) % r->window;
    r->count--;
    progress_tick(&r->progress);
  }
  return r->count < before;
}

/* ---- going out --------------------------------------------------------------------------------------------------- */

/* `take` is the future of the statement.  NULL: memory was short. */
static void hold(run *r, dusq_future *take, size_t line, uint64_t end)
{
  slot *s = slot_at(r, r->count);
  *s = (slot){r, take, ++r->submitted, line, end, false};
  r->count++;
  r->running++;
  if (dusq_future_on_done(take, r->queue, on_done, s, NULL)) {
    complain("out of memory");
    s->settled = true; /* nobody will tell */
    r->running--;
    fail_all(r);
  }
}

static void on_modes(dusq_future *done, void *arg)
{
  run *r = arg;
  dusq_result *result = NULL;
  const char *text;
  if (!dusq_future_get(done, &result) && !dusq_result_text(result, 0, 0, &text, NULL))
    input_set_modes(&r->input, text);
  dusq_result_unref(result);
  r->modes = dusq_future_unref(done); /* an error will be that of the next statement as well */
}

static dusq_future *query(run *r, const char *sql, bool reads)
{
  if (r->o->jobs > 1) {
    /* said in advance, as nearly every statement of a file is new to the pool, which would send it to the writers */
    dusq_opts opts = DUSQ_OPTS_INIT;
    opts.flags = reads ? DUSQ_READ_ONLY : 0;
    return dusq_pool_query(r->pool, sql, DUSQ_NO_PARAMS, &opts);
  }
  if (!r->session)
    r->session = session_open(r->pool, r->queue, keeps_going(r));
  if (r->session)
    return session_query(r->session, sql);
  complain("out of memory");
  fail_all(r);
  return NULL;
}

/* MySQL: nothing more is read until the answer is there.  With several connections, the mode is that of a new one. */
static void ask_modes(run *r)
{
  r->modes = query(r, "SELECT @@sql_mode", true);
  if (r->modes && dusq_future_on_done(r->modes, r->queue, on_modes, r, NULL)) {
    complain("out of memory");
    r->modes = dusq_future_unref(r->modes);
    fail_all(r);
  }
}

/* On several connections what comes next would run outside of the transaction, so nothing does, with -k neither. */
static void refuse_control(run *r, const statement *st)
{
  fail_all(r);
  flush(r);
  progress_clear(&r->progress);
  complain("statement %" PRIu64 " (line %zu): transactions need one connection: leave out --jobs", r->submitted + 1,
           st->line);
}

static void submit(run *r, const statement *st)
{
  if (r->o->jobs > 1 && st->controls) {
    refuse_control(r, st);
    return;
  }
  dusq_future *future = query(r, st->sql, st->reads);
  if (future)
    hold(r, future, st->line, st->end);
}

/* Submits what there is and what there is room for. */
static void send_out(run *r)
{
  size_t most = r->o->jobs > 1 ? r->o->jobs : r->window;
  r->wants_input = false;
  while (!r->ended && !r->modes && r->count < r->window && r->running < most) {
    statement st;
    input_outcome outcome = input_next(&r->input, &st);
    if (outcome == INPUT_STATEMENT) {
      submit(r, &st);
    } else if (outcome == INPUT_ASK) {
      ask_modes(r);
    } else if (outcome == INPUT_WAIT) {
      r->wants_input = true;
      return;
    } else {
      r->ended = true;
      if (outcome == INPUT_FAILED)
        r->status = EXIT_FAILED;
    }
  }
}

static void submit_one(run *r)
{
  const options *o = r->o;
  dusq_value *values = o->nvalues ? calloc(o->nvalues, sizeof *values) : NULL;
  r->ended = true;
  if (o->nvalues && !values) {
    complain("out of memory");
    r->status = EXIT_FAILED;
    return;
  }
  for (size_t i = 0; i < o->nvalues; i++)
    values[i] = options_value(o, o->values[i]);
  hold(r, dusq_pool_query(r->pool, o->sql, o->nvalues, values, NULL), 1, 0);
  free(values);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static void sleep_until_something(run *r)
{
  struct pollfd fds[] = {{.fd = signals_fd(), .events = POLLIN},
                         {.fd = dusq_cq_fd(r->queue), .events = POLLIN},
                         {.fd = r->wants_input && !r->ended ? r->input.fd : -1, .events = POLLIN}};
  if (signals_caught())
    fds[0].fd = -1; /* all has been done about it */
  if (poll(fds, 3, progress_patience(&r->progress)) > 0 && fds[2].revents && !input_read(&r->input))
    fail_all(r);
}

static void look_around(run *r)
{
  if (signals_caught() && r->last)
    fail_all(r);
  if (r->out.error && r->last) {
    if (!signals_caught())
      complain("standard output: %s", strerror(r->out.error));
    fail_all(r);
  }
  progress_tick(&r->progress);
}

static void loop(run *r)
{
  for (;;) {
    dusq_cq_dispatch(r->queue, 0, 0);
    bool moved = take_back(r);
    send_out(r);
    look_around(r);
    if (!r->count && r->ended)
      return;
    if (moved || (r->count && slot_at(r, 0)->settled))
      continue;
    if (flush(r) || !r->last)
      sleep_until_something(r);
  }
}

/* ---- beginning and ending ---------------------------------------------------------------------------------------- */

/* What needs a table makes no file: a name that was mistyped would be a database without any. */
static bool makes_no_file(const options *o)
{
  static const char scheme[] = "sqlite:";
  return o->sql && !strncmp(o->uri, scheme, sizeof scheme - 1) && o->uri[sizeof scheme - 1] &&
         !strchr("?:", o->uri[sizeof scheme - 1]) && !strstr(o->uri, "?mode=") && !strstr(o->uri, "&mode=") &&
         split_needs_table(o->sql, strlen(o->sql));
}

static bool open_pool(run *r)
{
  dusq_error *error = NULL;
  dusq_config *config = dusq_config_new(r->o->uri);
  dusq_status status = config ? DUSQ_OK : DUSQ_E_NOMEM;
  if (!status && makes_no_file(r->o))
    status = dusq_config_set(config, "mode", "rw");
  if (!status)
    status = dusq_pool_open(config, &r->pool, &error);
  dusq_config_free(config);
  if (!status)
    return true;
  complain("%s", error ? dusq_error_message(error) : dusq_strstatus(status));
  dusq_error_unref(error);
  return false;
}

static bool begin(run *r)
{
  r->window = r->o->jobs * WINDOW > WINDOW_LEAST ? r->o->jobs * WINDOW : WINDOW_LEAST;
  r->slots = calloc(r->window, sizeof *r->slots);
  if (!r->slots || dusq_cq_new(&r->queue)) {
    complain("out of memory or descriptors");
    return false;
  }
  if (!open_pool(r))
    return false;
  r->has_input = !r->o->sql;
  if (r->has_input && !input_open(&r->input, r->o->file, r->o->uri, r->o->jobs == 1))
    return false;
  r->typed = r->has_input && isatty(r->input.fd);
  if (r->typed && isatty(STDERR_FILENO))
    complain("reading SQL from the terminal; Ctrl-D ends it");
  progress_begin(&r->progress, r->has_input, r->typed, r->input.size);
  return true;
}

static void close_pool(run *r)
{
  if (r->session)
    session_finish(r->session);
  if (r->pool) {
    dusq_status status = dusq_await(dusq_pool_close(r->pool, r->last ? CLOSE_GRACE : 0), CLOSE_PATIENCE, NULL, NULL);
    (void)status; /* what is stuck in a driver ends with the process */
  }
  dusq_future_unref(r->modes);
  session_free(r->session);
  dusq_pool_unref(r->pool);
  dusq_cq_unref(r->queue);
}

/* After a signal: how far it came, for who ran a script. */
static int interrupted(const run *r)
{
  uint64_t n = r->progress.statements;
  if (r->o->sql)
    complain("interrupted");
  else
    complain("interrupted after %" PRIu64 " statement%s", n, n == 1 ? "" : "s");
  return EXIT_SIGNAL + signals_caught();
}

int run_query(const options *o)
{
  run r = {.o = o, .last = UINT64_MAX, .input = {.fd = -1}, .status = EXIT_FINE};
  r.out.fd = STDOUT_FILENO;
  r.printer = (printer){.out = &r.out, .format = o->format};
  if (!begin(&r)) {
    r.status = EXIT_FAILED;
  } else {
    if (o->sql)
      submit_one(&r);
    loop(&r);
    progress_clear(&r.progress);
  }
  close_pool(&r);
  if (r.has_input)
    input_close(&r.input);
  free(r.slots);
  bool told = r.out.error != 0;
  if (!out_close(&r.out) && !told && !signals_caught()) {
    complain("standard output: %s", strerror(r.out.error));
    r.status = EXIT_FAILED;
  }
  return signals_caught() && r.status ? interrupted(&r) : r.status;
}
