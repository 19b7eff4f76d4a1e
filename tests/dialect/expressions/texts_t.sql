-- from: t
upper(s)
lower(s)
length(s)
strlen(s)
len(s)
substring(s, 1, 5)
substring(s, 0, 3)
substring(s, -3, 2)
substring(s, -3)
substring(s, 2)
substring(s, i, 3)
substring(s, 3, -2)
substr(s, 100, 3)
left(s, 3)
left(s, -2)
right(s, 3)
right(s, -2)
left(s, 0)
trim(s)
ltrim(s)
rtrim(s)
trim(s, 'Hd')
ltrim(s, 'He ')
replace(s, 'l', 'L')
replace(s, '', 'L')
reverse(s)
s || '!'
s || i
s || NULL
'a' || 1
concat(s, '-', i, NULL, bo)
concat_ws('-', s, NULL, 'z')
contains(s, 'o')
starts_with(s, 'He')
ends_with(s, 'd')
prefix(s, 'a')
suffix(s, 'd')
strpos(s, 'o')
instr(s, 'zz')
lpad(s, 5, '*')
rpad(s, 20, 'xy')
lpad(s, 0, 'x')
repeat(s, 2)
repeat('ab', 0)
split_part(s, ',', 1)
split_part(s, ',', 2)
split_part(s, ',', -1)
split_part(s, ',', 9)
split_part(s, ';', 0)
string_split(s, ',')
string_split(s, '.')
str_split('a||b||', '||')
md5(s)
sha256(s)
chr(233)
ascii(s)
unicode(s)
translate(s, 'lo', 'xy')
translate(s, 'lo', 'x')
s < 'M'
s = 'Hello, World'
s > g
s[1]
s[2:3]
array_extract(s, 1)
'it''s' || ' "quoted" `x` \n'
'tab	x'
length('日本語😀')
reverse('日本語😀')
substring('日本語😀', 2, 2)
s[0]
s[i]
