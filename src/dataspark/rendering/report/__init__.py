"""The report as one HTML page: nothing is loaded from elsewhere, nothing in it runs."""
