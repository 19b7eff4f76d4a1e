-- from: h
substring(s, length(s)::INTEGER - 1, 2)
s::VARCHAR
s::TEXT
s::CHAR(3)
CAST(s AS VARCHAR(2))
