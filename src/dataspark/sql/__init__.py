"""Contracts and models as SQL text, in DuckDB's dialect. Text in, text out: nothing here runs anything."""
