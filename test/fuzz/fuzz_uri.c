/* fuzz_uri.c - any bytes as a URI and as the text of options.
 *
 * A libFuzzer target:  clang -fsanitize=fuzzer,address,undefined -Iinclude -Ilib test/fuzz/fuzz_uri.c LIBRARY.c...
 * test/unit/test_fuzz_corpus.c includes it and replays the corpus, with a FUZZ_FAILED of its own.                    */
#include "data/option.h"
#include "data/uri.h"
#include <dusq/config.h>
#include <stdlib.h>
#include <string.h>

#ifndef FUZZ_FAILED
#define FUZZ_FAILED(condition) abort()
#endif
#define URI_MUST(condition) ((condition) ? (void)0 : FUZZ_FAILED(#condition))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_text(const char *a, const char *b)
{
  return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What may be shown reads as the same URI with another password, and shows as itself; or nothing is shown. */
static void check_shown(const char *text, const dusq__uri *uri)
{
  size_t size = dusq_uri_redact(text, NULL, 0) + 1;
  char *shown = malloc(size);
  char *again = malloc(size);
  dusq__uri read = {0};
  if (shown && again && size <= 65536) {
    URI_MUST(dusq_uri_redact(text, shown, size) == size - 1 && strlen(shown) == size - 1);
    URI_MUST(dusq_uri_redact(shown, again, size) == size - 1 && strcmp(shown, again) == 0);
  }
  if (shown && again && size <= 65536 && strcmp(shown, "(malformed URI)") != 0) {
    URI_MUST(dusq__uri_parse(shown, &read, NULL) == DUSQ_OK);
    URI_MUST(same_text(read.scheme, uri->scheme) && same_text(read.user, uri->user) && same_text(read.host, uri->host));
    URI_MUST(same_text(read.port, uri->port) && same_text(read.database, uri->database) && read.nquery == uri->nquery);
    URI_MUST(same_text(read.password, uri->password ? "***" : NULL));
  }
  dusq__uri_fini(&read);
  free(again);
  free(shown);
}

static void check_options(const char *text)
{
  static const dusq_option options[] = {{"int", DUSQ_OPTION_INT, NULL, NULL, -1000, 1000},
                                        {"size", DUSQ_OPTION_SIZE, NULL, NULL, 0, 0},
                                        {"duration", DUSQ_OPTION_DURATION, NULL, NULL, 1, INT64_MAX},
                                        {"bool", DUSQ_OPTION_BOOL, NULL, NULL, 0, 0},
                                        {"choice", DUSQ_OPTION_CHOICE, NULL, "wal|delete|memory", 0, 0},
                                        {NULL, 0, NULL, NULL, 0, 0}};
  for (const dusq_option *option = options; option->key; option++) {
    int64_t number = -1;
    dusq_error *error = NULL;
    dusq_status status = dusq__option_read(option, text, &number, &error);
    URI_MUST((status == DUSQ_OK) == (error == NULL));
    URI_MUST(status != DUSQ_OK || number >= (option->kind == DUSQ_OPTION_INT ? -1000 : 0));
    dusq_error_unref(error);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = malloc(size + 1);
  if (!text)
    return 0;
  if (size)
    memcpy(text, data, size);
  text[size] = '\0';
  dusq__uri uri;
  dusq_error *error = NULL;
  dusq_status status = dusq__uri_parse(text, &uri, &error);
  URI_MUST(status == dusq_error_status(error));
  URI_MUST(status == DUSQ_OK || status == DUSQ_E_URI);
  if (status == DUSQ_OK)
    check_shown(text, &uri);
  check_options(text);
  for (size_t i = 0; i < uri.nquery; i++)
    check_options(uri.query[i].value);
  dusq_error_unref(error);
  dusq__uri_fini(&uri);
  free(text);
  return 0;
}
