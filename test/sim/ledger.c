/* ledger.c - see ledger.h. */
#include "ledger.h"
#include <inttypes.h>
#include <stdio.h>

/* ---- writing ----------------------------------------------------------------------------------------------------- */

ledger_call *ledger_add(ledger *book, const char *name, ledger_kind kind, size_t rows)
{
  if (book->ncalls == LEDGER_CALLS)
    return NULL;
  ledger_call *call = &book->calls[book->ncalls++];
  *call = (ledger_call){.name = name, .kind = kind};
  for (size_t i = 0; i < rows; i++)
    call->rows[i] = ++book->last_row;
  return call;
}

static void told(dusq_future *done, void *arg)
{
  (void)done;
  ((ledger_call *)arg)->told++;
}

void ledger_submitted(ledger_call *call, dusq_future *future)
{
  call->future = future;
  if (dusq_future_on_done(future, NULL, told, call, NULL))
    call->told = 1; /* nobody could be asked to */
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* It may be there. */
static bool may_count(const ledger_call *call)
{
  return !call->status || call->unknown;
}

static size_t stored(const ledger *book, int64_t row)
{
  char bound[48], literal[48];
  snprintf(bound, sizeof bound, "INSERT * [%" PRId64 "]", row);
  snprintf(literal, sizeof literal, "INSERT INTO t VALUES (%" PRId64 ")", row);
  return dusq_fake_committed(book->fake, bound) + dusq_fake_committed(book->fake, literal);
}

void ledger_print(const ledger *book)
{
  for (size_t i = 0; i < book->ncalls; i++) {
    const ledger_call *call = &book->calls[i];
    fprintf(stderr, "  call %zu, %s: %s%s, transaction %u%s, rows", i, call->name, dusq_status_name(call->status),
            call->unknown ? " (unknown)" : "", call->tx, call->nested ? ", nested" : "");
    for (size_t k = 0; k < 2 && call->rows[k]; k++)
      fprintf(stderr, " %" PRId64 " stored %zu times", call->rows[k], stored(book, call->rows[k]));
    fprintf(stderr, "%s\n", call->stoppable ? "; to be stopped" : "");
  }
  char entry[128];
  for (size_t i = 0; dusq_fake_history(book->fake, i, entry, sizeof entry); i++)
    fprintf(stderr, "  history %zu: %s\n", i, entry);
}

void ledger_wrong(ledger *book, const ledger_call *call, const char *what)
{
  book->wrong++;
  if (book->loud && call)
    fprintf(stderr, "call %zu, %s: %s\n", (size_t)(call - book->calls), call->name, what);
  else if (book->loud)
    fprintf(stderr, "%s\n", what);
}

/* ---- one call ---------------------------------------------------------------------------------------------------- */

static void check_read(ledger *book, const ledger_call *call)
{
  dusq_result *result = NULL;
  int64_t value = 0;
  if (dusq_future_get(call->future, &result))
    return;
  if (dusq_result_rows(result) != 1 || dusq_result_int(result, 0, 0, &value) || value != call->rows[0])
    ledger_wrong(book, call, "the result is another one's");
  dusq_result_unref(result);
}

void ledger_read(ledger *book)
{
  for (size_t i = 0; i < book->ncalls; i++) {
    ledger_call *call = &book->calls[i];
    call->status = dusq_future_status(call->future);
    call->unknown = dusq_error_unknown_outcome(dusq_future_error(call->future));
    if (call->kind == LEDGER_READ)
      check_read(book, call);
    call->future = dusq_future_unref(call->future);
  }
}

/* A transaction's rows are the transaction's. */
static void check_rows(ledger *book, const ledger_call *call)
{
  size_t n = 0, there = 0;
  for (; n < 2 && call->rows[n]; n++) {
    size_t times = stored(book, call->rows[n]);
    there += times;
    if (times > 1)
      ledger_wrong(book, call, "a row is stored more than once");
    if (times && !may_count(call))
      ledger_wrong(book, call, "it failed, and its row is stored");
  }
  if (!call->tx && there != n && there)
    ledger_wrong(book, call, "only one of its rows is stored");
  if (!call->tx && !call->status && there != n)
    ledger_wrong(book, call, "it succeeded, and its row is not stored");
}

static void check_call(ledger *book, ledger_call *call)
{
  dusq_status status = call->status;
  if (status == DUSQ_E_PENDING || call->told != 1) {
    ledger_wrong(book, call, status == DUSQ_E_PENDING ? "it has not settled" : "its callback did not run once");
    return;
  }
  bool stopped = status == DUSQ_E_CANCELED || status == DUSQ_E_TIMEDOUT;
  book->cancels += stopped;
  book->unsure += call->unknown;
  if (stopped && !call->stoppable)
    ledger_wrong(book, call, "it was stopped in the place of another one");
  if (call->kind != LEDGER_READ)
    check_rows(book, call);
}

/* ---- one transaction --------------------------------------------------------------------------------------------- */

typedef struct tally {
  size_t failed, rows, stored, undone;
} tally;

static tally count(const ledger *book, unsigned number, bool undoes)
{
  tally all = {0, 0, 0, 0};
  for (size_t i = 0; i < book->ncalls; i++) {
    const ledger_call *call = &book->calls[i];
    if (call->tx != number)
      continue;
    bool undone = call->nested && undoes;
    all.failed += !undone && !may_count(call);
    for (size_t k = 0; call->kind != LEDGER_READ && k < 2 && call->rows[k]; k++) {
      size_t times = stored(book, call->rows[k]);
      all.rows += !undone;
      all.stored += undone ? 0 : times;
      all.undone += undone ? times : 0;
    }
  }
  return all;
}

static void check_tx(ledger *book, unsigned number)
{
  const ledger_tx *tx = &book->txs[number - 1];
  tally all = count(book, number, tx->undo && !tx->undo->status);
  const ledger_call *commit = tx->commit;
  if (all.stored && all.failed)
    ledger_wrong(book, commit, "a transaction is stored, and a call of it failed");
  if (all.stored && all.stored != all.rows)
    ledger_wrong(book, commit, "a part of a transaction is stored");
  if (all.undone)
    ledger_wrong(book, commit, "what was undone is stored");
  if (all.stored && (!commit || !may_count(commit)))
    ledger_wrong(book, commit, "a transaction is stored, and its commit failed");
  if (commit && !commit->status && all.failed)
    ledger_wrong(book, commit, "a commit succeeded, and a call before it failed");
  if (commit && !commit->status && all.stored != all.rows)
    ledger_wrong(book, commit, "a commit succeeded, and its rows are not stored");
}

void ledger_check(ledger *book)
{
  for (size_t i = 0; i < book->ncalls; i++)
    check_call(book, &book->calls[i]);
  for (unsigned number = 1; number <= book->ntxs && !book->wrong; number++)
    check_tx(book, number);
  if (dusq_fake_count(book->fake, DUSQ_FAKE_MISUSES))
    ledger_wrong(book, NULL, "the library broke the rules of backends");
  if (dusq_fake_count(book->fake, DUSQ_FAKE_CONNECTED))
    ledger_wrong(book, NULL, "a connection was left open");
}
