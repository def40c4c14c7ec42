/* test_uri.c - database URIs: what is read, what is refused and why, and that no secret is ever repeated. */
#include "data/uri.h"
#include "test.h"

static dusq_status parse(const char *text, dusq__uri *uri, char *message, size_t size)
{
  dusq_error *error = NULL;
  dusq_status status = dusq__uri_parse(text, uri, &error);
  CHECK_INT(dusq_error_status(error), status);
  snprintf(message, size, "%s", dusq_error_message(error));
  dusq_error_unref(error);
  return status;
}

/* Everything in one line: scheme+driver user:password @host :port /database ?key=value; "-" for what is not there. */
static void show(const dusq__uri *uri, char *to, size_t size)
{
  snprintf(to, size, "%s+%s %s:%s @%s :%s /%s", uri->scheme, uri->driver ? uri->driver : "-",
           uri->user ? uri->user : "-",
           uri->password ? uri->password : "-", uri->host ? uri->host : "-", uri->port ? uri->port : "-",
           uri->database ? uri->database : "-");
  for (size_t i = 0; i < uri->nquery; i++)
    snprintf(to + strlen(to), size - strlen(to), " ?%s=%s", uri->query[i].key, uri->query[i].value);
}

static const struct {
  const char *text, *shown;
} good[] = {
  {"postgresql+asyncpg://user:password@localhost/db", "postgresql+asyncpg user:password @localhost :- /db"},
  {"mysql+aiomysql://u:p@h1:3306,h2/db", "mysql+aiomysql u:p @h1,h2 :3306, /db"},
  {"sqlite+aiosqlite:///x.db", "sqlite+aiosqlite -:- @- :- /x.db"},
  {"PostgreSQL+AsyncPG://H/Db", "postgresql+asyncpg -:- @H :- /Db"},
  {"a1-b.c+d+e://h", "a1-b.c+d+e -:- @h :- /-"},
  {"postgresql://", "postgresql+- -:- @- :- /-"},
  {"postgresql:///db", "postgresql+- -:- @- :- /db"},
  {"postgresql://h", "postgresql+- -:- @h :- /-"},
  {"postgresql://h/", "postgresql+- -:- @h :- /-"},
  {"postgresql://h?a=b", "postgresql+- -:- @h :- /- ?a=b"},
  {"postgresql://@h/d", "postgresql+- :- @h :- /d"},
  {"postgresql://u@/d", "postgresql+- u:- @- :- /d"},
  {"postgresql://u:@h/d", "postgresql+- u: @h :- /d"},
  {"postgresql://:p@h/d", "postgresql+- :p @h :- /d"},
  {"postgresql://u:p:q@h/d", "postgresql+- u:p:q @h :- /d"},
  {"postgresql://u%40x:p%3A%40%2F%25%23%3f@h/d%20e", "postgresql+- u@x:p:@/%#? @h :- /d e"},
  {"postgresql://h:1/d", "postgresql+- -:- @h :1 /d"},
  {"postgresql://h:65535/d", "postgresql+- -:- @h :65535 /d"},
  {"postgresql://h:05432/d", "postgresql+- -:- @h :5432 /d"},
  {"postgresql://:5432/d", "postgresql+- -:- @- :5432 /d"},
  {"postgresql://h1,h2,h3/d", "postgresql+- -:- @h1,h2,h3 :- /d"},
  {"postgresql://h1,h2:2,[::3]:3/d", "postgresql+- -:- @h1,h2,::3 :,2,3 /d"},
  {"postgresql://:1,:2/d", "postgresql+- -:- @, :1,2 /d"},
  {"postgresql://[::1]/d", "postgresql+- -:- @::1 :- /d"},
  {"postgresql://u:p@[fe80::1%25eth0]:5432/d", "postgresql+- u:p @fe80::1%eth0 :5432 /d"},
  {"postgresql://[::ffff:1.2.3.4]", "postgresql+- -:- @::ffff:1.2.3.4 :- /-"},
  {"postgresql://%2Fvar%2Frun/d", "postgresql+- -:- @/var/run :- /d"},
  {"postgresql://u@%2Ftmp:5433/d", "postgresql+- u:- @/tmp :5433 /d"},
  {"postgresql://h/a/b@c", "postgresql+- -:- @h :- /a/b@c"},
  {"postgresql://h/d?", "postgresql+- -:- @h :- /d"},
  {"postgresql://h/d?a=1&b=&c=x=y&d=p+q&e=%26%3D&f=?/", "postgresql+- -:- @h :- /d ?a=1 ?b= ?c=x=y ?d=p+q ?e=&= ?f=?/"},
  {"postgresql://h/d?%61b=1&driver.x-y=u@h", "postgresql+- -:- @h :- /d ?ab=1 ?driver.x-y=u@h"},
  {"postgresql:d", "postgresql+- -:- @- :- /d"},
  {"fake:name", "fake+- -:- @- :- /name"},
  {"fake:", "fake+- -:- @- :- /-"},
  {"fake:a@b/c:d?x=y", "fake+- -:- @- :- /a@b/c:d ?x=y"},
  {"sqlite:", "sqlite+- -:- @- :- /:memory:"},
  {"sqlite://", "sqlite+- -:- @- :- /:memory:"},
  {"sqlite:///", "sqlite+- -:- @- :- /:memory:"},
  {"sqlite::memory:", "sqlite+- -:- @- :- /:memory:"},
  {"sqlite:///:memory:", "sqlite+- -:- @- :- /:memory:"},
  {"sqlite::memory:?a=b", "sqlite+- -:- @- :- /:memory: ?a=b"},
  {"sqlite:?a=b", "sqlite+- -:- @- :- /:memory: ?a=b"},
  {"sqlite:app.db", "sqlite+- -:- @- :- /app.db"},
  {"sqlite:app.db?readers=2&busy_timeout=10s", "sqlite+- -:- @- :- /app.db ?readers=2 ?busy_timeout=10s"},
  {"sqlite:///rel", "sqlite+- -:- @- :- /rel"},
  {"sqlite:///a/b c", "sqlite+- -:- @- :- /a/b c"},
  {"sqlite:////abs", "sqlite+- -:- @- :- //abs"},
  {"sqlite:/abs", "sqlite+- -:- @- :- //abs"},
  {"sqlite:////home/u@h/x%3F%23.db", "sqlite+- -:- @- :- //home/u@h/x?#.db"},
  {"sqlite:file:x.db?mode=ro", "sqlite+- -:- @- :- /file:x.db ?mode=ro"},
  {"sqlite:../x", "sqlite+- -:- @- :- /../x"},
  {"SQLite:\xC3\xA4.db", "sqlite+- -:- @- :- /\xC3\xA4.db"},
};

static void test_good(void)
{
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    dusq__uri uri;
    char message[256];
    char shown[512];
    if (!CHECK_INT(parse(good[i].text, &uri, message, sizeof message), DUSQ_OK)) {
      printf("\n    %s: %s\n", good[i].text, message);
      continue;
    }
    show(&uri, shown, sizeof shown);
    CHECK_STR(shown, good[i].shown);
    dusq__uri_fini(&uri);
    CHECK(uri.scheme == NULL && uri.password == NULL && uri.nquery == 0);
  }
}

#define NO_HOST "sqlite has no host: a relative path is sqlite:name.db or sqlite:///name.db, " \
                "an absolute one sqlite:/name.db or sqlite:////name.db (byte 6)"
#define NO_PORT "a port that is no number (an IPv6 address stands in [ ]; \"/\", \"?\" and \"@\" in a password are " \
                "written %2F, %3F and %40) "

static const struct {
  const char *text, *message; /* behind "malformed URI: " */
} bad[] = {
  {"", "it is empty"},
  {"x", "no scheme, such as sqlite: or postgresql:// (byte 0)"},
  {"//h/d", "no scheme, such as sqlite: or postgresql:// (byte 0)"},
  {"/tmp/x.db", "no scheme, such as sqlite: or postgresql:// (byte 0)"},
  {":x", "the scheme is empty (byte 0)"},
  {"+x:y", "the scheme has a character that no scheme has (byte 0)"},
  {"1a:x", "the scheme has a character that no scheme has (byte 0)"},
  {"s3cret word@h:x", "the scheme has a character that no scheme has (byte 6)"},
  {"my_sql://h", "the scheme has a character that no scheme has (byte 2)"},
  {"mysql+://h", "no driver follows the \"+\" of the scheme (byte 6)"},
  {"mysql://u:s3cret@x@h/d", "an unescaped \"@\" in the user or password; it is written %40 (byte 16)"},
  {"mysql://@@h/d", "an unescaped \"@\" in the user or password; it is written %40 (byte 8)"},
  {"mysql://u:s3cret?x@h/d", NO_PORT "(byte 10)"},
  {"mysql://u:s3cret/x@h/d",
   "an unescaped \"@\" behind a host with a port; a \"/\" in a password is written %2F (byte 18)"},
  {"mysql://u:12/s3cret@h/d",
   "an unescaped \"@\" behind a host with a port; a \"/\" in a password is written %2F (byte 19)"},
  {"mysql://u:s3cret#x@h/d", "\"#\" begins a fragment, which does not belong here; it is written %23 (byte 16)"},
  {"mysql://h/d#", "\"#\" begins a fragment, which does not belong here; it is written %23 (byte 11)"},
  {"mysql://h/d\n", "a control character (byte 11)"},
  {"mysql://h/\x7F", "a control character (byte 10)"},
  {"mysql://h/\x01", "a control character (byte 10)"},
  {"mysql://u:s3cret%@h/d", "\"%\" without two hexadecimal digits (byte 16)"},
  {"mysql://u:s3cret%4@h/d", "\"%\" without two hexadecimal digits (byte 16)"},
  {"mysql://u:%zzs3cret@h/d", "\"%\" without two hexadecimal digits (byte 10)"},
  {"mysql://u:s3cret%00@h/d", "\"%00\" (byte 16)"},
  {"mysql://u%0:s3cret@h/d", "\"%\" without two hexadecimal digits (byte 9)"},
  {"mysql://h%/d", "\"%\" without two hexadecimal digits (byte 9)"},
  {"mysql://h/d%", "\"%\" without two hexadecimal digits (byte 11)"},
  {"mysql://h/%00", "\"%00\" (byte 10)"},
  {"mysql://h/?%=1", "\"%\" without two hexadecimal digits (byte 11)"},
  {"mysql://h/?a=%0g", "\"%\" without two hexadecimal digits (byte 13)"},
  {"mysql://h:0/d", "a port that is not from 1 to 65535 (byte 10)"},
  {"mysql://h:65536/d", "a port that is not from 1 to 65535 (byte 10)"},
  {"mysql://h:99999999999999999999/d", "a port that is not from 1 to 65535 (byte 10)"},
  {"mysql://h:/d", "a port that is not from 1 to 65535 (byte 10)"},
  {"mysql://[::1]:/d", "a port that is not from 1 to 65535 (byte 14)"},
  {"mysql://h:12x/d", NO_PORT "(byte 12)"},
  {"mysql://h:+1/d", NO_PORT "(byte 10)"},
  {"mysql://h: 1/d", NO_PORT "(byte 10)"},
  {"mysql://h:%31/d", NO_PORT "(byte 10)"},
  {"mysql://::1/d", NO_PORT "(byte 9)"},
  {"mysql://h1:1,h2:x/d", NO_PORT "(byte 16)"},
  {"mysql://[::1/d", "\"[\" without \"]\" (byte 8)"},
  {"mysql://u:s3cret@[::1", "\"[\" without \"]\" (byte 17)"},
  {"mysql://[::1]x/d", "neither \":\" nor \",\" nor \"/\" follows \"]\" (byte 13)"},
  {"mysql://[]/d", "no IPv6 address in [ ] (byte 9)"},
  {"mysql://[h]/d", "an IPv6 address with a character that none has (byte 9)"},
  {"mysql://[12]/d", "no IPv6 address in [ ] (byte 9)"},
  {"mysql://[::1%2]/d", "\"%\" without two hexadecimal digits (byte 12)"},
  {"mysql://h[::1]/d", "a bracket inside a host (byte 9)"},
  {"mysql://h]/d", "a bracket inside a host (byte 9)"},
  {"mysql://h1,,h2/d", "an empty host in a list (byte 11)"},
  {"mysql://h1,/d", "an empty host in a list (byte 11)"},
  {"mysql://,h/d", "an empty host in a list (byte 8)"},
  {"mysql://a%2Cb/d", "a host with an escaped comma or control character (byte 8)"},
  {"mysql://a%0Ab/d", "a host with an escaped comma or control character (byte 8)"},
  {"mysql://h/d?s3cret", "an option without \"=\" (byte 12)"},
  {"mysql://h/d?=s3cret", "an option without a name (byte 12)"},
  {"mysql://h/d?a=1&", "an empty option (byte 16)"},
  {"mysql://h/d?&a=1", "an empty option (byte 12)"},
  {"mysql://h/d?a=1&b=2&a=3", "the option a is given twice (byte 20)"},
  {"mysql://h/d?ab=1&a%62=3", "the option ab is given twice (byte 17)"},
  {"mysql://h/d?s3cret@h=1", "an option's name has a character that none has (byte 12)"},
  {"mysql://h/d?a%0a=1", "an option's name has a character that none has (byte 12)"},
  {"sqlite://x.db", NO_HOST}, {"sqlite://host/x", NO_HOST}, {"sqlite://u:s3cret@/x", NO_HOST},
  {"sqlite://:memory:", NO_HOST},
};

static void test_bad(void)
{
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    dusq__uri uri;
    char message[512];
    char expected[512];
    char shown[64];
    CHECK_INT(parse(bad[i].text, &uri, message, sizeof message), DUSQ_E_URI);
    snprintf(expected, sizeof expected, "malformed URI: %s", bad[i].message);
    CHECK_STR(message, expected);
    CHECK(strstr(message, "s3cret") == NULL);
    CHECK(uri.scheme == NULL && uri.query == NULL && uri.password == NULL);
    CHECK_INT(dusq_uri_redact(bad[i].text, shown, sizeof shown), strlen("(malformed URI)"));
    CHECK_STR(shown, "(malformed URI)");
    dusq__uri_fini(&uri);
  }
  dusq__uri uri;
  CHECK_INT(dusq__uri_parse(NULL, &uri, NULL), DUSQ_E_URI);
  CHECK_INT(dusq__uri_parse("mysql://h:x", &uri, NULL), DUSQ_E_URI);
}

static char *long_text(const char *start, const char *piece, size_t len)
{
  char *text = malloc(len + 1);
  size_t at = strlen(start);
  memcpy(text, start, at);
  for (size_t i = 0; at < len; at++, i++)
    text[at] = piece[i % strlen(piece)];
  text[len] = '\0';
  return text;
}

static void test_limits(void)
{
  static const struct {
    const char *start, *piece;
    size_t len;
    const char *message;
  } rows[] = {
    {"sqlite:", "x", 65536, ""},
    {"sqlite:", "x", 65537, "malformed URI: longer than 65536 bytes"},
    {"sqlite:", "x", 1 << 20, "malformed URI: longer than 65536 bytes"},
    {"mysql://h?a=1", "&", 13 + 256, "malformed URI: more than 256 options (byte 10)"},
    {"mysql://h:1", ",h:1", 65533, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char *text = long_text(rows[i].start, rows[i].piece, rows[i].len);
    dusq__uri uri;
    char message[256];
    CHECK_INT(parse(text, &uri, message, sizeof message), *rows[i].message ? DUSQ_E_URI : DUSQ_OK);
    CHECK_STR(message, rows[i].message);
    dusq__uri_fini(&uri);
    free(text);
  }
  char text[4096] = "mysql://h?";
  for (int i = 0; i < 256; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%sk%d=%d", i ? "&" : "", i, i);
  dusq__uri uri;
  CHECK_INT(dusq__uri_parse(text, &uri, NULL), DUSQ_OK);
  CHECK_INT(uri.nquery, 256);
  dusq__uri_fini(&uri);
}

static const struct {
  const char *text, *shown;
} redacted[] = {
  {"postgresql://u:s3cret@h/d", "postgresql://u:***@h/d"},
  {"postgresql://u:s3%63ret@h:1,h2/d?a=b", "postgresql://u:***@h:1,h2/d?a=b"},
  {"postgresql://u:@h/d", "postgresql://u:***@h/d"},
  {"postgresql://:s3cret@h", "postgresql://:***@h"},
  {"postgresql://u:a:s3cret@h", "postgresql://u:***@h"},
  {"PostgreSQL+AsyncPG://u@h/d", "PostgreSQL+AsyncPG://u@h/d"},
  {"postgresql://h/d?password=s3cret", "postgresql://h/d?password=***"},
  {"postgresql://u:s3cret@h/d?a=1&pass%77ord=s3cret&b=2&sslPassword=s3cret",
   "postgresql://u:***@h/d?a=1&pass%77ord=***&b=2&sslPassword=***"},
  {"sqlite:x.db?hexkey=s3cret&foreign_keys=on&keepalives=1", "sqlite:x.db?hexkey=***&foreign_keys=on&keepalives=1"},
  {"x:?auth_token=s3cret&client_secret=s3cret&pwd=s3cret", "x:?auth_token=***&client_secret=***&pwd=***"},
  {"x:?pass=s3cret&PassPhrase=s3cret", "x:?pass=***&PassPhrase=***"},
  {"sqlite::memory:", "sqlite::memory:"},
  {"sqlite:x%41.db?a=b@c", "sqlite:x%41.db?a=b@c"},
  {"postgresql://@h/d", "postgresql://@h/d"},
  {"postgresql://u:p%40%3As3cret@h/d", "postgresql://u:***@h/d"},
  /* a password may stand where none is looked for */
  {"jdbc:postgresql://u:s3cret@h", "(malformed URI)"},
  {"postgresql:user:s3cret@h", "(malformed URI)"},
  {"postgresql:user:s3cret%40h", "(malformed URI)"},
  {"postgresql:/user:s3cret@h?a=b", "(malformed URI)"},
  {"postgresql://h/u:s3cret@h", "(malformed URI)"},
  {"postgresql://u:p@h/s3cret%40h", "(malformed URI)"},
  {"fake://u%3As3cret@h/", "(malformed URI)"},
  {"fake://u%3as3cret@h/", "(malformed URI)"},
  {"fake://u%3As3cret%40h/", "(malformed URI)"},
  {"fake://u%40s3cret@h/", "(malformed URI)"},
  {"fake:u:s3cret@h", "(malformed URI)"},
  {"sqlite:/home/u@h/x.db", "(malformed URI)"},
};

static void test_redact(void)
{
  for (size_t i = 0; i < sizeof redacted / sizeof redacted[0]; i++) {
    char shown[128];
    CHECK_INT(dusq_uri_redact(redacted[i].text, shown, sizeof shown), strlen(redacted[i].shown));
    CHECK_STR(shown, redacted[i].shown);
    CHECK(strstr(shown, "s3cret") == NULL);
    /* what is shown can be read, and shows as itself */
    char again[128];
    dusq_uri_redact(shown, again, sizeof again);
    CHECK_STR(again, shown);
  }
}

static void test_redact_sizes(void)
{
  static const char text[] = "mysql://u:s3cret@h";
  static const char shown[] = "mysql://u:***@h";
  for (size_t size = 0; size < sizeof shown + 3; size++) {
    char buffer[32];
    memset(buffer, 'x', sizeof buffer);
    CHECK_INT(dusq_uri_redact(text, buffer, size), sizeof shown - 1);
    size_t kept = size < sizeof shown ? size : sizeof shown;
    CHECK(kept == 0 || (strlen(buffer) == kept - 1 && strncmp(buffer, shown, kept - 1) == 0));
    CHECK(buffer[kept] == 'x');
  }
  CHECK_INT(dusq_uri_redact(text, NULL, 0), sizeof shown - 1);
  CHECK_INT(dusq_uri_redact(NULL, NULL, 0), strlen("(malformed URI)"));
}

static void test_no_memory(void)
{
  static const char *const texts[] = {"postgresql+asyncpg://u:p@h1:1,h2:2/d?a=b&c=d", "sqlite:", "mysql://u@h:x",
                                      "mysql://u:p@h/%zz", "mysql://h?a=1&a=2"};
  long live = test_alloc_live();
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    bool failed = true;
    for (long n = 1; failed && n < 100; n++) {
      dusq__uri uri;
      dusq_error *error = NULL;
      test_alloc_fail(n, false);
      dusq_status status = dusq__uri_parse(texts[i], &uri, &error);
      failed = test_alloc_failed();
      test_alloc_fail(0, false);
      CHECK(!failed || status == DUSQ_E_NOMEM || status == DUSQ_E_URI);
      CHECK(!failed || status != DUSQ_OK);
      dusq_error_unref(error);
      dusq__uri_fini(&uri);
      CHECK_INT(test_alloc_live(), live);
    }
    CHECK(!failed);
  }
  for (long n = 1; n < 20; n++) { /* no secret is shown because memory is short */
    char shown[128];
    test_alloc_fail(n, true);
    dusq_uri_redact("mysql://u:s3cret@h?password=s3cret", shown, sizeof shown);
    test_alloc_fail(0, false);
    CHECK(strstr(shown, "s3cret") == NULL);
  }
  CHECK_INT(test_alloc_live(), live);
}

void suite_uri(void);
void suite_uri(void)
{
  test_suite("uri");
  test_case("URIs that are read", test_good);
  test_case("URIs that are refused, and why", test_bad);
  test_case("limits", test_limits);
  test_case("what may be shown", test_redact);
  test_case("what may be shown in too little room", test_redact_sizes);
  test_case("out of memory", test_no_memory);
}
