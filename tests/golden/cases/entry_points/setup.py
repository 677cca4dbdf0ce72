from setuptools import setup

setup(
    entry_points={
        "console_scripts": ["shop=shop.cli:main"],  # > REFERENCES shop/cli.py::main packaging
        "pytest11": ["shop = shop.cli:Till"],  # > REFERENCES shop/cli.py::Till packaging
    },
)
