"""Files, projects and disks as they should not be: each gives a clear error or a counted reason, and nothing is lost."""
