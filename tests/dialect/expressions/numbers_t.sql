-- from: t
i + b
b - i
d * d
d + 1
d + i
d - f
f * 2
f + b
i / 2
i / 0
d / 3
d / 0
f / 0
f / nullif(i,0)
i // 2
i // 0
b // 3
f // 2
d // 3
i % 3
i % 0
-7 % 3
d % 3
f % 2
-i
-d
-f
+i
i ** 2
power(f, 2)
abs(i)
abs(d)
abs(f)
sign(i)
sign(d)
sign(f)
ceil(d)
floor(d)
ceil(f)
floor(f)
floor(i)
trunc(d)
trunc(f)
round(d)
round(d, 1)
round(d, -1)
round(f)
round(f, 2)
round(f, -2)
sqrt(abs(f))
exp(CASE WHEN abs(f) < 10 THEN f END)
cbrt(f)
pi()
degrees(f)
radians(f)
isnan(f)
isinf(f)
isfinite(f)
i & 3
i | 8
xor(i, 3)
mod(i, 3)
d > 12
d > 12.345
d = f
i = 7.0
d * 1.05
1 - d
(1 - d) * (1 + d)
100.00 * d
12345678901 + i
1.5
1e3
-1
-1.5
'x'
NULL
TRUE
0.1 + 0.2
1.10 * 1.10
0.00000001 * d
unicode(s) * (0.00000001 - 2.50::DECIMAL(9,2)) + 12345678901234567890.5
