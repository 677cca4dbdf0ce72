"""Reads what files say about imports beyond import statements: ``packaging`` files with their ``requirements`` and
``entry_points``, and statements that change the ``search_path``.
"""
