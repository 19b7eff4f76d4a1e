"""The lake: raw files, Delta tables, the release, run records."""
