"""The dashboard: pages about a project's newest release, in a browser. `dataspark dashboard` starts it."""
