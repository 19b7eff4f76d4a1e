"""The HTTP API: the release's tables, KPIs, runs, quality and lineage for programs."""
