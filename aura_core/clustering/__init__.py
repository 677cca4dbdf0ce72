"""Groups of similar symbols."""
