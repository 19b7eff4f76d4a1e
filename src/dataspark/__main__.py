"""`python -m dataspark`: the same as `dataspark`."""

from __future__ import annotations

from dataspark.cli.main import main

main()
