"""Git objects, mirrors, revisions and the differences between trees."""
