"""The tools that agents call, as functions by family. Each asks the core one thing and shapes the answer."""
