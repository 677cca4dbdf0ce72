"""Dagster's web server for people on this machine: the same rules for hosts and origins as the API's."""
