/* options.c - see options.h. */
#include "options.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_JOBS = 10000 };

static const char help[] =
    "Usage: dusq query [OPTION]... URI [SQL [VALUE]...]\n"
    "       dusq query [OPTION]... URI < FILE\n"
    "\n"
    "Runs the SQL statement, with the values for its placeholders (?, $1 or :name, in\n"
    "their order); or, without one, the statements of a file or of standard input.\n"
    "Options stand before the SQL; what follows it are values.\n"
    "\n"
    "  -f, --file FILE      read the statements from FILE\n"
    "  -j, --jobs N         run N statements at a time, on several connections, and print\n"
    "                       their results in the order of the input; 1 (the default) runs\n"
    "                       one after another on one connection\n"
    "      --format FORMAT  table (the default), csv, or json: a line for each result\n"
    "  -k, --keep-going     go on after a statement that failed\n"
    "      --null WORD      a value that is WORD stands for NULL\n"
    "  -t, --text           all values are texts; else those written as 42 or 4.2 are numbers\n"
    "  -h, --help           print this\n"
    "\n"
    "Examples:\n"
    "  dusq query sqlite:shop.db 'SELECT name FROM person WHERE id = ?' 7\n"
    "  dusq query sqlite:shop.db -f schema.sql\n"
    "  dusq query -j 8 --format json sqlite:shop.db < questions.sql\n"
    "\n"
    "Exit status: 0 when all went well, 1 when something failed, 2 for a wrong command line,\n"
    "130 after an interrupt.\n";

static bool wrong(int *status, const char *what, const char *word)
{
  complain("%s%s (see \"dusq query --help\")", what, word);
  *status = EXIT_USAGE;
  return false;
}

int print_help(const char *text)
{
  output out = {.fd = STDOUT_FILENO};
  buffer_string(&out.text, text);
  if (out_close(&out))
    return EXIT_FINE;
  complain("standard output: %s", strerror(out.error));
  return EXIT_FAILED;
}

/* ---- one option -------------------------------------------------------------------------------------------------- */

typedef struct cursor {
  char **at, **end; /* words that are left */
  bool only_words;  /* "--" was there      */
  options *o;
  int *status;
} cursor;

static bool set_jobs(cursor *c, const char *word)
{
  dusq_value text = dusq_text(word);
  int64_t n;
  if (dusq_value_to_int(&text, &n) || n < 1 || n > MOST_JOBS)
    return wrong(c->status, "-j takes a number from 1 to 10000, not ", word);
  c->o->jobs = (size_t)n;
  return true;
}

static bool set_format(cursor *c, const char *word)
{
  return print_format_read(word, &c->o->format) || wrong(c->status, "--format takes table, csv or json, not ", word);
}

static bool set_file(cursor *c, const char *word)
{
  c->o->file = word;
  return true;
}

static bool set_null(cursor *c, const char *word)
{
  c->o->null = word;
  return true;
}

static bool set_keep_going(cursor *c, const char *word)
{
  (void)word;
  c->o->keep_going = true;
  return true;
}

static bool set_text(cursor *c, const char *word)
{
  (void)word;
  c->o->all_text = true;
  return true;
}

static bool show_help(cursor *c, const char *word)
{
  (void)word;
  *c->status = print_help(help);
  return false;
}

typedef struct known {
  char letter;
  const char *name;
  bool has_word;
  bool (*set)(cursor *c, const char *word);
} known;

static const known all[] = {
    {'f', "file", true, set_file},  {'j', "jobs", true, set_jobs},
    {0, "format", true, set_format}, {'k', "keep-going", false, set_keep_going},
    {0, "null", true, set_null},    {'t', "text", false, set_text},
    {'h', "help", false, show_help},
};

static const known *find(const char *name, size_t len)
{
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strlen(all[i].name) == len && !memcmp(all[i].name, name, len))
      return &all[i];
  return NULL;
}

/* --name, --name=word, --name word */
static bool read_long(cursor *c, const char *option)
{
  size_t len = strcspn(option, "=");
  const char *word = option[len] ? option + len + 1 : NULL;
  const known *k = find(option + 2, len - 2);
  if (!k)
    return wrong(c->status, "unknown option ", option);
  if (word && !k->has_word)
    return wrong(c->status, "no word belongs to ", option);
  if (k->has_word && !word) {
    if (c->at == c->end)
      return wrong(c->status, "a word is missing behind ", option);
    word = *c->at++;
  }
  return k->set(c, word);
}

/* -k, -kt, -j4, -j 4 */
static bool read_short(cursor *c, const char *option)
{
  for (const char *letter = option + 1; *letter; letter++) {
    const known *k = NULL;
    for (size_t i = 0; i < sizeof all / sizeof *all && !k; i++)
      k = all[i].letter == *letter ? &all[i] : NULL;
    if (!k)
      return wrong(c->status, "unknown option ", option);
    if (k->has_word && letter[1])
      return k->set(c, letter + 1);
    if (k->has_word && c->at == c->end)
      return wrong(c->status, "a word is missing behind ", option);
    if (!k->set(c, k->has_word ? *c->at++ : NULL))
      return false;
  }
  return true;
}

static bool read_word(cursor *c, char *word)
{
  if (!c->only_words && !strcmp(word, "--")) {
    c->only_words = true;
    return true;
  }
  if (!c->only_words && word[0] == '-' && word[1])
    return word[1] == '-' ? read_long(c, word) : read_short(c, word);
  if (!c->o->uri) {
    c->o->uri = word;
    return true;
  }
  c->o->sql = word;
  c->o->values = c->at;
  c->o->nvalues = (size_t)(c->end - c->at);
  c->at = c->end;
  return true;
}

bool options_read(options *o, int argc, char **argv, int *status)
{
  *o = (options){.jobs = 1};
  cursor c = {argv, argv + argc, false, o, status};
  while (c.at < c.end) {
    char *word = *c.at++;
    if (!read_word(&c, word))
      return false;
  }
  if (!o->uri)
    return wrong(status, "a URI is missing, such as sqlite:app.db", "");
  if (o->sql && o->file)
    return wrong(status, "either SQL or -f, not both: ", o->sql);
  return true;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool is_written_as(const char *word, const dusq_value *value)
{
  char text[64];
  return dusq_value_format(value, text, sizeof text) < sizeof text && !strcmp(text, word);
}

dusq_value options_value(const options *o, const char *word)
{
  dusq_value text = dusq_text(word), number;
  int64_t i;
  double r;
  if (o->null && !strcmp(word, o->null))
    return dusq_null();
  if (o->all_text)
    return text;
  if (!dusq_value_to_int(&text, &i)) {
    number = dusq_int(i);
    return is_written_as(word, &number) ? number : text;
  }
  if (!dusq_value_to_real(&text, &r)) {
    number = dusq_real(r);
    return is_written_as(word, &number) ? number : text;
  }
  return text;
}

dusq_value *options_values(const options *o)
{
  dusq_value *values = o->nvalues ? calloc(o->nvalues, sizeof *values) : NULL;
  for (size_t i = 0; values && i < o->nvalues; i++)
    values[i] = options_value(o, o->values[i]);
  return values;
}
