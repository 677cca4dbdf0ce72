"""Files of a working tree or plain folder: scanning, hashing, watching.

``scan`` walks a folder, ``contents`` and ``files`` hash and read, ``checkout`` adds what git's index knows, ``watcher``
keeps a checkout up to date by file events. Commits are read in ``git``; which files count is decided in ``rules``.
"""
