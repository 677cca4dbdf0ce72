"""From the facts of one tree to edges, with every key that was read."""
