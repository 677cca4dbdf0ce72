"""The segments of a view: their files, columns, string heaps and postings."""
