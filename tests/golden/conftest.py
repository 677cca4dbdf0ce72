"""The samples are read, not run, also where they look like tests."""

collect_ignore = ["cases"]
