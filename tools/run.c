/* run.c - statements go out, their results come back and are printed in the order of the input.
 *
 * Where one statement runs at a time, rows come as a stream, batch by batch, and nothing else is under way meanwhile:
 * no result need fit in memory.  With several at a time, each result is held until its turn comes.
 *
 * One thread does all of it, in a loop: print what has settled at the head of the window, submit what there is room
 * for, and otherwise sleep in poll() on the completion queue, the input, and the signals.  The window bounds what is
 * held in memory: so many statements have been submitted and not printed, at the most.                               */
#include "run.h"
#include "connection.h"
#include "input.h"
#include "open.h"
#include "progress.h"
#include "report.h"
#include "signals.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 4, WINDOW_LEAST = 16 }; /* statements, for each that runs; and in all */
#define CLOSE_GRACE DUSQ_SECOND

typedef struct run run;

typedef struct slot {
  run *owner;
  dusq_future *future;
  uint64_t number; /* of the statement, from 1          */
  size_t line;
  uint64_t end;    /* of the statement, in the input    */
  bool settled;    /* as the callback has told          */
  bool runs;       /* it counts as running              */
  dusq_stream *stream; /* or NULL; then `future` is that of its next batch */
} slot;

struct run {
  const options *o;
  dusq_pool *pool;
  dusq_cq *queue;
  dusq_future *modes;   /* on its way: by which sql_mode the next statement is to be read */
  connection connection; /* the statements run                 */
  input input;
  statement next;       /* if it waits for those ahead of it     */
  bool waits;
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

static slot *slot_at(const run *r, size_t i)
{
  return &r->slots[(r->first + i) % r->window];
}

/* ---- ending early ------------------------------------------------------------------------------------------------ */

static void give_up(slot *s)
{
  dusq_future_cancel(s->future);
  if (s->stream)
    dusq_future_unref(dusq_stream_close(s->stream));
  s->stream = NULL;
}

/* Submits nothing more, and cancels what stands behind statement `last`. */
static void stop_behind(run *r, uint64_t last)
{
  if (last >= r->last)
    return;
  r->last = last;
  r->ended = true;
  for (size_t i = 0; i < r->count; i++)
    if (slot_at(r, i)->number > last)
      give_up(slot_at(r, i));
  if (!last)
    connection_cancel(&r->connection);
}

static void fail_all(run *r)
{
  r->status = EXIT_FAILED;
  stop_behind(r, 0);
}

/* In the middle of rows on the same terminal there is no line for it. */
static void tick(run *r)
{
  if (!r->progress.shares || !r->printer.open)
    progress_tick(&r->progress);
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

static void end_run(slot *s)
{
  s->owner->running -= s->runs;
  s->runs = false;
}

/* Whether a batch has come and others will follow it. */
static bool goes_on(const slot *s)
{
  dusq_result *batch;
  if (!s->stream || dusq_future_get(s->future, &batch))
    return false;
  bool some = dusq_result_rows(batch) > 0;
  dusq_result_unref(batch);
  return some;
}

static void on_done(dusq_future *done, void *arg)
{
  slot *s = arg;
  run *r = s->owner;
  dusq_status status = dusq_future_status(done);
  s->settled = true;
  if (!goes_on(s))
    end_run(s);
  if (status && (!keeps_going(r) || session_is_over(status)))
    stop_behind(r, s->number);
}

static void report(run *r, const slot *s)
{
  r->status = EXIT_FAILED;
  flush(r);
  progress_clear(&r->progress);
  complain_of(r->o, dusq_future_error(s->future), s->number, s->line);
}

static void print_slot(run *r, const slot *s)
{
  dusq_result *result;
  if (s->number > r->last)
    return;
  if (dusq_future_get(s->future, &result)) {
    print_cut(&r->printer);
    report(r, s);
    return;
  }
  if (r->progress.shares)
    progress_clear(&r->progress);
  if (goes_on(s))
    print_rows(&r->printer, result);
  else if (s->stream)
    print_end(&r->printer, result);
  else
    print_result(&r->printer, result);
  dusq_result_unref(result);
  if (goes_on(s))
    return;
  r->progress.statements++;
  r->progress.bytes = s->end;
}

static void expect(slot *s)
{
  run *r = s->owner;
  if (!dusq_future_on_done(s->future, r->queue, on_done, s, NULL))
    return;
  complain("out of memory");
  s->settled = true; /* nobody will tell */
  end_run(s);
  fail_all(r);
}

static void drop_slot(run *r)
{
  slot *s = slot_at(r, 0);
  end_run(s);
  give_up(s);
  s->future = dusq_future_unref(s->future);
  r->first = (r->first + 1) % r->window;
  r->count--;
}

static void take_batch(slot *s)
{
  dusq_future_unref(s->future);
  s->future = dusq_stream_next(s->stream);
  s->settled = false;
  expect(s);
}

/* Prints from the head of the window what has settled; false if nothing had. */
static bool take_back(run *r)
{
  bool some = false;
  while (r->count && slot_at(r, 0)->settled) {
    slot *s = slot_at(r, 0);
    print_slot(r, s);
    if (goes_on(s) && s->number <= r->last && !r->out.error)
      take_batch(s);
    else
      drop_slot(r);
    tick(r);
    some = true;
  }
  return some;
}

/* ---- going out --------------------------------------------------------------------------------------------------- */

/* `take` is the future of the statement, or of the first batch of the stream. */
static void hold(run *r, dusq_stream *stream, dusq_future *take, size_t line, uint64_t end)
{
  slot *s = slot_at(r, r->count);
  *s = (slot){r, take, ++r->submitted, line, end, false, true, stream};
  r->count++;
  r->running++;
  expect(s);
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
  dusq_future *future = connection_query(&r->connection, sql, reads);
  if (!future) {
    complain("out of memory");
    fail_all(r);
  }
  return future;
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

static bool is_stream(const run *r, const statement *st)
{
  return r->o->jobs == 1 && st->rows;
}

static void submit(run *r, const statement *st)
{
  if (r->o->jobs > 1 && st->controls) {
    refuse_control(r, st);
    return;
  }
  if (is_stream(r, st)) {
    dusq_stream *stream = connection_stream(&r->connection, st->sql);
    hold(r, stream, dusq_stream_next(stream), st->line, st->end);
    return;
  }
  dusq_future *future = query(r, st->sql, st->reads);
  if (future)
    hold(r, NULL, future, st->line, st->end);
}

/* A stream waits until all is printed, since an error would have ended the run; and what comes then waits for it. */
static bool must_wait(const run *r, const statement *st)
{
  return r->count && (is_stream(r, st) || slot_at(r, 0)->stream);
}

/* Submits what there is and what there is room for. */
static void send_out(run *r)
{
  size_t most = r->o->jobs > 1 ? r->o->jobs : r->window;
  r->wants_input = false;
  while (!r->ended && !r->modes && r->count < r->window && r->running < most) {
    input_outcome outcome = r->waits ? INPUT_STATEMENT : input_next(&r->input, &r->next);
    r->waits = outcome == INPUT_STATEMENT && must_wait(r, &r->next);
    if (r->waits)
      return;
    if (outcome == INPUT_STATEMENT) {
      submit(r, &r->next);
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
  r->ended = true;
  dusq_stream *stream;
  dusq_future *future;
  dusq_value *values = options_values(o);
  if (o->nvalues && !values) {
    complain("out of memory");
    r->status = EXIT_FAILED;
    return;
  }
  connection_one(&r->connection, values, &stream, &future);
  hold(r, stream, future, 1, 0);
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
  tick(r);
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

static bool begin(run *r)
{
  r->window = r->o->jobs * WINDOW > WINDOW_LEAST ? r->o->jobs * WINDOW : WINDOW_LEAST;
  r->slots = calloc(r->window, sizeof *r->slots);
  if (!r->slots || dusq_cq_new(&r->queue)) {
    complain("out of memory or descriptors");
    return false;
  }
  r->pool = open_pool(r->o);
  if (!r->pool)
    return false;
  r->has_input = !r->o->sql;
  if (r->has_input && !input_open(&r->input, r->o->file, r->o->uri, r->o->jobs == 1))
    return false;
  r->typed = r->has_input && isatty(r->input.fd);
  r->connection = (connection){.o = r->o, .pool = r->pool, .queue = r->queue, .keep_going = keeps_going(r)};
  if (r->typed && isatty(STDERR_FILENO))
    complain("reading SQL from the terminal; Ctrl-D ends it");
  progress_begin(&r->progress, r->has_input, r->typed, r->input.size);
  return true;
}

static void close_all(run *r)
{
  connection_end(&r->connection);
  close_pool(r->pool, r->last ? CLOSE_GRACE : 0);
  dusq_future_unref(r->modes);
  dusq_pool_unref(r->pool);
  dusq_cq_unref(r->queue);
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
  close_all(&r);
  print_cut(&r.printer);
  if (r.has_input)
    input_close(&r.input);
  free(r.slots);
  bool told = r.out.error != 0;
  if (!out_close(&r.out) && !told && !signals_caught()) {
    complain("standard output: %s", strerror(r.out.error));
    r.status = EXIT_FAILED;
  }
  if (!signals_caught() || !r.status)
    return r.status;
  complain_of_signal(o, r.progress.statements);
  return EXIT_SIGNAL + signals_caught();
}
