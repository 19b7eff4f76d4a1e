"""The static site of a project: pages that open from a folder, load nothing from elsewhere and need no server."""
