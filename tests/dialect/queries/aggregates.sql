SELECT g, count(*) AS n, sum(i) AS si, sum(b) AS sb, sum(d) AS sd, avg(d) AS ad, avg(i) AS ai, min(s) AS mi, max(dt) AS ma, count(DISTINCT i) AS cd, count(s) AS cs FROM t WHERE i < 1000 OR i IS NULL GROUP BY g
SELECT g, stddev(i) AS a, stddev_pop(i) AS b, var_samp(d) AS c, var_pop(i) AS e, median(i) AS m, median(d) AS md, quantile_cont(i, 0.25) AS q, quantile_disc(i, 0.5) AS qd, quantile_cont(d, 0.9) AS q9 FROM t WHERE k < 6 GROUP BY g
SELECT count(*) FILTER (WHERE bo) AS a, sum(i) FILTER (WHERE i > 5 AND i < 1000) AS s, bool_and(bo) AS ba, bool_or(bo) AS bb, count_if(bo) AS ci FROM t
SELECT arg_max(k, d) AS a, arg_min(s, d) AS b, max_by(k, i) AS c, any_value(i ORDER BY k) AS v, first(s ORDER BY k DESC) AS f FROM t
SELECT g, string_agg(s, '|' ORDER BY k) AS x, list(i ORDER BY k) AS l, array_agg(k ORDER BY k DESC) AS l2, string_agg(DISTINCT g, ',' ORDER BY g) AS q FROM t GROUP BY g
SELECT g, sum(d) AS s FROM t GROUP BY ALL
SELECT g, year(dt) AS y, sum(d) AS s FROM t GROUP BY g, y HAVING count(*) > 0 AND s > -100 ORDER BY s DESC, g, y
SELECT g AS grp, i // 10 AS tens, count(*) AS n FROM t GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2 DESC
SELECT g, bo, sum(i) FILTER (WHERE i < 1000) AS s, grouping(g) AS gg FROM t GROUP BY ROLLUP (g, bo)
SELECT g, bo, count(*) AS s FROM t GROUP BY CUBE (g, bo)
SELECT g, bo, count(*) AS s, GROUPING_ID(g, bo) AS gi FROM t GROUP BY GROUPING SETS ((g), (bo), ())
SELECT g, count(*) AS n FROM t GROUP BY g ORDER BY count(*) DESC, g
SELECT count(DISTINCT (g, bo)) AS n FROM t
SELECT sum(DISTINCT i) FILTER (WHERE i < 100) AS s FROM t
SELECT avg(DISTINCT i) AS s FROM t WHERE i < 100
SELECT corr(i, d) AS c, covar_pop(i, d) AS cp, covar_samp(d, i) AS cs, regr_slope(d, i) AS rs FROM t WHERE k < 6
SELECT sum(bo::INT) AS s, sum(CASE WHEN bo THEN d ELSE 0 END) AS c, avg(bo::INT) AS a FROM t
SELECT sum(d * 1.1) AS a, sum(d * d) AS b, sum(d) / count(*) AS c, sum(d * (1 - d / 100)) AS e, round(sum(d) * 100.0 / nullif(sum(i), 0), 2) AS r FROM t WHERE k < 6
SELECT date_trunc('month', dt) AS m, count(*) AS n, sum(d) AS s FROM t GROUP BY m ORDER BY m
SELECT strftime(dt, '%Y-%m') AS m, count(*) AS n FROM t GROUP BY m ORDER BY m
SELECT extract(year FROM dt) AS y, extract(month FROM dt) AS mo, sum(d) AS s FROM t GROUP BY ALL ORDER BY ALL
SELECT sum(f) AS s, max(f) AS m FROM t WHERE NOT isnan(f) AND NOT isinf(f)
SELECT hour(ts) AS h, count(*) AS n FROM t GROUP BY h
SELECT min(ts) AS a, max(tz) AS b, max(ts) - min(ts) IS NOT NULL AS c FROM t
SELECT CASE WHEN count(*) > 0 THEN sum(d) / count(*) END AS x FROM t
SELECT g, sum(k) AS total FROM t GROUP BY g HAVING total > 3 ORDER BY total
SELECT string_agg(g, ',' ORDER BY k) FILTER (WHERE k > 2) AS a, list(g ORDER BY k DESC NULLS FIRST, i) AS b, first(g ORDER BY i) AS c, last(k ORDER BY k) AS e, last(k ORDER BY i DESC, k) AS f, first(k ORDER BY i, k DESC) AS h FROM t
SELECT list_sort(list(DISTINCT g)) AS a, len(list(k)) AS b, list(DISTINCT i ORDER BY i) AS c FROM t
SELECT quantile_cont(i, [0.25, 0.5, 0.9]) AS a, quantile_cont(d, [0.1, 0.75]) AS b, quantile_disc(k, [0.5, 1.0]) AS c, median(dt) AS d, median(ts) AS e, quantile_cont(tz, 0.3) AS f, quantile_disc(dt, 0.5) AS g FROM t WHERE k <> 6
SELECT bit_and(k) AS a, bit_or(k) AS b, bit_xor(k) AS c, regr_sxx(i, k) AS d, regr_count(i, k) AS e FROM t
SELECT g, min(g) AS a, max(dt) AS b, max(f) AS c, min(f) AS d, max(bo) AS e FROM t GROUP BY g
SELECT stddev(k) AS a, var_pop(k) AS b, corr(k, k) AS c, stddev_samp(i) AS d FROM t WHERE k = 1
SELECT arg_max(k, i) AS a, arg_min(g, k) AS b, arg_max(g, k) AS c, max_by(g, d) AS e FROM t
SELECT g, bo, sum(k) AS s, grouping(g, bo) AS gg FROM t GROUP BY CUBE (g, bo) HAVING sum(k) > 3
SELECT coalesce(g, 'all') AS g2, sum(k) AS s FROM t GROUP BY ROLLUP (g) ORDER BY s
SELECT year(dt) AS y, count(*) AS n FROM t GROUP BY ROLLUP (year(dt)) ORDER BY y NULLS LAST, n
SELECT g AS x, count(*) AS n FROM t GROUP BY x HAVING n > 1 ORDER BY x
SELECT upper(g) AS g, count(*) AS n FROM t GROUP BY g ORDER BY g
SELECT "k" AS "order", g AS "group by", i AS "Été" FROM t
SELECT count(*) FILTER (WHERE g = 'a') AS a, count(DISTINCT g) FILTER (WHERE k > 2) AS b, sum(d) FILTER (WHERE k > 100) AS c FROM t
SELECT sum(d * 2) / sum(d) AS a, avg(d) * 1.2 AS b, sum(d) * 0.0001 AS c, 100.00 * sum(CASE WHEN bo THEN d ELSE 0 END) / sum(d) AS e FROM t WHERE k < 6
SELECT count(*) AS n FROM t WHERE k IN (1, 2) AND g IN ('a') AND bo IS NOT NULL
SELECT k % 2 = 0 AS even, sum(k) AS s FROM t GROUP BY k % 2 = 0
SELECT CASE WHEN k < 5 THEN 'low' ELSE 'high' END AS bucket, avg(k) AS a FROM t GROUP BY bucket
SELECT date_trunc('quarter', dt) AS q, sum(k) AS s FROM t GROUP BY 1 ORDER BY 1
SELECT g, count_if(bo) AS x, count_if(DISTINCT bo) AS y, count_if(bo) FILTER (WHERE k > 5) AS z FROM t GROUP BY g
SELECT 3 AS x, sum(k) AS s FROM t GROUP BY x
SELECT -2 AS x, sum(k) AS s FROM t GROUP BY ALL
SELECT 7 AS x, bo AS y, sum(k) AS s FROM t GROUP BY ROLLUP (x, y)
SELECT 7 AS x, 'x' AS y, NULL AS z, sum(k) AS s FROM t GROUP BY 1, 2, z ORDER BY x
SELECT g, max(l) AS a, min(l) AS b, arg_max(k, l) AS c, list(k ORDER BY l DESC, k) AS d, first(k ORDER BY l, k) AS e FROM t GROUP BY g
SELECT max({'a': i, 'b': k}) AS a, count(DISTINCT l) AS b FROM t
SELECT string_agg(DISTINCT g, ';' ORDER BY g) FILTER (WHERE k > 2) AS a, count(DISTINCT i) AS b, string_agg(DISTINCT g, ',' ORDER BY g DESC) AS c FROM t
