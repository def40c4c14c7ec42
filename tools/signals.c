/* signals.c - see signals.h.  The handler may run on any thread; it writes a byte, so that poll() returns on the right
 * one.                                                                                                               */
#include "signals.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int pipe_ends[2] = {-1, -1};

static void on_signal(int number)
{
  int saved = errno;
  caught = number;
  ssize_t written = write(pipe_ends[1], "", 1);
  (void)written; /* the pipe cannot be full: each signal comes here once */
  errno = saved;
}

static void catch_one(int number)
{
  struct sigaction old, action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  if (!sigaction(number, NULL, &old) && old.sa_handler != SIG_IGN)
    sigaction(number, &action, NULL);
}

bool signals_install(void)
{
  if (pipe(pipe_ends))
    return false;
  for (int i = 0; i < 2; i++)
    if (fcntl(pipe_ends[i], F_SETFD, FD_CLOEXEC) == -1)
      return false;
  catch_one(SIGINT);
  catch_one(SIGTERM);
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, NULL); /* a reader that went away is an error of write() */
  return true;
}

int signals_caught(void)
{
  return caught;
}

int signals_fd(void)
{
  return pipe_ends[0];
}
