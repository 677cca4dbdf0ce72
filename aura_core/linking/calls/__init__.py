"""Resolves the call sites of one file, and the calls that its syntax makes without naming a callee."""
