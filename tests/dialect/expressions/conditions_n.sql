-- from: n
f BETWEEN 0 AND 3
p IN (12.34, 7, 99.95)
p IN (12.34, 7, NULL)
p NOT IN (12.34, NULL)
p BETWEEN 0.05 AND 0.10
p BETWEEN 0.06 - 0.01 AND 0.06 + 0.01
z IN (1.5, 2.5)
i IN (1, 2.5, 3)
i IN (1, NULL)
i NOT IN (1, NULL)
i IN ('1', '2')
greatest(i, b)
greatest(f, r)
greatest(f, 1)
least(f, 1)
greatest(p, q)
least(p, 12.345)
greatest(p, f)
greatest(i, p)
greatest(i, NULL, 5)
least(NULL, NULL, i)
coalesce(i, 0)
coalesce(i, b)
coalesce(i, 1.5)
coalesce(p, 0)
coalesce(p, q)
coalesce(NULL, p, 1)
coalesce(f, p)
coalesce(ti, si, 0)
nullif(i, 1)
nullif(p, 12.34)
nullif(p, 7)
nullif(i, 7.0)
nullif(f, 0)
ifnull(f, -1)
CASE WHEN i > 0 THEN i ELSE b END
CASE WHEN i > 0 THEN i ELSE p END
CASE WHEN i > 0 THEN p ELSE q END
CASE WHEN i > 0 THEN f ELSE p END
CASE WHEN i > 0 THEN 1 ELSE 0.5 END
CASE WHEN i > 0 THEN NULL ELSE 1 END
CASE i WHEN 1 THEN 'one' WHEN 2 THEN 'two' END
CASE p WHEN 7 THEN 1 ELSE 2 END
CASE WHEN i THEN 1 ELSE 0 END
if(i > 1, p, 0)
i IS DISTINCT FROM b
f IS NOT DISTINCT FROM r
p IS NULL
NOT (i > 0)
i > 0 AND p > 0
i > 0 OR NULL
NULL AND FALSE
i > 0 IS TRUE
(i > 0) IS NOT FALSE
(i > 0) IS UNKNOWN
CASE WHEN i BETWEEN 0 AND 1000 THEN i << 2 END
