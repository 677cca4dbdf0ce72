"""One module a command: parse, ask the core one thing, print the answer."""
