"""What runs the SQL. Each engine is a folder with the same file names: session, raw, writing, engine."""
