"""The call sites of one file: what each of them calls, and the implicit calls of its syntax."""
