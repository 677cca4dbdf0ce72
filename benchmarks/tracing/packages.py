"""The packages that are traced: their releases, how their own tests are started, and what those need."""

from __future__ import annotations

from dataclasses import dataclass

PYTEST = (
    "pytest",
    "-q",
    "-c",
    "/dev/null",
    "--rootdir",
    ".",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "--continue-on-collection-errors",
)
"""The package's own pytest settings are not used: they ask for coverage, reports and workers. Asserts are not
rewritten, so that they keep their positions in the source.
"""


@dataclass(frozen=True, slots=True)
class Package:
    """One release from the registry.

    ``command`` is a module and its arguments, run in the root of the tree with ``paths`` of it importable; ``tests``
    are the folders whose code is test code, ``needs`` the names of distributions (versions are in ``constraints.txt``,
    unless a name has its own).
    """

    requirement: str
    command: tuple[str, ...]
    paths: tuple[str, ...] = (".",)
    tests: tuple[str, ...] = ("tests/",)
    needs: tuple[str, ...] = ("pytest",)

    @property
    def name(self) -> str:
        """Return the name without the version."""
        name, _, _ = self.requirement.partition("==")
        return name

    def is_test(self, path: str) -> bool:
        """Return whether a file of the tree is test code."""
        _, _, basename = path.rpartition("/")
        return path.startswith(self.tests) or basename in ("conftest.py", "setup.py")


PACKAGES = (
    Package(
        "attrs==26.1.0",
        (*PYTEST, "--hypothesis-seed=0", "tests"),
        paths=("src", "."),
        needs=("pytest", "hypothesis", "pympler", "cloudpickle"),
    ),
    Package(
        "marshmallow==4.4.0",
        (*PYTEST, "--ignore=tests/mypy_test_cases", "tests"),
        paths=("src", "."),
        needs=("pytest", "simplejson"),
    ),
    Package(
        "arrow==1.4.0",
        (*PYTEST, "tests"),
        needs=("pytest", "pytest-mock", "dateparser", "pytz", "simplejson", "python-dateutil", "tzdata"),
    ),
    Package("boltons==26.2.0", (*PYTEST, "tests")),
    Package("more-itertools==11.2.1", (*PYTEST, "tests")),
    Package("tornado==6.6.1", ("tornado.test",), tests=("tornado/test/",), needs=()),
    Package("sqlparse==0.6.1", (*PYTEST, "tests")),
    Package("furl==2.1.4", (*PYTEST, "tests"), needs=("pytest", "orderedmultidict", "six")),
    Package(
        "flask==3.1.3",
        (*PYTEST, "tests"),
        paths=("src", "."),
        needs=("pytest==8.4.2", "blinker", "click", "itsdangerous", "jinja2", "markupsafe", "werkzeug"),
    ),
)
