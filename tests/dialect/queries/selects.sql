SELECT DISTINCT g FROM t
SELECT DISTINCT g, bo FROM t ORDER BY g DESC, bo
SELECT DISTINCT ON (g) g, k FROM t ORDER BY g, k DESC
SELECT * FROM t WHERE k = 1
SELECT * EXCLUDE (l, s) FROM t
SELECT * EXCLUDE (l) REPLACE (upper(g) AS g) FROM t
SELECT k, i FROM t ORDER BY i
SELECT k, i FROM t ORDER BY i DESC, k
SELECT k, i FROM t ORDER BY i NULLS FIRST, k LIMIT 3
SELECT k AS x, i FROM t ORDER BY -x LIMIT 2 OFFSET 1
SELECT k, f FROM t ORDER BY f, k
SELECT k FROM t ORDER BY d DESC, k LIMIT 3
SELECT upper(g) AS g, k FROM t ORDER BY g, k
SELECT k, CASE WHEN g = 'a' THEN 'A' ELSE g END AS g2 FROM t WHERE g2 = 'A'
SELECT q.a, q.b FROM (VALUES (1, 'x'), (2, NULL)) AS q (a, b)
SELECT * FROM (VALUES (1, 1.5), (2, 2)) AS q (a, b)
SELECT k, unnest(l) AS e FROM t
SELECT range AS n FROM range(5)
SELECT r.n FROM generate_series(1, 3) AS r(n)
SELECT CAST(d AS DATE) AS d FROM generate_series(DATE '2024-01-01', DATE '2024-01-10', INTERVAL 1 DAY) AS g(d)
SELECT 1 AS one, 'a' AS two, NULL AS three
SELECT last(k ORDER BY k) AS l FROM t
SELECT k FROM t LIMIT 0
FROM t SELECT k WHERE k > 5
FROM u
SELECT COLUMNS('k|i') FROM t
SELECT k FROM t WHERE ts::DATE = dt
SELECT "k" AS "Select", i AS "a b" FROM t
SELECT i AS k, k AS i FROM t WHERE k > 5 ORDER BY k
SELECT k + 1 AS k FROM t WHERE k > 5 ORDER BY k
SELECT -k AS k FROM t ORDER BY k LIMIT 2
SELECT k AS a FROM t ORDER BY i, a DESC
SELECT DISTINCT g FROM t ORDER BY g NULLS FIRST LIMIT 3
SELECT DISTINCT ON (g) g, k, i FROM t ORDER BY g, i DESC, k
SELECT k FROM t ORDER BY CASE WHEN g = 'b' THEN 0 ELSE 1 END, k DESC LIMIT 4 OFFSET 1
SELECT * EXCLUDE (l, s, f) RENAME (g AS grp) FROM t
SELECT COLUMNS(*) FROM u
SELECT K, G FROM T WHERE Bo
SELECT /* comment */ k FROM t WHERE g = 'a;b' OR k = 1
SELECT unnest([1, 2, 3]) AS x
SELECT k, unnest(string_split(s, ',')) AS part FROM t
SELECT list_transform([1, 2], x -> list_transform([10, 20], y -> x + y)) AS l
SELECT list_filter(l, x -> x > (k - 1)) AS f FROM t
