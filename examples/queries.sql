-- queries.sql - questions to the music shop of demo.sql; examples/run.sh asks four of them at a time.
SELECT count(*) AS tracks, sum(milliseconds) / 3600000 AS hours FROM track;

SELECT genre.name AS genre, count(*) AS tracks, sum(invoice_line.quantity) AS sold
FROM genre JOIN track ON track.genre_id = genre.id JOIN invoice_line ON invoice_line.track_id = track.id
GROUP BY genre.id ORDER BY sold DESC, genre;

SELECT artist.name AS artist, printf('%.2f', sum(track.cents * invoice_line.quantity) / 100.0) AS revenue
FROM artist JOIN album ON album.artist_id = artist.id JOIN track ON track.album_id = album.id
  JOIN invoice_line ON invoice_line.track_id = track.id
GROUP BY artist.id ORDER BY sum(track.cents * invoice_line.quantity) DESC, artist LIMIT 5;

SELECT country, count(DISTINCT customer.id) AS customers, count(*) AS invoices
FROM customer JOIN invoice ON invoice.customer_id = customer.id
GROUP BY country ORDER BY invoices DESC, country;

SELECT substr(day, 1, 4) AS year, count(*) AS invoices FROM invoice GROUP BY year ORDER BY year;

-- nobody bought these; the semicolon below stands in a string
SELECT count(*) AS unsold FROM track WHERE NOT EXISTS (SELECT 1 FROM invoice_line WHERE track_id = track.id)
  AND name <> ';';
