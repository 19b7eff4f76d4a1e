"""What a raw file looks like: its dialect, the types of its columns, how its header differs from another. Pure Python."""
