"""Plain values → text for a person. Nothing here reads or prints."""
