"""Which files of a tree belong to the index: ignore files, attributes, kinds and limits."""
