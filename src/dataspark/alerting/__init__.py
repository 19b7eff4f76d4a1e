"""Who is told when something is wrong with a project, and when it is over."""
