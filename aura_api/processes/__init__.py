"""The processes of a server that has several."""
