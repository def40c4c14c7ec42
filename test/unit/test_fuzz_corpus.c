/* test_fuzz_corpus.c - the fuzzers' corpora and what can be made of them, the same in every run.
 *
 * The two targets are included, so that every machine runs them, with or without libFuzzer.                          */
#include "test.h"
#include <dirent.h>

static long failures; /* of the included targets */

static void fuzz_failed(const char *condition)
{
  failures++;
  CU_assertImplementation(CU_FALSE, __LINE__, condition, __FILE__, "", CU_FALSE);
}

#define FUZZ_FAILED(condition) fuzz_failed(condition)
#define LLVMFuzzerTestOneInput fuzz_uri
#include "../fuzz/fuzz_uri.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_sql
#include "../fuzz/fuzz_sql.c"
#undef LLVMFuzzerTestOneInput

typedef int target(const uint8_t *data, size_t size);

enum { MAX_INPUT = 4096 };

typedef struct input {
  uint8_t bytes[MAX_INPUT];
  size_t size;
} input;

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}

static void run(target *fuzz, const input *in)
{
  long before = failures;
  fuzz(in->bytes, in->size);
  if (failures == before || failures > 5)
    return;
  printf("\n    failed on: ");
  for (size_t i = 0; i < in->size; i++)
    printf(in->bytes[i] >= 0x20 && in->bytes[i] < 0x7F ? "%c" : "\\x%02X", in->bytes[i]);
  printf("\n");
}

/* Changes, adds, takes out or doubles a few bytes. */
static void mutate(input *in)
{
  for (uint32_t n = 1 + next_random() % 3; n > 0; n--) {
    size_t at = in->size ? next_random() % in->size : 0;
    size_t len = 1 + next_random() % 8;
    if (len > in->size - at)
      len = in->size - at;
    switch (next_random() % 4) {
    case 0:
      if (in->size)
        in->bytes[at] = (uint8_t)next_random();
      break;
    case 1:
      if (in->size < MAX_INPUT) {
        memmove(in->bytes + at + 1, in->bytes + at, in->size - at);
        in->bytes[at] = (uint8_t)"?$:'\"`[]/*-;@%#"[next_random() % 16];
        in->size++;
      }
      break;
    case 2:
      memmove(in->bytes + at, in->bytes + at + len, in->size - at - len);
      in->size -= len;
      break;
    default:
      if (in->size + len <= MAX_INPUT) {
        memmove(in->bytes + at + len, in->bytes + at, in->size - at);
        in->size += len;
      }
    }
  }
}

static bool read_input(const char *directory, const char *name, input *in)
{
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "rb");
  if (!CHECK(file != NULL))
    return false;
  in->size = fread(in->bytes, 1, sizeof in->bytes, file);
  fclose(file);
  return true;
}

static void replay(const char *corpus, target *fuzz)
{
  char directory[1024];
  snprintf(directory, sizeof directory, "%s/fuzz/%s", TEST_SRCDIR, corpus);
  DIR *entries = opendir(directory);
  CHECK(entries != NULL);
  size_t n = 0;
  for (struct dirent *entry = entries ? readdir(entries) : NULL; entry; entry = readdir(entries)) {
    input whole;
    if (entry->d_name[0] == '.' || !read_input(directory, entry->d_name, &whole))
      continue;
    n++;
    random_state = (uint32_t)whole.size; /* the order of a directory is any */
    run(fuzz, &whole);
    for (input cut = whole; cut.size > 0; cut.size--)
      run(fuzz, &cut);
    for (long round = test_scale(1000); round > 0; round--) {
      input mutated = whole;
      mutate(&mutated);
      run(fuzz, &mutated);
    }
  }
  if (entries)
    closedir(entries);
  CHECK(n >= 5);
}

static void test_uri_corpus(void)
{
  replay("corpus_uri", fuzz_uri);
}

static void test_sql_corpus(void)
{
  replay("corpus_sql", fuzz_sql);
}

static void assemble(input *in, const char *const *pieces, size_t npieces)
{
  for (uint32_t n = next_random() % 16; n > 0; n--) {
    const char *piece = pieces[next_random() % npieces];
    memcpy(in->bytes + in->size, piece, strlen(piece));
    in->size += strlen(piece);
  }
}

static void test_sql_pieces(void)
{
  static const char *const pieces[] = {
    "?", "??", "$1", "$2", "?1", "$0", ":a", ":b", ":a", "'", "''", "\"", "`", "[", "]", "$a$", "$$", "$", "--", "-- ",
    "/*", "*/", "/*!", "/*M!", "#", "@", "@v", "::", ":", ":=", "\\", "\n", "\r", " ", " ", "E'", "N'", "a", "b.", "1",
    "1e", "|", "&", ";", ";", "(", ")", ",", "=", "-", ".", "\xC3\xA4", "\x80", "\xEF\xBB\xBF", "LOOP", "BEGIN", " END",
    "CASE ", "CREATE ", "TRIGGER ", "FUNCTION ", " ATOMIC", "NOT", " IF"
  };
  random_state = 1;
  for (long round = test_scale(100000); round > 0; round--) {
    input in = {.size = 1};
    in.bytes[0] = (uint8_t)next_random();
    assemble(&in, pieces, sizeof pieces / sizeof pieces[0]);
    run(fuzz_sql, &in);
  }
}

static void test_uri_pieces(void)
{
  static const char *const pieces[] = {
    "sqlite:", "mysql", "postgresql", ":", "//", "/", "@", "[", "]", "::1", "%25", "%40", "%2F", "%", "%00", "?", "&",
    "=", "#", ",", "u", "p", "h", "db", ":memory:", "5432", "0", "65536", "+", "-", ".", "password=", "key=", "\x01"
  };
  random_state = 1;
  for (long round = test_scale(100000); round > 0; round--) {
    input in = {.size = 0};
    assemble(&in, pieces, sizeof pieces / sizeof pieces[0]);
    run(fuzz_uri, &in);
  }
}

void suite_fuzz_corpus(void);
void suite_fuzz_corpus(void)
{
  test_suite("fuzz_corpus");
  test_case("URIs of the corpus", test_uri_corpus);
  test_case("SQL of the corpus", test_sql_corpus);
  test_case("URIs made of pieces", test_uri_pieces);
  test_case("SQL made of pieces", test_sql_pieces);
}
