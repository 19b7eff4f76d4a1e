-- What the random queries over silver.t (id, q, n, p) and silver.u (uid, w, v, x) are made of; see `columnexperiments.py`.
-- The form is that of `tests/dialect/grammar.sql`. What stands for `{source}` has the columns id, q, n, p.
-- No window tells rows apart that tie: which of them is the first is chance.

-- few: literals
1
2
3

-- int of t
id
q

-- str of t
n
p

-- int
{int} + {int}
length({str})
CASE WHEN {bool} THEN {int} ELSE {int} END
coalesce(nullif({int}, 2), {int})
(SELECT max(w) FROM silver.u WHERE uid = id)
(SELECT max({int}) FROM silver.u WHERE uid <> id)
(SELECT count(*) FROM silver.u WHERE v <> n)
list_sum([w + {int} FOR w IN [{int}, 1]])
len(list_filter([{str}, 'a'], z -> z > {str}))

-- str
{str} || {str}
upper({str})
CASE WHEN {bool} THEN {str} ELSE {str} END
left({str}, {few})
coalesce({str}, {str})
nullif({str}, {str})
CAST({int} AS VARCHAR)
(SELECT min(v) FROM silver.u WHERE uid >= id)
(SELECT max(x || {str}) FROM silver.u)
(SELECT {str})
list_transform([{str}, {str}], z -> z || p)[{few}]
[k || {str} FOR k IN [{str}]][1]
struct_extract({'a': {str}, 'b': 'z'}, 'a')
([{str}, {str}])[{few}]

-- bool
{int} > {int}
{str} > {str}
{str} = {str}
{str} IS NULL
{int} IN (SELECT w FROM silver.u)
EXISTS (SELECT 1 FROM silver.u WHERE uid = id AND v > {str})
{str} IN (SELECT v FROM silver.u WHERE w > {int})

-- aggregate
max({str})
min({str})
count(*)
sum({int})
count({str})
count(DISTINCT {str})
max({str}) FILTER (WHERE {bool})
arg_max({str}, {int})
string_agg({str}, ',' ORDER BY {str}, id)
sum({int}) + count({str})

-- window
rank() OVER (ORDER BY {str}, {int})
max({str}) OVER (ORDER BY {int} RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
max({str}) OVER (PARTITION BY {str})
sum({int}) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)
sum({int}) OVER win
max({str}) OVER other
count(*) OVER win

-- side
LEFT JOIN
JOIN
RIGHT JOIN
FULL JOIN

-- united
UNION
UNION ALL
EXCEPT
INTERSECT
UNION ALL

-- source: literals
silver.t

-- source
SELECT id, q, n, p FROM {source} WHERE {bool}
SELECT * FROM silver.t AS z(id, q, p, n)
SELECT id, q, n, p FROM {source} AS z(q, id)
SELECT p AS n, n AS p, * EXCLUDE (n, p) FROM {source}
SELECT id, {int} AS q, {str} AS n, {str} AS p FROM {source}
SELECT * REPLACE ({str} AS n) FROM {source}
SELECT id, q, a AS n, b AS p FROM (SELECT *, {str} AS a, {str} AS b FROM {source})
SELECT id, q, n, p FROM {source} {united} SELECT uid, w, v, x FROM silver.u
SELECT id, q, n, p FROM {source} {united} SELECT id, q, p, n FROM {source}
SELECT id, q, n, p FROM (SELECT id, q, n, p FROM {source} UNION ALL BY NAME SELECT v AS n, uid AS id, x AS p FROM silver.u)
SELECT id, q, n, p FROM (SELECT p, q, id FROM {source} UNION BY NAME SELECT * FROM {source})
SELECT id, q, n, p FROM (SELECT n, id FROM {source} UNION BY NAME SELECT x AS p FROM silver.u UNION ALL BY NAME SELECT w AS q, v AS n FROM silver.u)
SELECT a AS id, b AS q, c AS n, d AS p FROM (SELECT * FROM {source} UNION ALL BY NAME SELECT x AS p FROM silver.u) AS z(a, b, c, d)
SELECT id, count(*) AS q, max({str}) AS n, {aggregate} :: VARCHAR AS p FROM {source} GROUP BY id
SELECT id, q, {aggregate} :: VARCHAR AS n, p FROM {source} GROUP BY ALL
SELECT DISTINCT id, q, n, p FROM {source}
SELECT DISTINCT ON (n) id, q, n, p FROM {source} ORDER BY n, {str}, id
SELECT id, q, n, p FROM {source} ORDER BY {str}, id LIMIT {few}
SELECT id, q, n, p FROM {source} QUALIFY rank() OVER (PARTITION BY {str} ORDER BY id) = 1
SELECT id, q, k AS n, m AS p FROM (UNPIVOT (SELECT id, q, n, p FROM {source}) ON n, p INTO NAME k VALUE m)
SELECT id, q, k AS n, m AS p FROM (UNPIVOT (SELECT id, q, n, p FROM {source}) ON COLUMNS(* EXCLUDE (id, q)) INTO NAME k VALUE m)
SELECT id, q, m AS n, j AS p FROM (SELECT id, q, n, p FROM {source}) UNPIVOT INCLUDE NULLS ((m, j) FOR k IN ((n, p), (p, n)))
SELECT id, 1 AS q, a AS n, b AS p FROM (PIVOT (SELECT id, n, p FROM {source}) ON p IN ('a', 'b') USING max(n))
SELECT id, a_m AS q, b_s AS n, a_s AS p FROM (PIVOT {source} ON left(p, 1) IN ('a', 'b') USING count(*) AS m, max(n) AS s GROUP BY id)
SELECT id, q, e AS n, f AS p FROM (SELECT id, q, n, p FROM {source}) PIVOT (min(n) FOR p IN ('a' AS e, 'b' AS f) GROUP BY id, q)
WITH RECURSIVE r AS (SELECT id, q, n, p FROM {source} UNION ALL SELECT t.id + 1, r.q, r.p, t.n FROM r JOIN silver.t AS t ON t.id = r.id + 1 WHERE r.id < 4) SELECT * FROM r
WITH RECURSIVE r(id, q, n, p, i) AS (SELECT 1, 0, 'x', 'y', 'z' UNION ALL SELECT r.id + 1, length(r.n), r.p, r.i, s.n FROM r JOIN {source} AS s ON s.id = r.id WHERE r.id < 5) SELECT id, q, n, p FROM r
WITH RECURSIVE r AS (SELECT id, q, n, p FROM {source} UNION SELECT r.id + 1, u.w, r.n, r.p FROM r JOIN silver.u AS u ON u.uid = r.id WHERE r.id < 4) SELECT * FROM r
WITH RECURSIVE r AS (SELECT id, q, n, p FROM {source} UNION ALL SELECT id + 1, q, p, n FROM r WHERE id < 4) SELECT id, q, n, p FROM r
WITH z AS (SELECT * FROM {source}), y AS (SELECT z.id, z.q, o.n, z.p FROM z JOIN z AS o ON o.id = z.q) SELECT id, q, n, p FROM y
WITH z(q, id, p, n) AS (SELECT * FROM {source}) SELECT id, q, n, p FROM z
SELECT s.id, u.w AS q, s.n, u.x AS p FROM {source} AS s {side} silver.u AS u ON u.uid = s.id AND {bool}
SELECT id, q, n, v AS p FROM {source} AS s {side} (SELECT uid AS id, v FROM silver.u) AS o USING (id)
SELECT id, q, n, x AS p FROM {source} AS s NATURAL JOIN (SELECT uid AS id, x FROM silver.u) AS o
SELECT id, q, n, p FROM {source} AS s SEMI JOIN silver.u AS u ON u.w > s.q
SELECT s.id, s.q, u.v AS n, s.p FROM {source} AS s ASOF JOIN silver.u AS u ON s.id >= u.uid
SELECT s.id, l.m AS q, s.n, l.o AS p FROM {source} AS s, LATERAL (SELECT max(w) AS m, max(x) AS o FROM silver.u WHERE uid <= s.id) AS l
SELECT s.id, s.q, e AS n, s.p FROM {source} AS s, unnest([s.n, s.p]) AS l(e)
SELECT s.id, g :: INTEGER AS q, s.n, s.p FROM {source} AS s, range(1, least(s.q, 3)) AS l(g)
SELECT s.id, s.q, l.e AS n, s.p FROM {source} AS s, (VALUES (s.n), (s.p)) AS l(e)
SELECT id, q, unnest([n, p]) AS n, p FROM {source}
SELECT id, q, s.a AS n, s.b AS p FROM (SELECT id, q, {'a': n, 'b': p} AS s FROM {source})

-- query
SELECT id, {int} AS a, {str} AS b, {str} AS c FROM {source}
SELECT id, {int} AS a, {str} AS b FROM {source} WHERE {bool}
SELECT {str} AS a, {aggregate} AS b, {aggregate} AS c FROM {source} GROUP BY a
SELECT {str} AS a, {int} AS b, {aggregate} AS c FROM {source} GROUP BY ALL HAVING {aggregate} IS NOT NULL
SELECT {aggregate} AS a, {aggregate} AS b FROM {source}
SELECT id, {window} AS a, {window} AS b, {str} AS c FROM {source} WINDOW win AS (PARTITION BY {str} ORDER BY id), other AS (win RANGE UNBOUNDED PRECEDING)
SELECT id, q AS j, j + 1 AS a, n || p AS k, upper(k) AS b FROM {source} WHERE j > 1
SELECT * FROM {source}
SELECT * EXCLUDE (p) FROM {source}
SELECT t.*, {str} AS e FROM silver.t AS t
(SELECT id, {str} AS b FROM {source}) ORDER BY b, id LIMIT {few}
SELECT id, {str} AS b FROM {source} UNION SELECT uid, v FROM silver.u ORDER BY b, id LIMIT {few}
FROM (UNPIVOT (SELECT id, q :: VARCHAR AS q, n, p FROM {source}) ON q, n || p AS np)
SELECT id, n AS p, p || '!' AS a FROM {source}
SELECT n AS p, max(p) AS a FROM {source} GROUP BY ALL
SELECT id AS q, n FROM {source} WHERE q > 1
SELECT id, n AS p FROM {source} ORDER BY p, id LIMIT {few}
SELECT n AS p, count(*) AS a FROM {source} GROUP BY n HAVING p > 'a'
SELECT n AS p, count(*) AS a FROM {source} GROUP BY p
SELECT id, n AS p FROM {source} QUALIFY rank() OVER (ORDER BY p, id) < 3
SELECT DISTINCT ON (p) n AS p, id FROM {source} ORDER BY p, id
SELECT s.id, {str} AS id, s.n FROM {source} AS s
