"""What is known of code outside the tree: which functions it runs of those that it gets, and what it only looks at."""
