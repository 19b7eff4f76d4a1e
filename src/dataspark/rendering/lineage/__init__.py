"""Lineage as text, as a picture, and as Mermaid."""
