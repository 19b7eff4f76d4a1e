-- from: t
s = '12'
i = '7'
i > '5'
d = '12.34'
d > '2'
f = '2.5'
f > '1'
b = '12'
dt = '2024-02-29'
dt > '2000-01-01'
dt <> '2024-02-29'
ts > '2021-01-01'
ts = '2024-12-30 00:00:00'
ts < '2021-01-03 12:34:57'
tz > '2021-01-01'
tz = '2024-12-30 00:00:00+00'
tz > '2024-12-30 01:00:00+02'
tz > DATE '2021-01-01'
dt = ts
dt < tz
ts = tz
bo = 'true'
bo = TRUE
bo = 1
i = TRUE
s || d
s || f
s || dt
s || ts
s || bo
'x' || NULL || 'y'
i || ''
concat(d, dt, ts, bo, f)
d + '1.5'
i - NULL
NULL + 1
year(dt) = '2024'
strftime(dt, '%Y') = '2024'
i / '2'
i = 7.00
i = ANY([7, 3])
i = ANY(l)
i > ALL([1, 2])
[i, d]
[i, '5']
[dt, '2024-01-01']
[1, NULL, 2.5]
{'a': 1, 'b': 'x'}.b
{'a': i}['a']
(i, s) = (7, 'x')
bo = NULL
i <> 7
i != 7
i == 7
-i = '-7'
round(d / 3, 2)
round(i / 3.0, 2)
round(100.0 * i / 3, 1)
0.2 * (SELECT avg(d) FROM t)
d > (SELECT avg(d) FROM t)
i > (SELECT avg(i) FROM t WHERE i < 1000)
d = (SELECT max(d) FROM t)
