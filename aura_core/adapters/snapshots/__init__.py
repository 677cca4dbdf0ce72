"""The snapshot store: rows, manifests and artifacts."""
