"""What other systems are told of runs: logs, metrics, OpenLineage events. Each is a listener (`pipeline/watch.py`)."""
