-- from: n
f + 1
f - r
f * 2
-f
-r
abs(f)
r + 1
r * 2.5
r + f
p + 1
p - 0.005
p * 2
p * 1.5
p * 0.1
p / 3
p / 0
p / f
p // 3
p % 7
p % 0.03
p - q
p + i
p + b % 1000
(1 - p)
z + p
z - 1
z / 2
z * 1
w + 0
w // 10
w % 7
w / 3
-p
-q
-w
-z
abs(p)
abs(w)
abs(z)
sign(p)
sign(f)
sign(r)
sign(w)
round(p)
round(p, 1)
round(p, 0)
round(p, -1)
round(p, -3)
round(p, 5)
round(q, 2)
round(q, 3)
round(z, 2)
round(w, -2)
round(f)
round(f, 1)
round(f, 2)
round(f, -1)
round(f, -2)
round(r)
round(r, 1)
round(r, 2)
round(i, 2)
round(ti, 0)
ceil(f)
floor(f)
trunc(f)
ceil(r)
floor(r)
trunc(r)
ceil(p)
floor(p)
trunc(p)
ceil(q)
floor(z)
ceil(w)
ceil(i)
floor(b)
trunc(i)
ceil(ti)
sqrt(abs(f))
exp(f)
cbrt(f)
ln(abs(f) + 1e-300)
power(f, 2)
power(2, i % 10)
power(f, 0)
power(0, f)
f ** 0.5
2 ^ 10
atan2(f, 1)
atan(f)
degrees(f)
radians(f)
pi()
isnan(f)
isinf(f)
isfinite(f)
isnan(r)
isinf(r)
f / 0
f / f
f / r
0 / f
i / 0
i / b
b / 3
i / i
1 / p
p / p
i // 0
i // 3
b // 7
-7 // 2
7 // -2
f // 2
f // 0
p // q
i % 3
i % -3
b % 10
f % 2
f % 0
p % q
mod(i, 4)
mod(f, 1.5)
ti & 3
i | 8
xor(i, 5)
b & 255
f = r
f < p
f > p
f >= 0
f = f
f <> f
p = q
p < q
p = 12.34
p = 12.340
p > 12.344
p = f
q = r
w = i
z = 1.5
i = 7.0
i = 7.5
i < 7.5
b = 9007199254740993
b = f
b > 9007199254740992.0
i = b
ti = si
i = '7'
p = '12.34'
f = '0.5'
b = '9223372036854775807'
100.0 * p
100 * p / 3
p * 100.0 / 7
(p * (1 - 0.05))
p * (1 - q / 100)
1e0
1.5e3
0.1 + 0.2
1.10 * 1.10
1.0 / 3
1 / 3
2.0 * 3
10000000000
-9223372036854775808
0.00000001
123456789012345678901234567890.12345678
1e38
-1
- -1
+5
1_000
(i > 0) = (b > 0)
(i > 0) <> (p > 0)
bit_count(i)
bit_count(b)
bit_count(ti)
i >> 1
b >> 3
