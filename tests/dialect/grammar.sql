-- What random queries are made of. A line is a template: `{int}` in it stands for any line below `-- int`, and so on.
-- Below `-- int: literals` and `-- int of t` are those that have nothing in them: literals, and the columns of a table.

-- int: literals
3
-2
0
7
NULL::INTEGER
2147483647
(-1)::SMALLINT

-- small: literals
-2
-1
0
1
2
3

-- few: literals
1
2
3
5

-- dec: literals
1.5
-0.25
2.50::DECIMAL(9,2)
0.00000001
1234567.891

-- dbl: literals
2.5::DOUBLE
(-0.5)::DOUBLE
1e20
0::DOUBLE

-- str: literals
'abc'
''
'2024-03-31'
'a,b'
' x '
'é%_'
'ß'
'12.50'
'ΣΑΣ'
'日本 語'
'😀z'

-- date: literals
DATE '2024-02-29'
DATE '2023-12-31'
DATE '1582-10-10'

-- ts: literals
TIMESTAMP '2024-03-31 02:30:00.25'
TIMESTAMP '1969-12-31 23:59:59.999999'

-- tz: literals
TIMESTAMPTZ '2024-10-27 00:30:00+00'

-- bool: literals
TRUE
FALSE
NULL::BOOLEAN

-- list: literals
[1, 2, 3]
[NULL, 4]
[7]

-- part: literals
year
quarter
month
week
day
hour
minute
second
isodow
dow
doy
isoyear

-- day part: literals
year
quarter
month
week
day
isodow
dow
doy
isoyear
decade
century

-- unit: literals
year
quarter
month
week
day
hour
minute
second
millisecond

-- day unit: literals
year
quarter
month
week
day

-- written: literals
%Y-%m-%d %H
%d/%m/%y %a
%j %V %G
%I:%M %p
%b %-d
%B %A
%H%M%S.%f
%-m/%-H
%u%w%%

-- read: literals
%Y-%m-%d
%d/%m/%Y
%Y-%m-%d %H:%M:%S
%d %b %Y
%Y%m%d
%d.%m.%Y %H:%M:%S
%I:%M %p

-- like: literals
%a%
_b%
a__
%

%é%
1%
2024-%

-- escaped: literals
%!%%
!_%
%a!%
!!%
%_!_%

-- pattern: literals
[a-z]+
[0-9]+
^a
b$
\d{2}
(a|b)c?
\s
[^a-z]
(?i)É

-- int of t
i
k
b

-- dec of t
d

-- dbl of t
f

-- str of t
s
g

-- date of t
dt

-- ts of t
ts

-- tz of t
tz

-- bool of t
bo

-- list of t
l

-- int of n
i
b
si
id

-- dec of n
p
q
z
w

-- dbl of n
f
r

-- str of n
g

-- int of m
n
id

-- date of m
d
d2

-- ts of m
ts
ts2

-- tz of m
tz

-- int of o
id

-- str of o
s
s
s

-- int
{int} + {int}
{int} - {int}
{int} * {int}
{int} // {int}
{int} % {int}
- {int}
abs({int})
sign({int})
sign({dec})
sign({dbl})
length({str})
strpos({str}, {str})
unicode({str})
bit_count({int}::BIGINT)
{int} & {int}
{int} | {int}
xor({int}, {int})
ord(left({str}, 1))
date_part('{day part}', {date})
date_part('{part}', {ts})
date_part('{part}', {tz})
extract(dow FROM {date})
epoch_us({ts})
epoch_ms({tz})
yearweek({date})
dayofyear({ts})
date_diff('{day unit}', {date}, {date})
date_diff('{unit}', {ts}, {ts})
{date} - {date}
date_sub('{unit}', {ts}, {ts})
date_sub('{day unit}', {date}, {date})
len({list})
list_sum({list})
list_max({list})
list_min({list})
list_count({list})
list_unique({list})
{list}[{small}]
list_position({list}, {int})
coalesce({int}, {int})
nullif({int}, {int})
greatest({int}, {int})
least({int}, {int}, {int})
CASE WHEN {bool} THEN {int} ELSE {int} END
CASE {int} WHEN {int} THEN {int} END
CAST({dec} AS INTEGER)
CAST({dbl} AS BIGINT)
TRY_CAST({str} AS INTEGER)
TRY_CAST({dec} AS SMALLINT)
TRY_CAST({int} AS TINYINT)
CAST({bool} AS INTEGER)
CAST(round({dec}) AS INTEGER)
TRY_CAST({dbl} AS INTEGER)
CAST(CAST({int} AS VARCHAR) AS BIGINT)
if({bool}, {int}, {int})
len(string_split({str}, ','))

-- dec
{dec} + {dec}
{dec} - {dec}
{dec} * {dec}
{dec} + {int}
{int} * {dec}
- {dec}
abs({dec})
round({dec}, 1)
round({dec}, {small})
round({dec})
ceil({dec})
floor({dec})
trunc({dec})
CAST({int} AS DECIMAL(18,3))
CAST({dbl} AS DECIMAL(18,2))
CAST({dec} AS DECIMAL(12,1))
{dec} % {dec}
CAST({dec} AS DECIMAL(38,6))
coalesce({dec}, {dec})
coalesce({dec}, {int})
greatest({dec}, {dec})
least({dec}, {int})
CASE WHEN {bool} THEN {dec} END
CASE WHEN {bool} THEN {dec} ELSE {int} END
nullif({dec}, {int})
TRY_CAST({str} AS DECIMAL(9,2))
TRY_CAST({dec} AS DECIMAL(5,2))
{dec} % {int}
TRY_CAST({dbl} AS DECIMAL(10,3))
{int} - {dec}
if({bool}, {dec}, {dec})

-- dbl
{dbl} + {dbl}
{dbl} - {dbl}
{dbl} * {dbl}
{dbl} / {dbl}
{int} / {int}
{dec} / {dec}
{dec} / {int}
{dec} * {dbl}
{int} + {dbl}
sqrt(abs({dbl}))
ln(abs({int}) + 1)
exp(sign({dbl}))
floor({dbl})
round({dbl}, 2)
trunc({dbl})
ceil({dbl})
power({small}, 2)
CAST({dec} AS DOUBLE)
{int} % 2.5::DOUBLE
CAST({int} AS DOUBLE)
coalesce({dbl}, {dec})
TRY_CAST({str} AS DOUBLE)
list_avg({list})
epoch({ts})
greatest({dbl}, {dbl})
least({dbl}, {dbl})
nullif({dbl}, {dbl})
CASE WHEN {bool} THEN {dbl} ELSE {int} END
epoch({date})
CAST({bool} AS DOUBLE)
{dbl} // {int}
- {dbl}
abs({dbl})
date_part('epoch', {tz})

-- str
upper({str})
lower({str})
trim({str})
ltrim({str})
rtrim({str}, 'x ')
{str} || {str}
{str} || {int}
substr({str}, {small}, {small})
substring({str}, {small})
left({str}, {small})
right({str}, {small})
{str}[{small}]
{str}[1:2]
replace({str}, {str}, {str})
lpad({str}, 6, '*')
rpad({str}, {small}, 'xy')
reverse({str})
concat({str}, {int}, {str})
concat_ws('-', {str}, {str})
concat({str}, {bool}, {date})
CAST({int} AS VARCHAR)
CAST({dec} AS VARCHAR)
CAST({date} AS VARCHAR)
CAST({ts} AS VARCHAR)
CAST({tz} AS VARCHAR)
CAST({bool} AS VARCHAR)
coalesce({str}, {str})
nullif({str}, {str})
CASE {str} WHEN {str} THEN {str} ELSE {str} END
CASE WHEN {bool} THEN {str} END
if({bool}, {str}, {str})
split_part({str}, ',', {small})
string_split({str}, ' ')[{small}]
strftime({ts}, '{written}')
strftime({date}, '{written}')
dayname({date})
monthname({ts})
regexp_replace({str}, '{pattern}', '#')
regexp_replace({str}, '{pattern}', '<\0>', 'g')
regexp_extract({str}, '([a-z]+)', 1)
md5({str})
regexp_extract({str}, '{pattern}')
array_to_string({list}, '|')
greatest({str}, {str})
least({str}, {str})
translate({str}, 'abl', 'xy')
repeat({str}, {small})
chr(65 + {small})
sha256({str})
array_to_string(string_split({str}, ','), '/')

-- date
{date} + {small}
{date} - {small}
CAST({ts} AS DATE)
CAST({tz} AS DATE)
last_day({date})
CAST(date_trunc('{day unit}', {date}) AS DATE)
CAST(date_trunc('week', {ts}) AS DATE)
coalesce({date}, {date})
greatest({date}, {date})
CAST({date} + INTERVAL {few} MONTH AS DATE)
CAST({date} - INTERVAL {few} YEAR AS DATE)
make_date(2020, 1 + abs({small}), 28 - abs({small}))
TRY_CAST({str} AS DATE)
CASE WHEN {bool} THEN {date} END
CAST(try_strptime({str}, '{read}') AS DATE)
last_day({ts})

-- ts
date_trunc('{unit}', {ts})
{ts} + INTERVAL {few} DAY
{ts} - INTERVAL 90 MINUTE
{ts} + INTERVAL {few} MONTH
{ts} + INTERVAL '1 month 2 days 3 hours'
CAST({date} AS TIMESTAMP)
CAST({tz} AS TIMESTAMP)
coalesce({ts}, {ts})
to_hours({small}) + {ts}
to_days({small}) + {date}
time_bucket(INTERVAL 15 MINUTE, {ts})
least({ts}, {ts})
time_bucket(INTERVAL 2 MONTH, {ts})
TRY_CAST({str} AS TIMESTAMP)
date_trunc('{day unit}', {date})
try_strptime({str}, '{read}')
{date} + INTERVAL {few} HOUR
timezone('America/New_York', {tz})
CASE WHEN {bool} THEN {ts} ELSE {date} END

-- tz
CAST({ts} AS TIMESTAMPTZ)
date_trunc('{unit}', {tz})
{tz} + INTERVAL {few} HOUR
coalesce({tz}, {tz})
timezone('Europe/Paris', {ts})
{tz} + INTERVAL 1 MONTH
TRY_CAST({str} AS TIMESTAMPTZ)
greatest({tz}, {tz})
to_timestamp({int} % 100000)

-- bool
{int} = {int}
{int} < {dec}
{dbl} > {dec}
{str} < {str}
{str} = {str}
{str} >= {str}
{date} >= {date}
{ts} < {date}
{ts} = {tz}
{dec} <> {dec}
{dec} <= {int}
{bool} AND {bool}
{bool} OR {bool}
NOT {bool}
{int} IS NULL
{str} IS NOT NULL
{int} BETWEEN {int} AND {int}
{dec} NOT BETWEEN {int} AND {dec}
{str} BETWEEN {str} AND {str}
{date} BETWEEN {date} AND {ts}
{str} LIKE '{like}'
{str} NOT LIKE '{like}'
{str} ILIKE '{like}'
{str} LIKE '{escaped}' ESCAPE '!'
{int} IN ({int}, {int}, NULL)
{int} IN (1, 2.5, {dec})
{str} IN ({str}, {str})
{int} NOT IN ({int}, {int})
{date} IN ({date}, '2024-02-29')
{dec} IN ({int}, {dec})
contains({str}, {str})
starts_with({str}, {str})
ends_with({str}, {str})
regexp_matches({str}, '{pattern}')
regexp_full_match({str}, '{pattern}')
list_contains({list}, {int})
list_has_any({list}, {list})
{int} IN {list}
{dec} IS DISTINCT FROM {int}
{str} IS NOT DISTINCT FROM {str}
{bool} IS NOT TRUE
{bool} IS FALSE
isnan({dbl})
isinf({dbl})
coalesce({bool}, FALSE)
CAST({int} AS BOOLEAN)
{dbl} = {dbl}
{dbl} < {dbl}
TRY_CAST({str} AS BOOLEAN)
{list} = {list}
{list} < {list}
{bool} = {bool}
({int}, {str}) = ({int}, {str})

-- list
list_sort({list})
list_reverse({list})
list_concat({list}, {list})
list_append({list}, {int})
list_filter({list}, x -> x > {small})
list_transform({list}, x -> x * 2 + 1)
[{int}, {int}]
range({small})
coalesce({list}, {list})
{list}[1:2]
CASE WHEN {bool} THEN {list} END
list_sort({list}, 'DESC')
list_filter({list}, x -> x IS NOT NULL)
range({small}, {few})
if({bool}, {list}, {list})

-- window
sum({int}) OVER (PARTITION BY {str} ORDER BY k)
row_number() OVER (ORDER BY {dec}, k)
row_number() OVER (PARTITION BY {bool} ORDER BY {str} DESC NULLS FIRST, k)
rank() OVER (PARTITION BY {bool} ORDER BY {int})
dense_rank() OVER (ORDER BY {date} DESC)
percent_rank() OVER (ORDER BY {int})
cume_dist() OVER (ORDER BY {str})
ntile(3) OVER (ORDER BY {int}, k)
lag({dec}, 1) OVER (ORDER BY k)
lag({str}) OVER (PARTITION BY {bool} ORDER BY {int} DESC, k)
lead({str}, 2, {str}) OVER (PARTITION BY {bool} ORDER BY k)
first_value({int}) OVER (ORDER BY {date}, k)
last_value({str} IGNORE NULLS) OVER (ORDER BY k)
nth_value({dec}, 2) OVER (ORDER BY {int}, k)
last_value({int}) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
avg({dec}) OVER (ORDER BY k ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
count(*) OVER (PARTITION BY {bool})
count({str}) OVER (PARTITION BY {list} ORDER BY k DESC)
count(DISTINCT {bool}) OVER (PARTITION BY {bool})
min({str}) OVER (ORDER BY k ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)
max({dbl}) OVER (ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)
sum({dec}) OVER (ORDER BY {int} RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
sum({int}) FILTER (WHERE {bool}) OVER (ORDER BY k)
count_if({bool}) OVER (ORDER BY k ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)
bool_or({bool}) OVER (PARTITION BY {str})
arg_max({str}, k) OVER (PARTITION BY {bool})
median({dec}) OVER (PARTITION BY {bool})
stddev_samp({int} % 100) OVER (PARTITION BY {bool})
list({int}) OVER (PARTITION BY {bool} ORDER BY k)
sum(k) OVER (ORDER BY {date} RANGE BETWEEN INTERVAL 30 DAYS PRECEDING AND CURRENT ROW)

-- aggregate
sum({int})
sum({dec})
sum(DISTINCT {int})
avg({dec})
avg({int})
min({str})
max({date})
min({bool})
max({list})
count(*)
count({int})
count(DISTINCT {str})
count(DISTINCT ({int}, {bool}))
max({dbl})
min({dbl})
median({dec})
median({int})
quantile_cont({dec}, 0.25)
quantile_disc({int}, 0.75)
stddev_samp({int} % 1000)
var_pop({dec} % 1000)
bool_and({bool})
bool_or({bool})
count(*) FILTER (WHERE {bool})
sum({dec}) FILTER (WHERE {bool})
sum({int}) FILTER (WHERE {bool})
max({str}) FILTER (WHERE {bool})
string_agg({str}, ',' ORDER BY k)
string_agg(DISTINCT g, ';' ORDER BY g) FILTER (WHERE {bool})
list({int} ORDER BY k)
list({int} ORDER BY {str} DESC, k)
list_sort(list(DISTINCT {int}))
arg_max({str}, k)
arg_min({int}, k)
first({str} ORDER BY k DESC)
any_value({int} ORDER BY k)
max({tz})
min({ts})
count_if({bool})
bit_or({int})
sum(CASE WHEN {bool} THEN {dec} ELSE 0 END)
sum({dec}) / nullif(count({int}), 0)
round(100.0 * count(*) FILTER (WHERE {bool}) / count(*), 2)
coalesce(sum({int}), 0)
max({date}) - min({date})
corr(k, {int} % 100)
regr_slope({dec} % 100, k)

-- condition on u
u.v > {dec}
u.name <> {str}
u.v IS NULL
u.v < t.d
u.name = t.g OR t.i > 2
{bool}

-- join
JOIN
LEFT JOIN
RIGHT JOIN
FULL JOIN

-- united
UNION
UNION ALL
EXCEPT
INTERSECT
EXCEPT ALL
INTERSECT ALL

-- way
ASC
DESC
ASC NULLS FIRST
DESC NULLS FIRST
DESC NULLS LAST

-- sets
ROLLUP (g0, g1)
CUBE (g0, g1)
GROUPING SETS ((g0), (g1), ())
GROUPING SETS ((g0, g1), (g0))
g0, ROLLUP (g1)

-- any
{int}
{dec}
{dbl}
{str}
{date}
{ts}
{tz}
{bool}
{list}

-- key
{str}
{bool}
{int}
{date}
{dec}
{list}

-- query
SELECT {key} AS g0, {aggregate} AS a0, {aggregate} AS a1, {aggregate} AS a2 FROM t GROUP BY g0
SELECT {key} AS g0, {aggregate} AS a0, {aggregate} AS a1 FROM t WHERE {bool} GROUP BY g0
SELECT {key} AS g0, {key} AS g1, {aggregate} AS a0, {aggregate} AS a1 FROM t GROUP BY ALL
SELECT {key} AS g0, {aggregate} AS a0 FROM t GROUP BY 1 HAVING {aggregate} IS NOT NULL
SELECT {key} AS g0, {aggregate} AS a0 FROM t GROUP BY g0 HAVING count(*) > 1 AND {aggregate} = {aggregate}
SELECT {aggregate} AS a0, {aggregate} AS a1, {aggregate} AS a2, {aggregate} AS a3 FROM t WHERE {bool}
SELECT {aggregate} AS a0, {aggregate} AS a1, {aggregate} AS a2 FROM t WHERE k > 100
SELECT {aggregate} AS a0, {aggregate} AS a1 FROM t HAVING {bool} OR count(*) > 0
SELECT {key} AS g0, {key} AS g1, {aggregate} AS a0, grouping(g0) AS z FROM t GROUP BY {sets}
SELECT {key} AS g0, {key} AS g1, {aggregate} AS a0, {aggregate} AS a1 FROM t GROUP BY {sets}
SELECT {key} AS g0, {aggregate} AS a0, rank() OVER (ORDER BY count(*), sum(k)) AS r FROM t GROUP BY g0
SELECT {key} AS g0, {aggregate} AS a0 FROM t LEFT JOIN (SELECT k AS uk, v FROM u) ON k = uk GROUP BY g0
SELECT {key} AS g0, {aggregate} AS a0, max(v) AS a1 FROM t JOIN (SELECT k AS uk, v FROM u) ON k = uk AND {bool} GROUP BY g0
SELECT DISTINCT {key} AS c0, {key} AS c1 FROM t WHERE {bool}
SELECT DISTINCT {any} AS c0 FROM t
SELECT DISTINCT ON (g0) {key} AS g0, {any} AS c0 FROM t ORDER BY g0, k DESC
SELECT k, {any} AS c0, {any} AS c1 FROM t WHERE {bool}
SELECT {int} AS x, x + {int} AS y, CASE WHEN y > {dec} THEN x END AS z FROM t WHERE x IS NOT NULL
SELECT k, {key} AS c0 FROM t ORDER BY c0 {way}, k LIMIT {few} OFFSET {few}
SELECT k, {any} AS c0 FROM t ORDER BY {key} {way}, {key} {way}, k LIMIT {few}
SELECT k, {any} AS c0 FROM t QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {key} {way}, k) <= {few}
SELECT k, {window} AS w0, {window} AS w1, {window} AS w2 FROM t WHERE {bool}
SELECT k, {window} AS w0 FROM t QUALIFY w0 IS NOT NULL AND {bool}
SELECT {int} AS c0, {str} AS c1 FROM t {united} SELECT {int}, {str} FROM t
SELECT {dec} AS c0, {bool} AS c1 FROM t {united} SELECT {int}, {bool} FROM t WHERE {bool}
SELECT {dec} AS c0 FROM t {united} SELECT {dbl} FROM t
SELECT {date} AS c0 FROM t {united} SELECT {ts} FROM t ORDER BY c0 {way} LIMIT {few}
SELECT {int} AS a, {str} AS b FROM t UNION ALL BY NAME SELECT {str} AS b, {date} AS c FROM t
(SELECT k, {any} AS c0 FROM t ORDER BY {key}, k LIMIT {few}) UNION ALL SELECT k, NULL FROM u
SELECT k, {any} AS c0 FROM t WHERE {int} IN (SELECT {int} FROM t)
SELECT k FROM t WHERE {str} NOT IN (SELECT {str} FROM t WHERE {bool})
SELECT k FROM t WHERE {int} IN (SELECT u.k FROM u) AND {bool} OR {bool}
SELECT k, {int} IN (SELECT {int} FROM t) AS c0, {str} NOT IN (SELECT {str} FROM t) AS c1 FROM t
SELECT k FROM t WHERE {dec} > ALL (SELECT v FROM u WHERE v > {dec})
SELECT k, {dec} < ANY (SELECT v FROM u) AS c0 FROM t
SELECT k, (SELECT {aggregate} FROM t) AS c0 FROM t
SELECT k, (SELECT max(v) FROM u WHERE u.k = t.k AND {condition on u}) AS c0 FROM t
SELECT k, (SELECT count(*) FROM u WHERE u.k = t.k AND {condition on u}) AS c0 FROM t
SELECT k, (SELECT sum({int}) FROM t AS o WHERE o.k < t.k) AS c0 FROM t
SELECT k FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND ({condition on u})) AND {bool}
SELECT k FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND ({condition on u}))
SELECT k, EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND ({condition on u})) AS c0 FROM t
SELECT t.k, {any} AS c0, name, v FROM t {join} u ON t.k = u.k AND {condition on u}
SELECT k, g, name, v FROM (SELECT k, g, {any} AS c0 FROM t WHERE {bool}) AS a {join} u USING (k)
SELECT q.x, {any} AS c0 FROM t {join} (SELECT {int} AS x, {str} AS y FROM t) AS q ON t.k = q.x AND {bool}
SELECT k FROM t SEMI JOIN (SELECT {int} AS x FROM t) AS q ON t.k = q.x
SELECT k, {any} AS c0 FROM t ANTI JOIN (SELECT {str} AS x FROM t) AS q ON t.g = q.x
WITH q AS (SELECT k, {int} AS x, {key} AS y FROM t WHERE {bool}) SELECT y, sum(x) AS s, count(*) AS n FROM q GROUP BY y
WITH q AS (SELECT k, {any} AS x FROM t), p AS (SELECT k, {bool} AS y FROM t) SELECT k, x, y FROM q JOIN p USING (k) WHERE y
WITH q AS (SELECT {key} AS x, {aggregate} AS y FROM t GROUP BY x) SELECT a.x, a.y, b.y AS z FROM q a JOIN q b ON a.x = b.x
SELECT s.a, s.b, s FROM (SELECT struct_pack(a := {int}, b := {str}) AS s FROM t)
SELECT k, e FROM (SELECT k, unnest({list}) AS e FROM t)
SELECT count(*) AS n, max(x) AS m FROM (SELECT {key} AS x, {aggregate} AS y FROM t GROUP BY x)
SELECT v.a, v.b, k FROM t JOIN (VALUES (1, 'a', 1.5), (2, NULL, 2), (3, 'é', NULL)) AS v (i, a, b) ON v.i = k OR {bool}
