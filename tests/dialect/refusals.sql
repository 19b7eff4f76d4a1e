-- What is refused: `-- line: words of the message`, and the query up to a blank line.

-- 2: the function `hash` (each engine has its own: take `md5` or `sha256`)
SELECT k,
       hash(s) AS h
FROM t

-- 3: the function `now` (each run, and each engine, has its own; `as_of` is the run's date)
-- été
SELECT k
FROM t WHERE tz < now() -- in a condition

-- 1: the name `current_date` (each run, and each engine, has its own; `as_of` is the run's date)
SELECT current_date AS d FROM t

-- 2: the function `random` (its result is chance: no two runs would agree)
WITH a AS (SELECT k FROM t)
SELECT k, random() AS r FROM a

-- 2: the function `age` (it gives an INTERVAL, which no column can hold here: take `date_diff` or `date_sub`)
SELECT 'é, 😀' AS x,
  age(ts, TIMESTAMP '2020-01-01') AS a
FROM t

-- 1: the function `printf` (each engine has its own formats: join texts by `||` and `round`)
SELECT printf('%d', i) FROM t

-- 1: the function `levenshtein` cannot be run on Spark with the same meaning
SELECT levenshtein(s, 'x') FROM t

-- 2: `mode` (which of several most frequent values it gives is chance)
SELECT g,
  mode(bo) AS m
FROM t GROUP BY g

-- 1: `approx_count_distinct` (it is an estimate, and each engine has its own)
SELECT approx_count_distinct(k) FROM t

-- 1: `histogram` (it makes a MAP, which no table can hold here: GROUP BY the value)
SELECT histogram(k) FROM t

-- 1: `list` without ORDER BY (the order of the values is chance)
SELECT list(k) AS l FROM t

-- 1: `string_agg` without ORDER BY (the order of the parts is chance)
SELECT string_agg(s, ',') AS l FROM t

-- 1: `first` without ORDER BY (which row it takes is chance; `any_value` if any will do)
SELECT first(k) FROM t

-- 1: `list_distinct` (the order of its values is chance: take `list_sort` of it)
SELECT list_distinct(l) FROM t

-- 1: DISTINCT ON without ORDER BY (which row is kept is chance)
SELECT DISTINCT ON (g) g, k FROM t

-- 1: `row_number` over a window without ORDER BY (the order is chance)
SELECT row_number() OVER () AS n FROM t

-- 1: an INTERVAL as a value (take `epoch(…)` or `date_diff` of it)
SELECT ts - tz::TIMESTAMP AS d FROM t

-- 2: a comparison of intervals
SELECT k FROM t
WHERE ts - TIMESTAMP '2020-01-01' > INTERVAL 1 DAY

-- 1: the interval '1.5 days'
SELECT dt + INTERVAL '1.5 days' FROM t

-- 1: the part `julian` of DATE
SELECT date_part('julian', dt) FROM t

-- 1: the directive `%n` of `strftime`
SELECT strftime(ts, '%n') FROM t

-- 1: the format '%j %Y' of `try_strptime` (`%j`)
SELECT try_strptime(s, '%j %Y') FROM t

-- 1: `date_diff` of a text (write DATE '…' or TIMESTAMP '…')
SELECT date_diff('day', dt, '2024-06-30') FROM t

-- 1: `date_sub` in `hour` of moments with a zone (cast them to TIMESTAMP)
SELECT date_sub('hour', tz, tz) FROM t

-- 1: a cast to TIMESTAMP_S (write TIMESTAMP)
SELECT ts::TIMESTAMP_S FROM t

-- 1: a cast from VARCHAR to HUGEINT
SELECT TRY_CAST(s AS HUGEINT) FROM t

-- 1: a cast from VARCHAR to UUID
SELECT f::VARCHAR::UUID FROM t

-- 1: the pattern '[[:alpha:]]' (an unescaped `[` inside `[…]` differs between engines: write `\[`)
SELECT regexp_matches(s, '[[:alpha:]]') FROM t

-- 1: `regexp_replace` by 'x*', which also matches an empty text,
SELECT regexp_replace(s, 'x*', '-', 'g') FROM t

-- 1: `regexp_matches` with anything but a literal as argument 2
SELECT regexp_matches(s, g) FROM t

-- 1: a split by the empty text
SELECT string_split(s, '') FROM t

-- 2: ASOF INNER JOIN
SELECT a.k
FROM t a ASOF JOIN u b ON a.k >= b.k

-- 1: POSITIONAL INNER JOIN
SELECT * FROM t POSITIONAL JOIN u

-- 1: a sample
SELECT * FROM t USING SAMPLE 3

-- 1: GROUPS in a window
SELECT sum(k) OVER (ORDER BY k GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t

-- 1: EXCLUDE in a window
SELECT sum(k) OVER (ORDER BY k ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) FROM t

-- 2: the name `t.k` of a query two levels out
SELECT k FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k > 0 AND EXISTS (
    SELECT 1 FROM m WHERE m.id = t.k))

-- 1: IN of several columns anywhere but in a condition
SELECT (k, i) IN (SELECT k, 7 FROM u) AS x FROM t

-- 1: `unnest` inside an expression (give it a column of its own in a subquery)
SELECT unnest(l) + 1 FROM t

-- 1: a recursive query with UNION instead of UNION ALL
WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r

-- 1: a statement that is no plain SELECT (PIVOT and UNPIVOT are none)
PIVOT u ON name USING sum(v)

-- 0: INTEGER[] that is INTEGER for DuckDB
SELECT list_sort((CASE WHEN contains(' x ', 'a,b') THEN [1] END)[1:2]) AS x FROM t

-- 1: `greatest` of INTEGER[]
SELECT greatest(l, [5]) FROM t

-- 1: `list_sort` of INTEGER[][]
SELECT list_sort([l, [1]]) FROM t

-- 1: `string_agg(DISTINCT …)` ordered by something else
SELECT string_agg(DISTINCT g, ',' ORDER BY upper('x')) FROM t
