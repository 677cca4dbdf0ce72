"""Names the modules of a tree: ``module_names`` gives each file its dotted name, ``search_path`` finds the folder in
which an import looks that names no module from its root, and ``hints`` collects what files say about imports.
"""
