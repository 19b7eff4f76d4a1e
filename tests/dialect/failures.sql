-- What stops on both engines: a table, and an expression over it.
t: i + 1
t: i * 2
t: b * b
t: ln(i)
t: sqrt(i)
t: sin(f)
t: CAST(f AS INTEGER)
t: CAST(f AS DECIMAL(12,2))
t: CAST(s AS INTEGER)
t: CAST(s AS DOUBLE)
t: CAST(s AS DATE)
t: CAST(s AS BOOLEAN)
t: strptime(s, '%Y-%m-%d')
t: s = 12
t: dt = s
t: error(s)
n: ti + 1::TINYINT
n: f::REAL
n: p * q
n: q * q
n: q + 0.00001
n: (p / 7)::DECIMAL(15,4)
n: CAST(i AS UTINYINT)
n: CAST(b AS INTEGER)
n: w::BIGINT
n: p::INTEGER
n: i << 1
m: d = ''::DATE
h: s = id
