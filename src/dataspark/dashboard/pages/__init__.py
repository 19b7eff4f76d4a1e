"""The pages of the dashboard, one a module: each shows one `View`."""
