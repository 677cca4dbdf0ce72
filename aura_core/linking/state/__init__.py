"""Holds the state that one linked tree leaves for linking the next commit."""
