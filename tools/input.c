/* input.c - see input.h. */
#include "input.h"
#include "out.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t dialect_of(const char *uri)
{
  static const struct {
    const char *scheme;
    uint32_t dialect;
  } schemes[] = {{"postgresql", DUSQ_DIALECT_POSTGRESQL},
                 {"postgres", DUSQ_DIALECT_POSTGRESQL},
                 {"mysql", DUSQ_DIALECT_MYSQL},
                 {"mariadb", DUSQ_DIALECT_MYSQL}};
  size_t n = strcspn(uri, ":+");
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (strlen(schemes[i].scheme) == n && !memcmp(schemes[i].scheme, uri, n))
      return schemes[i].dialect;
  return DUSQ_DIALECT_SQLITE;
}

static bool failed(const input *in, const char *why)
{
  complain("%s: %s", in->name, why);
  return false;
}

bool input_open(input *in, const char *file, const char *uri, bool one_session)
{
  bool standard = !file || !strcmp(file, "-");
  *in = (input){.name = standard ? "standard input" : file, .fd = STDIN_FILENO};
  splitter_init(&in->splitter, dialect_of(uri));
  in->asks = in->splitter.dialect == DUSQ_DIALECT_MYSQL;
  in->follows = in->asks && one_session;
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

static bool contains(const char *text, const char *word)
{
  size_t n = strlen(word);
  for (; *text; text++)
    if (!strncasecmp(text, word, n))
      return true;
  return false;
}

/* Whether the sql_mode may be another one behind it.  (That a procedure sets ends with it.) */
static bool may_change_modes(const statement *st)
{
  return contains(st->sql, "sql_mode") || split_is_word(st->sql, st->len, "execute");
}

void input_set_modes(input *in, const char *sql_mode)
{
  uint32_t modes = contains(sql_mode, "NO_BACKSLASH_ESCAPES") ? DUSQ_DIALECT_NO_ESCAPES : 0;
  splitter_set_modes(&in->splitter, modes | (contains(sql_mode, "ANSI_QUOTES") ? DUSQ_DIALECT_ANSI_QUOTES : 0));
}

input_outcome input_next(input *in, statement *out)
{
  for (;;) {
    if (in->asks && splitter_holds(&in->splitter)) {
      in->asks = false;
      return INPUT_ASK;
    }
    split_outcome outcome = splitter_next(&in->splitter, out);
    if (outcome == SPLIT_END)
      return INPUT_END;
    if (outcome == SPLIT_STATEMENT) {
      in->asks = in->follows && may_change_modes(out);
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
