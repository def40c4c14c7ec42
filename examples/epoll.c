/* epoll.c - a completion queue in an event loop: its descriptor stands beside a timer's, and both are served by the one
 * thread that there is.  For Linux; poll(), kqueue and the event libraries take the descriptor in the same way.
 *
 *   epoll [URI]     "sqlite:" if there is none                                                                       */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* clocks, under -std=c11 */
#endif
#include <dusq/dusq.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__linux__)
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Long enough for the timer to tick meanwhile. */
static const char slow[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
                           "SELECT count(*) FROM n";

typedef struct answer {
  bool there, good;
} answer;

static void on_count(dusq_future *done, void *arg)
{
  answer *a = arg;
  dusq_result *result;
  int64_t count;
  a->there = true;
  if (dusq_future_get(done, &result)) {
    fprintf(stderr, "epoll: %s\n", dusq_error_message(dusq_future_error(done)));
    return;
  }
  a->good = dusq_result_int(result, 0, 0, &count) == DUSQ_OK;
  if (a->good)
    printf("counted to %lld\n", (long long)count);
  dusq_result_unref(result);
}

/* A descriptor that becomes readable every 20 ms; -1 and errno. */
static int make_timer(void)
{
  const struct itimerspec every = {.it_interval = {.tv_nsec = 20000000}, .it_value = {.tv_nsec = 1}};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer != -1 && timerfd_settime(timer, 0, &every, NULL)) {
    close(timer);
    timer = -1;
  }
  return timer;
}

static bool watch(int loop, int fd)
{
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
  return !epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

/* Until the answer is there.  False and errno when the loop fails. */
static bool run_loop(int loop, int timer, dusq_cq *queue, const answer *a)
{
  uint64_t ticks = 0, more;
  while (!a->there) {
    struct epoll_event event;
    int n = epoll_wait(loop, &event, 1, -1);
    if (n < 0 && errno != EINTR)
      return false;
    if (n > 0 && event.data.fd == timer && read(timer, &more, sizeof more) == (ssize_t)sizeof more)
      ticks += more;
    if (n > 0 && event.data.fd == dusq_cq_fd(queue))
      dusq_cq_dispatch(queue, 0, 0);
  }
  printf("%s while the query ran\n", ticks ? "the timer ticked" : "no tick");
  return true;
}

static bool ask(dusq_pool *pool, dusq_cq *queue, answer *a)
{
  dusq_future *future = dusq_pool_query(pool, slow, DUSQ_NO_PARAMS, NULL);
  dusq_status status = dusq_future_on_done(future, queue, on_count, a, NULL);
  dusq_future_unref(future);
  if (status)
    fprintf(stderr, "epoll: %s\n", dusq_strstatus(status));
  return !status;
}

static bool run(dusq_pool *pool, dusq_cq *queue)
{
  answer a = {false, false};
  int loop = epoll_create1(EPOLL_CLOEXEC), timer = make_timer();
  bool good = loop != -1 && timer != -1 && watch(loop, timer) && watch(loop, dusq_cq_fd(queue));
  if (!good)
    fprintf(stderr, "epoll: %s\n", strerror(errno));
  else if (!ask(pool, queue, &a))
    good = false;
  else if (!run_loop(loop, timer, queue, &a))
    fprintf(stderr, "epoll: %s\n", strerror(errno));
  if (timer != -1)
    close(timer);
  if (loop != -1)
    close(loop);
  return good && a.good && !fflush(stdout);
}

int main(int argc, char **argv)
{
  dusq_pool *pool;
  dusq_error *error;
  if (dusq_pool_open_uri(argc > 1 ? argv[1] : "sqlite:", &pool, &error)) {
    fprintf(stderr, "epoll: %s\n", dusq_error_message(error));
    dusq_error_unref(error);
    return EXIT_FAILURE;
  }
  dusq_cq *queue;
  bool good = dusq_cq_new(&queue) == DUSQ_OK;
  if (good) {
    good = run(pool, queue);
    dusq_cq_unref(queue);
  }
  dusq_pool_unref(pool);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

#else
int main(void)
{
  fputs("epoll: this example is for Linux\n", stderr);
  return EXIT_FAILURE;
}
#endif
