/* test_cq.c - completion queues: what runs where and in which order, the descriptor, and the end of a queue. */
#include "rig.h"
#include <fcntl.h>
#include <poll.h>

static dusq_cq *new_queue(void)
{
  dusq_cq *queue = NULL;
  CHECK_INT(dusq_cq_new(&queue), DUSQ_OK);
  return queue;
}

static bool readable(dusq_cq *queue)
{
  struct pollfd fd = {.fd = dusq_cq_fd(queue), .events = POLLIN};
  return poll(&fd, 1, 0) == 1 && fd.revents == POLLIN;
}

/* A callback of a future that has settled, in the queue. */
static void post(dusq_cq *queue, tally *t)
{
  dusq_future *f = rig_ok(1);
  CHECK_INT(dusq_future_on_done(f, queue, tally_done, t, tally_free), DUSQ_OK);
  dusq_future_unref(f);
}

static void test_dispatch(void)
{
  tally t = TALLY_INIT;
  dusq_cq *queue = new_queue();
  CHECK_INT(dusq_cq_dispatch(queue, 0, 0), 0);
  post(queue, &t);
  CHECK_INT(tally_count(&t), 0);
  CHECK_INT(dusq_cq_dispatch(queue, 0, DUSQ_FOREVER), 1);
  CHECK_INT(tally_count(&t), 1);
  CHECK_INT(tally_freed(&t), 1);
  CHECK(pthread_equal(t.thread, pthread_self()));
  for (int i = 0; i < 5; i++)
    post(queue, &t);
  CHECK_INT(dusq_cq_dispatch(queue, 2, 0), 2);
  CHECK_INT(tally_count(&t), 3);
  CHECK_INT(dusq_cq_dispatch(queue, 3, LONG_WAIT), 3);
  CHECK_INT(dusq_cq_dispatch(queue, 1, 0), 0);
  int64_t begin = test_now();
  CHECK_INT(dusq_cq_dispatch(queue, 1, 3 * MS), 0);
  CHECK(test_now() - begin >= 3 * MS);
  CHECK_INT(dusq_cq_dispatch(queue, -1, 0), -1);
  CHECK_INT(dusq_cq_dispatch(queue, 0, -1), -1);
  CHECK_INT(dusq_cq_dispatch(NULL, 0, 0), -1);
  CHECK_INT(dusq_cq_fd(NULL), -1);
  CHECK(dusq_cq_ref(queue) == queue);
  CHECK(dusq_cq_unref(queue) == NULL);
  CHECK(dusq_cq_unref(queue) == NULL);
  CHECK(dusq_cq_ref(NULL) == NULL);
  CHECK(dusq_cq_unref(NULL) == NULL);
  dusq_cq_wake(NULL);
  CHECK_INT(dusq_cq_new(NULL), DUSQ_E_INVAL);
}

/* ---- the descriptor ---------------------------------------------------------------------------------------------- */
static void test_descriptor(void)
{
  tally t = TALLY_INIT;
  dusq_cq *queue = new_queue();
  int fd = dusq_cq_fd(queue);
  CHECK(fd >= 0);
  CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
  CHECK(!readable(queue));
  post(queue, &t);
  for (int i = 0; i < 3; i++)
    CHECK(readable(queue)); /* a level, not an edge */
  post(queue, &t);
  CHECK_INT(dusq_cq_dispatch(queue, 1, 0), 1);
  CHECK(readable(queue)); /* there is more */
  CHECK_INT(dusq_cq_dispatch(queue, 1, 0), 1);
  CHECK(!readable(queue));
  dusq_cq_wake(queue);
  CHECK(readable(queue));
  post(queue, &t);
  CHECK_INT(dusq_cq_dispatch(queue, 0, 0), 1);
  CHECK(!readable(queue)); /* the wake has been taken, too */
  CHECK_INT(dusq_cq_fd(queue), fd);
  dusq_cq_unref(queue);
}

/* Asked for only when something waits already. */
static void test_descriptor_late(void)
{
  tally t = TALLY_INIT;
  dusq_cq *queue = new_queue();
  post(queue, &t);
  CHECK(readable(queue));
  CHECK_INT(dusq_cq_dispatch(queue, 0, 0), 1);
  CHECK(!readable(queue));
  dusq_cq_unref(queue);
  queue = new_queue();
  dusq_cq_wake(queue);
  CHECK(readable(queue));
  CHECK_INT(dusq_cq_dispatch(queue, 0, DUSQ_FOREVER), 0);
  CHECK(!readable(queue));
  dusq_cq_unref(queue);
}

/* As an event loop uses it: poll, then dispatch. */
static void test_event_loop(void)
{
  site s = site_open("pool_size=2");
  tally t = TALLY_INIT;
  dusq_cq *queue = new_queue();
  struct pollfd fd = {.fd = dusq_cq_fd(queue), .events = POLLIN};
  for (int i = 0; i < 50; i++) {
    dusq_future *f = site_query(s, "SELECT 1");
    CHECK_INT(dusq_future_on_done(f, queue, tally_done, &t, tally_free), DUSQ_OK);
    dusq_future_unref(f);
  }
  int ran = 0;
  while (ran < 50 && poll(&fd, 1, 20000) == 1) {
    int n = dusq_cq_dispatch(queue, 7, 0);
    CHECK(n >= 1 && n <= 7);
    ran += n;
  }
  CHECK_INT(ran, 50);
  CHECK_INT(poll(&fd, 1, 0), 0);
  CHECK_INT(tally_freed(&t), 50);
  dusq_cq_unref(queue);
  site_close(s);
}

/* ---- waking ------------------------------------------------------------------------------------------------------ */
static void test_wake_is_kept(void)
{
  dusq_cq *queue = new_queue();
  dusq_cq_wake(queue);
  dusq_cq_wake(queue); /* one is as good as two */
  CHECK_INT(dusq_cq_dispatch(queue, 0, DUSQ_FOREVER), 0);
  int64_t begin = test_now();
  CHECK_INT(dusq_cq_dispatch(queue, 0, 2 * MS), 0);
  CHECK(test_now() - begin >= 2 * MS);
  dusq_cq_unref(queue);
}

typedef struct crew {
  dusq_cq *queue;
  tally t;
  atomic_int ran, returned, started;
} crew;

static void dispatch_once(void *arg, int i)
{
  crew *c = arg;
  (void)i;
  atomic_fetch_add(&c->started, 1);
  atomic_fetch_add(&c->ran, dusq_cq_dispatch(c->queue, 0, DUSQ_FOREVER));
  atomic_fetch_add(&c->returned, 1);
}

static void test_wake_one(void)
{
  crew c = {.queue = new_queue(), .t = TALLY_INIT};
  team t;
  team_start(&t, 3, dispatch_once, &c);
  for (int i = 1; i <= 3; i++) {
    dusq_cq_wake(c.queue);
    while (atomic_load(&c.returned) < i)
      ;
  }
  team_join(&t);
  CHECK_INT(atomic_load(&c.ran), 0);
  dusq_cq_unref(c.queue);
}

static void dispatch_until_woken(void *arg, int i)
{
  crew *c = arg;
  int n;
  (void)i;
  while ((n = dusq_cq_dispatch(c->queue, 3, DUSQ_FOREVER)) > 0)
    atomic_fetch_add(&c->ran, n);
  atomic_fetch_add(&c->returned, 1);
}

/* Several dispatch one queue: each callback runs once. */
static void test_several_dispatchers(void)
{
  crew c = {.queue = new_queue(), .t = TALLY_INIT};
  team t;
  int jobs = (int)test_scale(2000);
  team_start(&t, 4, dispatch_until_woken, &c);
  for (int i = 0; i < jobs; i++)
    post(c.queue, &c.t);
  CHECK(tally_wait_freed(&c.t, jobs));
  while (atomic_load(&c.returned) < 4)
    dusq_cq_wake(c.queue);
  team_join(&t);
  CHECK_INT(tally_count(&c.t), jobs);
  CHECK_INT(atomic_load(&c.ran), jobs);
  dusq_cq_unref(c.queue);
}

/* ---- order, and callbacks that do more --------------------------------------------------------------------------- */
enum { MANY = 300 };
typedef struct series {
  int seen[MANY], n;
} series;
typedef struct item {
  series *in;
  int i;
} item;

static void note(dusq_future *done, void *arg)
{
  item *one = arg;
  (void)done;
  if (one->in->n < MANY)
    one->in->seen[one->in->n++] = one->i;
}

/* In the order in which the futures settled, whatever the order of registration; and that of one future in its own. */
static void test_order(void)
{
  static item items[MANY];
  series in = {.n = 0};
  dusq_promise *p[MANY / 3];
  dusq_cq *queue = new_queue();
  for (int i = MANY / 3; i-- > 0;) {
    dusq_future *f = rig_pending(&p[i]);
    for (int k = 0; k < 3; k++) {
      items[3 * i + k] = (item){&in, 3 * i + k};
      CHECK_INT(dusq_future_on_done(f, queue, note, &items[3 * i + k], NULL), DUSQ_OK);
    }
    dusq_future_unref(f);
  }
  for (int i = 0; i < MANY / 3; i++)
    rig_resolve(p[i], i);
  CHECK_INT(dusq_cq_dispatch(queue, 100, 0), 100);
  CHECK_INT(dusq_cq_dispatch(queue, 0, 0), MANY - 100);
  int wrong = 0;
  for (int i = 0; i < MANY; i++)
    wrong += in.seen[i] != i;
  CHECK_INT(wrong, 0);
  dusq_cq_unref(queue);
}

typedef struct nest {
  dusq_cq *queue;
  tally t;
  int inner;
} nest;

static void drop_queue(dusq_future *done, void *arg)
{
  nest *n = arg;
  (void)done;
  dusq_cq_unref(n->queue);
  tally_add(&n->t);
}

/* A callback that drops the last reference to its queue. */
static void test_callback_drops_queue(void)
{
  nest n = {.queue = new_queue(), .t = TALLY_INIT};
  dusq_future *f = rig_ok(1);
  CHECK_INT(dusq_future_on_done(f, n.queue, drop_queue, &n, NULL), DUSQ_OK);
  post(n.queue, &n.t); /* this one has been taken out already: it runs here as well */
  CHECK_INT(dusq_cq_dispatch(n.queue, 0, 0), 2);
  CHECK_INT(tally_count(&n.t), 2);
  CHECK(pthread_equal(n.t.thread, pthread_self()));
  n.queue = new_queue();
  CHECK_INT(dusq_future_on_done(f, n.queue, drop_queue, &n, NULL), DUSQ_OK);
  post(n.queue, &n.t); /* and this one is left over, and runs elsewhere */
  CHECK_INT(dusq_cq_dispatch(n.queue, 1, 0), 1);
  CHECK(tally_wait_freed(&n.t, 2));
  CHECK_INT(tally_count(&n.t), 4);
  CHECK(!pthread_equal(n.t.thread, pthread_self()));
  dusq_future_unref(f);
}

static void dispatch_inside(dusq_future *done, void *arg)
{
  nest *n = arg;
  (void)done;
  n->inner = dusq_cq_dispatch(n->queue, 0, LONG_WAIT); /* this thread is its own: it may wait */
  tally_add(&n->t);
}

static void test_dispatch_inside(void)
{
  nest n = {.queue = new_queue(), .t = TALLY_INIT};
  dusq_future *f = rig_ok(1);
  CHECK_INT(dusq_future_on_done(f, n.queue, dispatch_inside, &n, NULL), DUSQ_OK);
  post(n.queue, &n.t);
  CHECK_INT(dusq_cq_dispatch(n.queue, 1, 0), 1);
  CHECK_INT(n.inner, 1);
  CHECK_INT(tally_count(&n.t), 2);
  dusq_cq_unref(n.queue);
  dusq_future_unref(f);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */
static void test_close_with_callbacks(void)
{
  tally t = TALLY_INIT;
  dusq_cq *queue = new_queue();
  dusq_promise *p;
  dusq_future *f = rig_pending(&p);
  for (int i = 0; i < 20; i++)
    post(queue, &t);
  CHECK_INT(dusq_future_on_done(f, queue, tally_done, &t, tally_free), DUSQ_OK);
  dusq_cq_unref(queue); /* what waits in it runs elsewhere ... */
  CHECK(tally_wait_freed(&t, 20));
  CHECK(!pthread_equal(t.thread, pthread_self()));
  rig_resolve(p, 1); /* ... and so does what arrives later */
  CHECK(tally_wait_freed(&t, 21));
  CHECK_INT(tally_count(&t), 21);
  CHECK(!pthread_equal(t.thread, pthread_self()));
  dusq_future_unref(f);
}

/* A descriptor for each, and none is left over. */
static void test_descriptors_go(void)
{
  dusq_cq *queue = new_queue();
  int first = dusq_cq_fd(queue);
  dusq_cq_unref(queue);
  for (int i = 0; i < 2000; i++) {
    queue = new_queue();
    if (dusq_cq_fd(queue) > first + 2)
      CHECK_INT(dusq_cq_fd(queue), first);
    dusq_cq_unref(queue);
  }
  CHECK_INT(fcntl(first, F_GETFD), -1);
}

/* One settling, and callbacks on two queues by turns: each queue has its own, in their order, and is readable. */
static int turns[6], nturns;

static void note_turn(dusq_future *done, void *arg)
{
  (void)done;
  turns[nturns++] = (int)(intptr_t)arg;
}

static void test_two_queues(void)
{
  dusq_cq *queues[2] = {new_queue(), new_queue()};
  dusq_promise *promise;
  dusq_future *f = rig_pending(&promise);
  CHECK(!readable(queues[0]) && !readable(queues[1]));
  for (intptr_t i = 0; i < 6; i++)
    CHECK_INT(dusq_future_on_done(f, queues[i % 2], note_turn, (void *)i, NULL), DUSQ_OK);
  rig_resolve(promise, 1);
  nturns = 0;
  for (int i = 0; i < 2; i++) {
    CHECK(readable(queues[i]));
    CHECK_INT(dusq_cq_dispatch(queues[i], 0, LONG_WAIT), 3);
    CHECK(!readable(queues[i]));
  }
  const int expected[] = {0, 2, 4, 1, 3, 5};
  for (int i = 0; i < 6; i++)
    CHECK_INT(turns[i], expected[i]);
  dusq_future_unref(f);
  dusq_cq_unref(queues[0]);
  dusq_cq_unref(queues[1]);
}

/* A queue that is dropped while its last callbacks are being posted. */
static void test_closed_in_a_chain(void)
{
  tally t = TALLY_INIT;
  dusq_cq *queue = new_queue();
  dusq_promise *promise;
  dusq_future *f = rig_pending(&promise);
  for (int i = 0; i < 4; i++)
    CHECK_INT(dusq_future_on_done(f, queue, tally_done, &t, tally_free), DUSQ_OK);
  dusq_cq_unref(queue);
  rig_resolve(promise, 1);
  dusq_future_unref(f);
  CHECK(tally_wait(&t, 4)); /* by the notifier's thread */
  CHECK(tally_wait_freed(&t, 4));
}

void suite_cq(void);
void suite_cq(void)
{
  test_suite("cq");
  test_case("dispatch", test_dispatch);
  test_case("descriptor", test_descriptor);
  test_case("descriptor_late", test_descriptor_late);
  test_case("event_loop", test_event_loop);
  test_case("wake_is_kept", test_wake_is_kept);
  test_case("wake_one", test_wake_one);
  test_case("several_dispatchers", test_several_dispatchers);
  test_case("order", test_order);
  test_case("two_queues", test_two_queues);
  test_case("closed_in_a_chain", test_closed_in_a_chain);
  test_case("callback_drops_queue", test_callback_drops_queue);
  test_case("dispatch_inside", test_dispatch_inside);
  test_case("close_with_callbacks", test_close_with_callbacks);
  test_case("descriptors_go", test_descriptors_go);
}
