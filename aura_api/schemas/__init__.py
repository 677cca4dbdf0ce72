"""JSON shapes that come in and go out. A field of an answer is the attribute of the same name of a core value."""
