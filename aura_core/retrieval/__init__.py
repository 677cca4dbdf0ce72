"""From a task in words to ranked symbols that fit a token budget."""
