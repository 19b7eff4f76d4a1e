SELECT t.*, u.v FROM t LEFT JOIN u ON t.k = u.k
SELECT a.k, b.name FROM t a JOIN u b ON a.k = b.k AND b.v > 1
SELECT k, name FROM t JOIN u USING (k)
SELECT * FROM t JOIN u USING (k)
SELECT k, g, name FROM t FULL JOIN u USING (k)
SELECT k, g, name FROM t RIGHT JOIN u USING (k)
SELECT t.k AS a, u.k AS b FROM t FULL JOIN u ON t.k = u.k
SELECT k, name FROM t NATURAL JOIN u
SELECT t.k, u.name FROM t, u WHERE t.k = u.k
SELECT count(*) AS n FROM t CROSS JOIN u
SELECT k FROM t SEMI JOIN u ON t.k = u.k
SELECT k FROM t ANTI JOIN u USING (k)
SELECT k, x.e FROM t, unnest(t.l) AS x(e)
SELECT k, x.e FROM t LEFT JOIN unnest(t.l) AS x(e) ON TRUE
SELECT a.k, b.k AS bk FROM t a LEFT JOIN t b ON a.i = b.i AND a.k < b.k
SELECT coalesce(t.g, u.name) AS x, count(*) AS n FROM t LEFT JOIN u ON t.k = u.k GROUP BY coalesce(t.g, u.name)
SELECT * FROM t a JOIN u b USING (k) WHERE b.v > 5
SELECT a.k FROM t a LEFT JOIN u b USING (k) WHERE b.k IS NULL
SELECT t.* EXCLUDE (l) FROM t JOIN u ON t.k = u.k
SELECT t.k, p FROM t, unnest(string_split(t.s, ' ')) AS x(p)
SELECT i.n, t.k FROM range(1, 4) AS i(n) JOIN t ON t.k = i.n
SELECT t.g, u.name, count(*) AS n FROM t CROSS JOIN u GROUP BY ALL ORDER BY ALL
