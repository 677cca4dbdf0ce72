"""The vector store: codes in append-only files."""
