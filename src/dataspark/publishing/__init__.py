"""A release's gold tables → a schema of a PostgreSQL database, all of them at one moment."""
