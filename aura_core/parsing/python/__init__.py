"""Turns Python source into definitions and linker facts: ``parse`` is the entry, ``ir`` describes the rows,
``visitors`` says which function visits which node, and every visitor works on a ``builder``.
"""
