"""The `dataspark` command: one file for each command, or for a few that are kin.

A command reads its arguments, calls what does the work, and prints the answer. Data goes to stdout, everything else
to stderr. Only `typer` is imported at the top of these files, so that `dataspark --help` answers at once.
"""
