"""ODCS files → frozen values, or every mistake in them."""
