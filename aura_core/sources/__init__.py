"""Where text comes from: git repositories and plain folders, read and never written."""
