"""Apache Spark: on this machine, on a cluster, or through Spark Connect."""
