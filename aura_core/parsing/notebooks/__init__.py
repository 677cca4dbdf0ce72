"""Finds the source in Jupyter notebooks: ``cells`` reads the JSON, and ``text`` writes the cells as one text."""
