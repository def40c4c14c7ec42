-- demo.sql - makes the database of examples/run.sh: a music shop with some 20,000 rows, the same in every run.
CREATE TABLE genre (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE artist (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE album (
  id INTEGER PRIMARY KEY,
  artist_id INTEGER NOT NULL REFERENCES artist (id),
  title TEXT NOT NULL,
  year INTEGER NOT NULL
);
CREATE TABLE track (
  id INTEGER PRIMARY KEY,
  album_id INTEGER NOT NULL REFERENCES album (id),
  genre_id INTEGER NOT NULL REFERENCES genre (id),
  name TEXT NOT NULL,
  milliseconds INTEGER NOT NULL CHECK (milliseconds > 0),
  cents INTEGER NOT NULL
);
CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL
);
CREATE TABLE invoice (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customer (id),
  day TEXT NOT NULL
);
CREATE TABLE invoice_line (
  invoice_id INTEGER NOT NULL REFERENCES invoice (id),
  track_id INTEGER NOT NULL REFERENCES track (id),
  quantity INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, track_id)
) WITHOUT ROWID;

INSERT INTO genre (name)
VALUES ('Rock'), ('Jazz'), ('Classical'), ('Electronic'), ('Folk'), ('Blues'), ('Soul'), ('Chanson');

INSERT INTO artist (id, name)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
SELECT i,
  CASE i % 6 WHEN 0 THEN 'The ' WHEN 1 THEN 'Señor ' WHEN 2 THEN 'Trio ' WHEN 3 THEN 'DJ ' WHEN 4 THEN 'Les ' ELSE '' END
  || CASE i % 5 WHEN 0 THEN 'Harbour' WHEN 1 THEN 'Lantern' WHEN 2 THEN 'Meridian' WHEN 3 THEN 'Örtlich' ELSE 'Velvet' END
  || ' ' || CASE i % 4 WHEN 0 THEN 'Lights' WHEN 1 THEN 'Orchestra' WHEN 2 THEN 'Brothers; Sons' ELSE 'Quintet' END
  || ' ' || i
FROM n;

INSERT INTO album (id, artist_id, title, year)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
SELECT i, 1 + (i * 37) % 120, 'Volume ' || (1 + i % 9) || ', No. ' || i, 1960 + (i * 13) % 64
FROM n;

INSERT INTO track (id, album_id, genre_id, name, milliseconds, cents)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
SELECT i, 1 + (i - 1) / 10, 1 + (i * 7 / 10) % 8, 'Track ' || (1 + (i - 1) % 10) || ' of ' || (1 + (i - 1) / 10),
  90000 + (i * 7919) % 360000, CASE WHEN i % 11 = 0 THEN 149 ELSE 99 END
FROM n;

INSERT INTO customer (id, name, country)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
SELECT i, 'Customer ' || i,
  CASE WHEN i * 1103515245 % 1000 < 380 THEN 'Brazil' WHEN i * 1103515245 % 1000 < 610 THEN 'France'
    WHEN i * 1103515245 % 1000 < 800 THEN 'India' WHEN i * 1103515245 % 1000 < 930 THEN 'Canada' ELSE 'Norway' END
FROM n;

INSERT INTO invoice (id, customer_id, day)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
SELECT i, 1 + (i * 31) % 500, date('2021-01-01', '+' || ((i - 1) * 1461 / 5000) || ' days')
FROM n;

-- a few tracks sell well, most do not: the product of two numbers leans to the small ones
INSERT INTO invoice_line (invoice_id, track_id, quantity)
SELECT invoice.id,
  1 + (invoice.id * 7919 + line.i * 104729) % 1999 * ((invoice.id * 31 + line.i * 17) % 97) * ((invoice.id * 13) % 41) / 1921,
  1 + (invoice.id + line.i) % 3
FROM invoice, (SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2) AS line
WHERE line.i <= invoice.id % 3
GROUP BY 1, 2;

CREATE INDEX track_album ON track (album_id);
CREATE INDEX invoice_customer ON invoice (customer_id);
CREATE INDEX line_track ON invoice_line (track_id);
