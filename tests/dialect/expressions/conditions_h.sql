-- from: h
position('2' IN s)
s BETWEEN '0' AND '3'
s IN ('0', '1', NULL)
s NOT IN ('0', '1')
nullif(trim(s), '')
coalesce(nullif(s, '0'), 'zero')
CASE s WHEN '0' THEN 'zero' WHEN '1e2' THEN 'hundred' ELSE s END
greatest(s, '2024')
least(s, '2024', NULL)
s IS DISTINCT FROM '0'
s IN (SELECT s FROM h WHERE id < 5)
