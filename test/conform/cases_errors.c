/* cases_errors.c - every class of error that a statement can reach. */
#include "conform.h"

#define TABLE "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL DEFAULT 0, b TEXT UNIQUE, CHECK (a < 100));" \
              "INSERT INTO t VALUES (1, 1, 'x');"
#define CHILD TABLE "CREATE TABLE u (t INTEGER REFERENCES t (id)); INSERT INTO u VALUES (1);"
#define FAILS(title, before, text, code) \
  {.name = title, .on = CONFORM_ANY, .setup = before, .sql = text, .status = code}
#define FAILS_ON(where, title, before, text, code) \
  {.name = title, .on = where, .setup = before, .sql = text, .status = code}

const conform_case conform_errors[] = {
  FAILS("unique", TABLE, "INSERT INTO t (b) VALUES ('x')", DUSQ_E_UNIQUE),
  FAILS("primary key", TABLE, "INSERT INTO t (id) VALUES (1)", DUSQ_E_UNIQUE),
  FAILS("unique in the second row", TABLE, "INSERT INTO t (b) VALUES ('new'), ('x')", DUSQ_E_UNIQUE),
  FAILS("unique in an UPDATE", TABLE "INSERT INTO t VALUES (2, 1, 'y');", "UPDATE t SET b = 'x' WHERE id = 2",
        DUSQ_E_UNIQUE),
  FAILS("foreign key of a child", CHILD, "INSERT INTO u VALUES (99)", DUSQ_E_FOREIGN_KEY),
  FAILS("foreign key of a parent", CHILD, "DELETE FROM t WHERE id = 1", DUSQ_E_FOREIGN_KEY),
  FAILS("NOT NULL", TABLE, "INSERT INTO t (a) VALUES (NULL)", DUSQ_E_NOT_NULL),
  FAILS("NOT NULL in an UPDATE", TABLE, "UPDATE t SET a = NULL", DUSQ_E_NOT_NULL),
  FAILS("CHECK", TABLE, "INSERT INTO t (a) VALUES (100)", DUSQ_E_CHECK),
  FAILS_ON(CONFORM_SQLITE, "type of a STRICT table", "CREATE TABLE t (a INTEGER) STRICT",
           "INSERT INTO t VALUES ('no number')", DUSQ_E_CHECK),
  FAILS_ON(CONFORM_SQLITE, "a trigger that raises",
           "CREATE TABLE t (a); CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no'); END;",
           "INSERT INTO t VALUES (1)", DUSQ_E_CONSTRAINT),
  FAILS_ON(CONFORM_SQLITE, "a trigger that raises and rolls back",
           "CREATE TABLE t (a); CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END;",
           "INSERT INTO t VALUES (1)", DUSQ_E_CONSTRAINT),
  FAILS("syntax", NULL, "SELEC 1", DUSQ_E_SYNTAX),
  FAILS("syntax at the end", NULL, "SELECT (1", DUSQ_E_SYNTAX),
  FAILS("no statement", NULL, "", DUSQ_E_SYNTAX),
  FAILS("only blanks", NULL, " \n\t ", DUSQ_E_SYNTAX),
  FAILS("only a comment", NULL, "-- nothing here", DUSQ_E_SYNTAX),
  FAILS("only a semicolon", NULL, ";", DUSQ_E_SYNTAX),
  FAILS("two statements", NULL, "SELECT 1; SELECT 2", DUSQ_E_SYNTAX),
  FAILS("two statements without a blank", NULL, "SELECT 1;SELECT 2;", DUSQ_E_SYNTAX),
  FAILS("a second statement behind a comment", TABLE, "DELETE FROM t; -- and\nDROP TABLE t", DUSQ_E_SYNTAX),
  FAILS("no such table", ";", "SELECT * FROM t", DUSQ_E_NO_SUCH_OBJECT),
  FAILS("no such table to write to", ";", "INSERT INTO t VALUES (1)", DUSQ_E_NO_SUCH_OBJECT),
  FAILS("no such table to drop", ";", "DROP TABLE t", DUSQ_E_NO_SUCH_OBJECT),
  FAILS("no such column", TABLE, "SELECT missing FROM t", DUSQ_E_NO_SUCH_OBJECT),
  FAILS("no such column to write to", TABLE, "INSERT INTO t (missing) VALUES (1)", DUSQ_E_NO_SUCH_OBJECT),
  FAILS("no such function", NULL, "SELECT no_such_function(1)", DUSQ_E_NO_SUCH_OBJECT),
  FAILS("a view on a table that is gone", "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t",
        "SELECT * FROM v", DUSQ_E_NO_SUCH_OBJECT),
  FAILS("a table that exists", TABLE, "CREATE TABLE t (x)", DUSQ_E_DUPLICATE_OBJECT),
  FAILS("an index that exists", TABLE "CREATE INDEX i ON t (a);", "CREATE INDEX i ON t (b)", DUSQ_E_DUPLICATE_OBJECT),
  FAILS("a column that exists", TABLE, "ALTER TABLE t ADD COLUMN a INTEGER", DUSQ_E_DUPLICATE_OBJECT),
  FAILS("a number that is too large", NULL, "SELECT abs(-9223372036854775808)", DUSQ_E_DATA),
  FAILS("a text as a key", TABLE, "INSERT INTO t (id) VALUES ('no number')", DUSQ_E_DATA),
  FAILS("COMMIT without a transaction", NULL, "COMMIT", DUSQ_E_TX_STATE),
  FAILS("ROLLBACK without a transaction", NULL, "ROLLBACK", DUSQ_E_TX_STATE),
  FAILS_ON(CONFORM_SQLITE, "a value that is too large", NULL, "SELECT zeroblob(2147483647)", DUSQ_E_TOO_LARGE),
  FAILS_ON(CONFORM_SQLITE, "wrong number of values in an INSERT", TABLE, "INSERT INTO t VALUES (1)", DUSQ_E_SYNTAX),
  FAILS_ON(CONFORM_FAKE, "permission", NULL, "GRANT", DUSQ_E_PERMISSION),
  FAILS_ON(CONFORM_FAKE, "serialization", NULL, "UPDATE t", DUSQ_E_SERIALIZATION),
  FAILS_ON(CONFORM_FAKE, "deadlock", NULL, "UPDATE u", DUSQ_E_TX_DEADLOCK),
  FAILS_ON(CONFORM_FAKE, "locked", NULL, "UPDATE v", DUSQ_E_LOCKED),
  FAILS_ON(CONFORM_FAKE, "read only", NULL, "UPDATE w", DUSQ_E_READ_ONLY),
  FAILS_ON(CONFORM_FAKE, "disk full", NULL, "UPDATE x", DUSQ_E_DISK_FULL),
  FAILS_ON(CONFORM_FAKE, "resources", NULL, "UPDATE y", DUSQ_E_RESOURCE),
  FAILS_ON(CONFORM_FAKE, "damaged", NULL, "UPDATE z", DUSQ_E_CORRUPT),
  FAILS_ON(CONFORM_FAKE, "input and output", NULL, "UPDATE zz", DUSQ_E_IO),
  {.name = NULL},
};
