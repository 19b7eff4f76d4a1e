"""The servers that a project may run on, all on this machine, started and ended by one command."""
