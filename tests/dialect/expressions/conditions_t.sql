-- from: t
CASE WHEN i < 1000000 THEN i * d END
greatest(i, b, 5)
least(d, 1.5)
greatest(i, NULL)
greatest(f, 1)
i IN (7, 0, NULL)
i NOT IN (7, 0)
d IN (12.34, 2.5)
i BETWEEN 0 AND 7
d BETWEEN 0 AND f
i IS DISTINCT FROM NULL
i IS NOT DISTINCT FROM b
coalesce(i, 0)
coalesce(d, 0)
coalesce(i, d)
coalesce(NULL, i, b)
nullif(i, 3)
nullif(d, 12.34)
ifnull(i, -1)
CASE WHEN i > 0 THEN 'p' WHEN i < 0 THEN 'n' END
CASE i WHEN 7 THEN 1 WHEN 3 THEN 2.5 ELSE 0 END
CASE WHEN bo THEN i ELSE d END
if(bo, 1, 2)
NOT bo
bo AND i > 0
bo OR i > 0
bo IS NULL
position('o' IN s)
s IN ('12', 'x')
CASE WHEN s IS NULL THEN 'null' WHEN s = '' THEN 'empty' ELSE s END
coalesce(s, g, 'none')
greatest(s, g)
nullif(s, '')
s BETWEEN '1' AND '20'
i IN ('7', '3')
i BETWEEN '1' AND '9'
d IN ('12.34', '2.5')
dt IN ('2024-02-29', '2021-01-03')
dt BETWEEN '2000-01-01' AND '2021-12-31'
ts IN ('2024-12-30', '2000-03-01 00:00:00')
bo IN (TRUE, NULL)
coalesce(i, f)
coalesce(dt, ts)
coalesce(i, '5')
coalesce(d, '5.5')
coalesce(dt, '2024-01-01')
coalesce(ts, '2024-01-01 10:00')
coalesce(NULL, NULL)
coalesce(NULL, i)
coalesce(bo, FALSE)
nullif(i, '7')
nullif(dt, '2024-02-29')
nullif(s, NULL)
nullif(d, 12)
greatest(i, d)
greatest(dt, '2024-01-01')
greatest(dt, ts)
greatest(s, 'M')
least(i, 5, NULL)
least(d, 1)
CASE WHEN bo THEN 1 END
CASE WHEN bo THEN 1 ELSE 2.5 END
CASE WHEN bo THEN i ELSE '5' END
CASE WHEN bo THEN d ELSE 0 END
CASE WHEN bo THEN d ELSE f END
CASE WHEN bo THEN dt ELSE '2024-01-01' END
CASE WHEN bo THEN dt ELSE ts END
CASE WHEN bo THEN s ELSE NULL END
CASE WHEN bo THEN b ELSE i END
CASE i WHEN 7 THEN 'a' WHEN '3' THEN 'b' ELSE 'c' END
CASE dt WHEN '2024-02-29' THEN 1 ELSE 0 END
CASE WHEN i THEN 1 ELSE 0 END
CASE WHEN NULL THEN 1 ELSE 0 END
CASE s WHEN NULL THEN 1 ELSE 0 END
month(dt) IN (1, 2)
sum(i) OVER () IS NULL
i IN (7.0, 3)
i NOT IN (7, 3)
i NOT IN (7, NULL)
i IN (NULL)
NOT (i IN (7, NULL))
if(bo, 'a', NULL)
if(i > 1, 1, 2.5)
ifnull(s, 'none')
i IS TRUE
bo IS TRUE
bo IS NOT TRUE
bo IS FALSE
NOT i
bo AND i
bo OR NULL
bo IS NOT DISTINCT FROM NULL
i IS DISTINCT FROM '7'
i IN (SELECT k FROM u)
d IN (SELECT v FROM u)
d IN (SELECT k FROM u)
s IN (SELECT name FROM u)
isnan(k / CAST((-0.5)::DOUBLE AS BIGINT))
1 / ('0.0'::DOUBLE)
1 / (0.4::DECIMAL(9,0))
[1, 2, 3]['2'::INTEGER]
