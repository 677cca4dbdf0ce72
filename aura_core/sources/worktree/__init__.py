"""Files of a working tree: reading, watching and comparing them with HEAD."""
