"""What a run does: ingest, refine, model, audit, publish. Knows ports, never tools."""
