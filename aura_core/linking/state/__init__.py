"""What one linked tree leaves for linking the next commit."""
