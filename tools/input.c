/* input.c - see input.h. */
#include "input.h"
#include "out.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static split_dialect dialect_of(const char *uri)
{
  static const struct {
    const char *scheme;
    split_dialect dialect;
  } schemes[] = {{"postgresql", SPLIT_POSTGRESQL},
                 {"postgres", SPLIT_POSTGRESQL},
                 {"mysql", SPLIT_MYSQL},
                 {"mariadb", SPLIT_MYSQL}};
  size_t n = strcspn(uri, ":+");
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (strlen(schemes[i].scheme) == n && !memcmp(schemes[i].scheme, uri, n))
      return schemes[i].dialect;
  return SPLIT_SQLITE;
}

static bool failed(const input *in, const char *why)
{
  complain("%s: %s", in->name, why);
  return false;
}

bool input_open(input *in, const char *file, const char *uri)
{
  bool standard = !file || !strcmp(file, "-");
  *in = (input){.name = standard ? "standard input" : file, .fd = STDIN_FILENO};
  splitter_init(&in->splitter, dialect_of(uri));
  if (!standard)
    in->fd = open(file, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (in->fd == -1 || fstat(in->fd, &status))
    return failed(in, strerror(errno));
  off_t at = lseek(in->fd, 0, SEEK_CUR);
  in->regular = S_ISREG(status.st_mode);
  if (in->regular && at >= 0 && status.st_size > at)
    in->size = (uint64_t)(status.st_size - at);
  return true;
}

void input_close(input *in)
{
  splitter_fini(&in->splitter);
  if (in->fd > STDERR_FILENO)
    close(in->fd);
  in->fd = -1;
}

bool input_read(input *in)
{
  size_t room;
  char *to = splitter_room(&in->splitter, &room);
  if (!to)
    return failed(in, "out of memory for a long statement");
  ssize_t n = read(in->fd, to, room);
  if (n >= 0)
    splitter_fed(&in->splitter, (size_t)n);
  else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
    return failed(in, strerror(errno));
  return true;
}

input_outcome input_next(input *in, statement *out)
{
  for (;;) {
    split_outcome outcome = splitter_next(&in->splitter, out);
    if (outcome == SPLIT_END)
      return INPUT_END;
    if (outcome == SPLIT_STATEMENT) {
      if (strlen(out->sql) == out->len)
        return INPUT_STATEMENT;
      complain("%s: line %zu: there is a NUL byte in the statement; is this SQL, in UTF-8?", in->name, out->line);
      return INPUT_FAILED;
    }
    if (!in->regular)
      return INPUT_WAIT;
    if (!input_read(in))
      return INPUT_FAILED;
  }
}
