-- from: t
[1, 2, i]
[s, 'x']
l[1]
l[-1]
l[9]
l[i]
l[1:2]
len(l)
array_length(l)
list_contains(l, 2)
list_contains(l, i)
list_contains(l, NULL)
list_contains(['a','b'], g)
2 IN l
list_has_any(l, [2, 3])
list_has_all(l, [2])
list_has_all([2], l)
list_has_any(['a'], ['b', NULL])
list_sort(l)
list_reverse_sort(l)
list_concat(l, [7])
l || [7]
flatten([[1], [2, 3]])
list_position(l, 2)
list_filter(l, lambda x: x > 1)
list_filter(l, x -> x > 1)
list_transform(l, lambda x: x * 2)
list_transform(l, x -> x + i)
list_sum(l)
list_min(l)
list_max(l)
list_avg(l)
array_to_string(['a','b'], '-')
{'a': i, 'b': s}
{'a': i, 'b': s}.b
row(i, NULL) = row(i, NULL)
row(i, g) IN (row(7, 'a'), row(3, 'b'))
struct_pack(x := i).x
[]
list_filter(['a', NULL], lambda r: r IS NOT NULL)
l IS NULL
l = [3]
list_position(l, NULL::INTEGER)
list_position([NULL, 4], i - i)
list_position([NULL, 4, NULL], nullif(i, 3))
list_contains(l, b)
list_contains(l, 2.5::DOUBLE)
list_contains(l, d)
list_position(l, b)
list_position(l, 1.5)
b IN l
array_to_string(l, ',')
array_to_string([g, s], ',')
array_to_string([1, 2], NULL)
list_count(l)
l < [1, 2, 3]
l BETWEEN [1, NULL] AND [9]
(k, i) <= (k, 7)
(i, 'x') = (b, 'x')
(i, tz) = (b, tz)
{'a': i, 'b': g} > {'a': 3, 'b': 'a'}
