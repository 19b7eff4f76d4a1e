-- from: m
date_diff('millennium', d, d2)
date_sub('millennium', d, d2)
date_diff('millennium', ts, ts2)
date_sub('millennium', ts, ts2)
date_diff('millennium', d, ts2)
date_sub('millennium', d, ts2)
date_diff('millennium', tz, ts2::TIMESTAMPTZ)
date_sub('millennium', tz, ts2::TIMESTAMPTZ)
date_trunc('millennium', d)
date_trunc('millennium', ts)
date_trunc('millennium', tz)
date_diff('century', d, d2)
date_sub('century', d, d2)
date_diff('century', ts, ts2)
date_sub('century', ts, ts2)
date_diff('century', d, ts2)
date_sub('century', d, ts2)
date_diff('century', tz, ts2::TIMESTAMPTZ)
date_sub('century', tz, ts2::TIMESTAMPTZ)
date_trunc('century', d)
date_trunc('century', ts)
date_trunc('century', tz)
date_diff('decade', d, d2)
date_sub('decade', d, d2)
date_diff('decade', ts, ts2)
date_sub('decade', ts, ts2)
date_diff('decade', d, ts2)
date_sub('decade', d, ts2)
date_diff('decade', tz, ts2::TIMESTAMPTZ)
date_sub('decade', tz, ts2::TIMESTAMPTZ)
date_trunc('decade', d)
date_trunc('decade', ts)
date_trunc('decade', tz)
date_diff('year', d, d2)
date_sub('year', d, d2)
date_diff('year', ts, ts2)
date_sub('year', ts, ts2)
date_diff('year', d, ts2)
date_sub('year', d, ts2)
date_diff('year', tz, ts2::TIMESTAMPTZ)
date_sub('year', tz, ts2::TIMESTAMPTZ)
date_trunc('year', d)
date_trunc('year', ts)
date_trunc('year', tz)
date_diff('isoyear', d, d2)
date_diff('isoyear', ts, ts2)
date_diff('isoyear', d, ts2)
date_diff('isoyear', tz, ts2::TIMESTAMPTZ)
date_trunc('isoyear', d)
date_trunc('isoyear', ts)
date_trunc('isoyear', tz)
date_diff('quarter', d, d2)
date_sub('quarter', d, d2)
date_diff('quarter', ts, ts2)
date_sub('quarter', ts, ts2)
date_diff('quarter', d, ts2)
date_sub('quarter', d, ts2)
date_diff('quarter', tz, ts2::TIMESTAMPTZ)
date_sub('quarter', tz, ts2::TIMESTAMPTZ)
date_trunc('quarter', d)
date_trunc('quarter', ts)
date_trunc('quarter', tz)
date_diff('month', d, d2)
date_sub('month', d, d2)
date_diff('month', ts, ts2)
date_sub('month', ts, ts2)
date_diff('month', d, ts2)
date_sub('month', d, ts2)
date_diff('month', tz, ts2::TIMESTAMPTZ)
date_sub('month', tz, ts2::TIMESTAMPTZ)
date_trunc('month', d)
date_trunc('month', ts)
date_trunc('month', tz)
date_diff('week', d, d2)
date_sub('week', d, d2)
date_diff('week', ts, ts2)
date_sub('week', ts, ts2)
date_diff('week', d, ts2)
date_sub('week', d, ts2)
date_diff('week', tz, ts2::TIMESTAMPTZ)
date_sub('week', tz, ts2::TIMESTAMPTZ)
date_trunc('week', d)
date_trunc('week', ts)
date_trunc('week', tz)
date_diff('day', d, d2)
date_sub('day', d, d2)
date_diff('day', ts, ts2)
date_sub('day', ts, ts2)
date_diff('day', d, ts2)
date_sub('day', d, ts2)
date_diff('day', tz, ts2::TIMESTAMPTZ)
date_sub('day', tz, ts2::TIMESTAMPTZ)
date_trunc('day', d)
date_trunc('day', ts)
date_trunc('day', tz)
date_diff('hour', d, d2)
date_sub('hour', d, d2)
date_diff('hour', ts, ts2)
date_sub('hour', ts, ts2)
date_diff('hour', d, ts2)
date_sub('hour', d, ts2)
date_diff('hour', tz, ts2::TIMESTAMPTZ)
date_trunc('hour', d)
date_trunc('hour', ts)
date_trunc('hour', tz)
date_diff('minute', d, d2)
date_sub('minute', d, d2)
date_diff('minute', ts, ts2)
date_sub('minute', ts, ts2)
date_diff('minute', d, ts2)
date_sub('minute', d, ts2)
date_diff('minute', tz, ts2::TIMESTAMPTZ)
date_trunc('minute', d)
date_trunc('minute', ts)
date_trunc('minute', tz)
date_diff('second', d, d2)
date_sub('second', d, d2)
date_diff('second', ts, ts2)
date_sub('second', ts, ts2)
date_diff('second', d, ts2)
date_sub('second', d, ts2)
date_diff('second', tz, ts2::TIMESTAMPTZ)
date_trunc('second', d)
date_trunc('second', ts)
date_trunc('second', tz)
date_diff('millisecond', d, d2)
date_sub('millisecond', d, d2)
date_diff('millisecond', ts, ts2)
date_sub('millisecond', ts, ts2)
date_diff('millisecond', d, ts2)
date_sub('millisecond', d, ts2)
date_diff('millisecond', tz, ts2::TIMESTAMPTZ)
date_trunc('millisecond', d)
date_trunc('millisecond', ts)
date_trunc('millisecond', tz)
date_diff('microsecond', d, d2)
date_sub('microsecond', d, d2)
date_diff('microsecond', ts, ts2)
date_sub('microsecond', ts, ts2)
date_diff('microsecond', d, ts2)
date_sub('microsecond', d, ts2)
date_diff('microsecond', tz, ts2::TIMESTAMPTZ)
date_trunc('microsecond', d)
date_trunc('microsecond', ts)
date_trunc('microsecond', tz)
date_part('millennium', d)
date_part('millennium', ts)
date_part('millennium', tz)
date_part('century', d)
date_part('century', ts)
date_part('century', tz)
date_part('decade', d)
date_part('decade', ts)
date_part('decade', tz)
date_part('year', d)
date_part('year', ts)
date_part('year', tz)
date_part('isoyear', d)
date_part('isoyear', ts)
date_part('isoyear', tz)
date_part('quarter', d)
date_part('quarter', ts)
date_part('quarter', tz)
date_part('month', d)
date_part('month', ts)
date_part('month', tz)
date_part('week', d)
date_part('week', ts)
date_part('week', tz)
date_part('day', d)
date_part('day', ts)
date_part('day', tz)
date_part('hour', d)
date_part('hour', ts)
date_part('hour', tz)
date_part('minute', d)
date_part('minute', ts)
date_part('minute', tz)
date_part('second', d)
date_part('second', ts)
date_part('second', tz)
date_part('millisecond', d)
date_part('millisecond', ts)
date_part('millisecond', tz)
date_part('microsecond', d)
date_part('microsecond', ts)
date_part('microsecond', tz)
date_part('dow', d)
date_part('dow', ts)
date_part('dow', tz)
date_part('isodow', d)
date_part('isodow', ts)
date_part('isodow', tz)
date_part('doy', d)
date_part('doy', ts)
date_part('doy', tz)
date_part('yearweek', d)
date_part('yearweek', ts)
date_part('yearweek', tz)
date_part('epoch', d)
date_part('epoch', ts)
date_part('epoch', tz)
time_bucket(INTERVAL '1 week', d)
time_bucket(INTERVAL '1 week', ts)
time_bucket(INTERVAL '1 week', tz)
time_bucket(INTERVAL 2 WEEKS, d)
time_bucket(INTERVAL 2 WEEKS, ts)
time_bucket(INTERVAL 2 WEEKS, tz)
time_bucket(INTERVAL 1 MONTH, d)
time_bucket(INTERVAL 1 MONTH, ts)
time_bucket(INTERVAL 1 MONTH, tz)
time_bucket(INTERVAL 5 MONTHS, d)
time_bucket(INTERVAL 5 MONTHS, ts)
time_bucket(INTERVAL 5 MONTHS, tz)
time_bucket(INTERVAL 1 YEAR, d)
time_bucket(INTERVAL 1 YEAR, ts)
time_bucket(INTERVAL 1 YEAR, tz)
time_bucket(INTERVAL 1 DAY, d)
time_bucket(INTERVAL 1 DAY, ts)
time_bucket(INTERVAL 1 DAY, tz)
time_bucket(INTERVAL 15 MINUTES, d)
time_bucket(INTERVAL 15 MINUTES, ts)
time_bucket(INTERVAL 15 MINUTES, tz)
time_bucket(INTERVAL 7 HOURS, d)
time_bucket(INTERVAL 7 HOURS, ts)
time_bucket(INTERVAL 7 HOURS, tz)
strftime(d, '<%a>')
strftime(ts, '<%a>')
strftime(tz, '<%a>')
strftime(d, '<%A>')
strftime(ts, '<%A>')
strftime(tz, '<%A>')
strftime(d, '<%b>')
strftime(ts, '<%b>')
strftime(tz, '<%b>')
strftime(d, '<%B>')
strftime(ts, '<%B>')
strftime(tz, '<%B>')
strftime(d, '<%c>')
strftime(ts, '<%c>')
strftime(tz, '<%c>')
strftime(d, '<%d>')
strftime(ts, '<%d>')
strftime(tz, '<%d>')
strftime(d, '<%f>')
strftime(ts, '<%f>')
strftime(tz, '<%f>')
strftime(d, '<%g>')
strftime(ts, '<%g>')
strftime(tz, '<%g>')
strftime(d, '<%G>')
strftime(ts, '<%G>')
strftime(tz, '<%G>')
strftime(d, '<%h>')
strftime(ts, '<%h>')
strftime(tz, '<%h>')
strftime(d, '<%H>')
strftime(ts, '<%H>')
strftime(tz, '<%H>')
strftime(d, '<%I>')
strftime(ts, '<%I>')
strftime(tz, '<%I>')
strftime(d, '<%j>')
strftime(ts, '<%j>')
strftime(tz, '<%j>')
strftime(d, '<%m>')
strftime(ts, '<%m>')
strftime(tz, '<%m>')
strftime(d, '<%M>')
strftime(ts, '<%M>')
strftime(tz, '<%M>')
strftime(d, '<%p>')
strftime(ts, '<%p>')
strftime(tz, '<%p>')
strftime(d, '<%S>')
strftime(ts, '<%S>')
strftime(tz, '<%S>')
strftime(d, '<%u>')
strftime(ts, '<%u>')
strftime(tz, '<%u>')
strftime(d, '<%U>')
strftime(ts, '<%U>')
strftime(tz, '<%U>')
strftime(d, '<%V>')
strftime(ts, '<%V>')
strftime(tz, '<%V>')
strftime(d, '<%w>')
strftime(ts, '<%w>')
strftime(tz, '<%w>')
strftime(d, '<%W>')
strftime(ts, '<%W>')
strftime(tz, '<%W>')
strftime(d, '<%x>')
strftime(ts, '<%x>')
strftime(tz, '<%x>')
strftime(d, '<%X>')
strftime(ts, '<%X>')
strftime(tz, '<%X>')
strftime(d, '<%y>')
strftime(ts, '<%y>')
strftime(tz, '<%y>')
strftime(d, '<%Y>')
strftime(ts, '<%Y>')
strftime(tz, '<%Y>')
strftime(d, '<%z>')
strftime(ts, '<%z>')
strftime(tz, '<%z>')
strftime(d, '<%Z>')
strftime(ts, '<%Z>')
strftime(tz, '<%Z>')
strftime(d, '<%%>')
strftime(ts, '<%%>')
strftime(tz, '<%%>')
strftime(ts, '%-d')
strftime(ts, '%-H')
strftime(ts, '%-I')
strftime(ts, '%-j')
strftime(ts, '%-m')
strftime(ts, '%-M')
strftime(ts, '%-S')
strftime(ts, '%-y')
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (1) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (1) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (1) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (1) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (1) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (1) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (1) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (1) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (1) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (1) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (1) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (1) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (1) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (1) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (1) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (1) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (1) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (1) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (1) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (1) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (1) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (1) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (1) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (1) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (1) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (1) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (1) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (1) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (1) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (1) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (1) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (1) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (1) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (1) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (1) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (1) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (1) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (1) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (1) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (1) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (1) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (1) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (-1) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (-1) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (-1) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (-1) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (-1) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (-1) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (-1) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (-1) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (-1) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (-1) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (-1) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (-1) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (-1) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (-1) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (-1) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (-1) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (-1) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (-1) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (-1) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (-1) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (-1) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (-1) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (-1) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (-1) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (-1) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (-1) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (-1) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (-1) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (-1) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (-1) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (-1) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (-1) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (-1) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (-1) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (-1) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (-1) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (-1) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (-1) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (-1) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (-1) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (-1) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (-1) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (13) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (13) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (13) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (13) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (13) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (13) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (13) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (13) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (13) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (13) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (13) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (13) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (13) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (13) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (13) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (13) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (13) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (13) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (13) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (13) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (13) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (13) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (13) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (13) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (13) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (13) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (13) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (13) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (13) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (13) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (13) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (13) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (13) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (13) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (13) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (13) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (13) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (13) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (13) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (13) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (13) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (13) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n * 11) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n * 11) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n * 11) MONTH END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n * 11) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n * 11) MONTH END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n * 11) MONTH END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n * 11) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n * 11) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n * 11) YEAR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n * 11) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n * 11) YEAR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n * 11) YEAR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n * 11) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n * 11) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n * 11) DAY END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n * 11) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n * 11) DAY END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n * 11) DAY END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n * 11) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n * 11) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n * 11) WEEK END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n * 11) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n * 11) WEEK END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n * 11) WEEK END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n * 11) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n * 11) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n * 11) HOUR END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n * 11) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n * 11) HOUR END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n * 11) HOUR END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n * 11) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n * 11) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n * 11) MINUTE END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n * 11) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n * 11) MINUTE END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n * 11) MINUTE END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d + INTERVAL (n * 11) SECOND END
CASE WHEN year(d) BETWEEN 10 AND 9900 THEN d - INTERVAL (n * 11) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts + INTERVAL (n * 11) SECOND END
CASE WHEN year(ts) BETWEEN 10 AND 9900 THEN ts - INTERVAL (n * 11) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz + INTERVAL (n * 11) SECOND END
CASE WHEN year(tz) BETWEEN 10 AND 9900 THEN tz - INTERVAL (n * 11) SECOND END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '1 month 2 days' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '1 month 2 days' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '1 month 2 days' END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '1 year 2 months 3 days 04:05:06' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '1 year 2 months 3 days 04:05:06' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '1 year 2 months 3 days 04:05:06' END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '2 days 3 hours' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '2 days 3 hours' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '2 days 3 hours' END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '-1 month' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '-1 month' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '-1 month' END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '1 mon -1 day' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '1 mon -1 day' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '1 mon -1 day' END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '90 seconds' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '90 seconds' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '90 seconds' END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '3 quarters' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '3 quarters' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '3 quarters' END
CASE WHEN year(d) BETWEEN 20 AND 9900 THEN d + INTERVAL '1 decade' END
CASE WHEN year(ts) BETWEEN 20 AND 9900 THEN ts + INTERVAL '1 decade' END
CASE WHEN year(tz) BETWEEN 20 AND 9900 THEN tz + INTERVAL '1 decade' END
d - n::INTEGER
d - d2
epoch(ts - ts2)
extract(day FROM ts - ts2)
extract(hour FROM ts - ts2)
extract(minute FROM ts - ts2)
extract(second FROM ts - ts2)
epoch(tz)
epoch_ms(ts)
epoch_us(d)
make_timestamp(epoch_us(ts))
last_day(ts)
dayname(tz)
monthname(d)
greatest(d, d2)
d = ts
d < ts
ts = tz
CAST(d AS VARCHAR)
CAST(ts AS VARCHAR)
CAST(tz AS VARCHAR)
CAST(ts AS DATE)
CAST(ts AS TIME)
CAST(tz AS DATE)
ts::DATE = d
timezone('Europe/Paris', ts)
timezone('Europe/Paris', tz)
timezone('America/New_York', ts)
tz AT TIME ZONE 'America/New_York'
ts AT TIME ZONE 'Europe/Paris'
date_trunc('day', tz AT TIME ZONE 'Europe/Paris')
make_date(year(d), month(d), 1)
d IN ('2024-02-29', '2021-01-03')
d BETWEEN '1970-01-01' AND '2024-02-29'
d > '2020-1-1'
ts > '2020-01-01'
tz > '2020-01-01 00:00:00+02'
ts BETWEEN '2020-01-01' AND '2021-01-01 10:00'
coalesce(d, ts)
CASE WHEN n > 0 THEN d ELSE ts END
d::TIMESTAMP + INTERVAL 1 HOUR
ts - INTERVAL '1 day' * 2
ts - 2 * INTERVAL '1 day'
(ts - INTERVAL 1 MONTH) + INTERVAL 1 MONTH
d + INTERVAL 1 MONTH - INTERVAL 1 DAY
to_days(n::INTEGER) + ts
d + to_months(n::INTEGER)
isfinite(d)
ts::DATE - d
yearweek(ts)
extract(week FROM ts)
extract('isoyear' FROM d)
strftime(ts, '%Y-%m')
strftime(d, 'Q%-m')
ts::TIME::VARCHAR
(d - DATE '2020-01-01') // 7
week(d)
to_timestamp(epoch(ts))
epoch_ms(ts)::BIGINT // 1000
ts - INTERVAL 10 MONTH > d
d::VARCHAR < '2000'
d = '2024-02-29 10:00:00'::TIMESTAMP
ts = '2024-12-30'
ts IN ('2024-12-30')
nullif(d, '2024-02-29')
if(d > '2000-01-01', d, NULL)
date_add(d, INTERVAL 1 DAY)
datepart('dow', d)
date_part('year', INTERVAL 14 MONTH)
make_timestamp(2024, 2, 29, 12, 30, 15.123456)
d - INTERVAL 1 DAY = d2 - 1
ts + (ts2 - ts) = ts2
hour(ts) * 60 + minute(ts)
date_sub('month', ts, TIMESTAMP '2024-03-31 02:30:00.25')
date_sub('month', TIMESTAMP '2024-01-31 10:00:00', ts)
date_sub('year', ts, TIMESTAMP '2020-03-31 23:59:59')
date_sub('month', d, TIMESTAMP '2020-12-31 23:59:59')
date_sub('month', TIMESTAMP '2019-03-31 02:30:00', date_trunc('month', ts))
date_sub('month', date_trunc('quarter', tz), TIMESTAMPTZ '2019-03-31 02:30:00+00')
