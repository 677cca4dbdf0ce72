"""The read form of one snapshot: memory-mapped arrays and the questions they answer."""
