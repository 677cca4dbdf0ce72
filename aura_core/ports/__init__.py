"""The questions that stores answer, in our words: each has two adapters, or will have."""
