/* dusq.c - the program: which command is meant.
 *
 * It is written against the public headers alone, as any other program would be.                                     */
#include "run.h"
#include "signals.h"
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: dusq query [OPTION]... URI [SQL [VALUE]...]\n"
    "       dusq --help | --version\n"
    "\n"
    "Commands:\n"
    "  query  run SQL statements and print their results; see \"dusq query --help\"\n"
    "\n"
    "A URI names the database: sqlite:app.db, sqlite::memory:, postgresql://user@host/db\n";

/* A descriptor below 3 that is closed would be given to a database file. */
static void occupy_standard_descriptors(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
      return;
}

static int print_version(void)
{
  buffer text = {0};
  buffer_format(&text, "dusq %s\n", dusq_version_string());
  buffer_char(&text, '\0');
  int status = text.failed ? EXIT_FAILED : print_help(text.bytes);
  buffer_fini(&text);
  return status;
}

static int query(int argc, char **argv)
{
  options o;
  int status;
  if (!options_read(&o, argc, argv, &status))
    return status;
  if (signals_install())
    return run_query(&o);
  complain("no descriptor is free");
  return EXIT_FAILED;
}

int main(int argc, char **argv)
{
  occupy_standard_descriptors();
  setlocale(LC_CTYPE, "");
  const char *command = argc > 1 ? argv[1] : "";
  if (!strcmp(command, "query"))
    return query(argc - 2, argv + 2);
  if (!strcmp(command, "--help") || !strcmp(command, "-h"))
    return print_help(help);
  if (!strcmp(command, "--version") || !strcmp(command, "-V"))
    return print_version();
  if (!*command)
    complain("a command is missing (see \"dusq --help\")");
  else if (strchr(command, ':')) /* a URI, which may hold a password */
    complain("a command is missing before the URI: dusq query URI (see \"dusq --help\")");
  else
    complain("unknown %s %s (see \"dusq --help\")", *command == '-' ? "option" : "command", command);
  return EXIT_USAGE;
}
