"""The call sites of one file: what each of them calls, and the calls that syntax implies."""
