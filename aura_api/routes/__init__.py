"""Routes by noun. Each parses, asks the core one thing and shapes the answer."""
