"""What doors that stay open (the API, the dashboard) stand on: releases that are kept open for many readers."""
