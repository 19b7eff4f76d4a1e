-- from: h
string_split_regex(s, '[-: ]')
s LIKE '2024%'
s LIKE '%0'
s LIKE '_'
s LIKE '__'
s LIKE '%:%:%'
s LIKE '%\%'
s LIKE '1$_%' ESCAPE '$'
s LIKE '%!%%' ESCAPE '!'
s NOT LIKE '%-%'
s ILIKE 'TRUE%'
s ILIKE '%INF%'
s NOT ILIKE '%e%'
s LIKE s
s LIKE '%' || left(s, 2) || '%'
s ~~ '1%'
s SIMILAR TO '[0-9]+'
s ~ '[0-9]+'
regexp_matches(s, '^[0-9]+$')
regexp_matches(s, '[0-9]$')
regexp_matches(s, '\d{4}-\d{2}-\d{2}')
regexp_matches(s, '(?i)true|YES')
regexp_matches(s, 'TRUE', 'i')
regexp_matches(s, '\s')
regexp_matches(s, '^\S+$')
regexp_matches(s, '\bT\b')
regexp_matches(s, '\w+')
regexp_matches(s, '\W')
regexp_matches(s, '[^0-9.]')
regexp_matches(s, '.')
regexp_matches(s, '^.$')
regexp_matches(s, '^.*$')
regexp_matches(s, '\p{L}')
regexp_matches(s, '\p{Lu}')
regexp_matches(s, '[é-ü]')
regexp_matches(s, 'a|b|')
regexp_matches(s, '^(?:[0-9]+|[a-z]+)$')
regexp_matches(s, '(0|1){2}')
regexp_matches(s, '\.')
regexp_matches(s, '[.]')
regexp_matches(s, '[\]\\-]')
regexp_matches(s, '\x41|\t')
regexp_matches(s, '(?m)^1')
regexp_matches(s, '(?s)1.2')
regexp_full_match(s, '[0-9]+')
regexp_full_match(s, '[0-9]+|true')
regexp_full_match(s, '')
regexp_full_match(s, '.*')
regexp_extract(s, '[0-9]+')
regexp_extract(s, '([0-9]+)-([0-9]+)', 2)
regexp_extract(s, '([a-z])?[0-9]', 1)
regexp_extract(s, '(x)|(y)', 2)
regexp_extract(s, '[A-Z]+', 0, 'i')
regexp_extract_all(s, '[0-9]+')
regexp_extract_all(s, '([0-9])([0-9])', 1)
regexp_replace(s, '[0-9]', '#')
regexp_replace(s, '[0-9]', '#', 'g')
regexp_replace(s, '([0-9]+)-([0-9]+)', '\2/\1')
regexp_replace(s, '([0-9])', '<\1>', 'g')
regexp_replace(s, '(\d)', '[\0]', 'g')
regexp_replace(s, '\s+', '', 'g')
regexp_replace(s, '^0+', '')
regexp_replace(s, 'x*', '-')
regexp_replace(s, '$', '!')
regexp_replace(s, 'T', '$1\\', 'i')
CASE WHEN s NOT LIKE '%İ%' THEN regexp_replace(s, '[^a-z]', '', 'gi') END
regexp_replace(s, '.', 'x', 'g')
