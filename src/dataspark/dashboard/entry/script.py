"""What Streamlit runs for each look at a page: arguments are the project's folder and its profile, which may be empty."""

from __future__ import annotations

import sys

from dataspark.dashboard.app import main

main(sys.argv[1], sys.argv[2] or None)
