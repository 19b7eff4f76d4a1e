"""The retail pipeline written a second time, to compare DataSpark with."""
