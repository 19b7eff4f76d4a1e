-- from: t
s LIKE 'H%'
s LIKE '%\x'
s LIKE '_b%'
s LIKE '%\%%' ESCAPE '\'
s LIKE '%$_%' ESCAPE '$'
s NOT LIKE '%o%'
s ILIKE 'hello%'
s ILIKE '%STRASSE%'
s LIKE g || '%'
s SIMILAR TO '[A-Z].*'
regexp_matches(s, 'o')
regexp_matches(s, '^[A-Z]')
regexp_matches(s, '\d+')
regexp_matches(s, 'O', 'i')
regexp_matches(s, '\s')
regexp_matches(s, 'd$')
regexp_full_match(s, '[0-9]+')
regexp_full_match(s, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
regexp_extract(s, '([a-z]+),', 1)
regexp_extract(s, '[a-z]+')
regexp_extract(s, 'nomatch')
regexp_replace(s, 'l', 'L')
regexp_replace(s, 'l', 'L', 'g')
regexp_replace(s, '(l+)', '<\1>', 'g')
regexp_replace(s, '(l)(o)', '\2\1')
regexp_replace(s, '[aeiou]', '$', 'g')
regexp_extract_all(s, '[a-z]+')
regexp_split_to_array(s, '[,; ]')
