"""Questions that a store answers, in our words. Two adapters ship, or will, behind each."""
