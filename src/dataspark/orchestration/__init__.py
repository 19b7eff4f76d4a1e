"""Runs that somebody else starts, watches and tries again: in threads, by Prefect, by a schedule, when files arrive."""
