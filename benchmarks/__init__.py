"""Measurements that a stranger can run; each module is a command and prints what it compares with."""
