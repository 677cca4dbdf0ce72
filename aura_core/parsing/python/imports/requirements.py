"""Reads which distributions packaging files require, as the top names of the modules that they install."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

_NAME: Final = re.compile(r"[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)")

MAX_REQUIREMENTS: Final = 2_000
"""At most so many requirements of one file count."""

_MODULES: Final = {
    "pyyaml": "yaml", "pillow": "PIL", "opencv-python": "cv2", "opencv-python-headless": "cv2",
    "scikit-learn": "sklearn",
    "scikit-image": "skimage", "beautifulsoup4": "bs4", "python-dateutil": "dateutil", "python-dotenv": "dotenv",
    "attrs": "attr", "pyserial": "serial", "pyzmq": "zmq", "protobuf": "google", "msgpack-python": "msgpack",
    "mysqlclient": "MySQLdb", "psycopg2-binary": "psycopg2", "pyjwt": "jwt", "python-jose": "jose", "gitpython": "git",
    "pygobject": "gi", "pycryptodome": "Crypto", "pyopenssl": "OpenSSL", "djangorestframework": "rest_framework",
    "faiss-cpu": "faiss", "sentry-sdk": "sentry_sdk", "ruamel.yaml": "ruamel", "python-magic": "magic",
    "pymupdf": "fitz",
    "pytorch-lightning": "pytorch_lightning", "tensorflow-gpu": "tensorflow", "pysocks": "socks", "pyusb": "usb",
}  # fmt: skip
"""By distribution: the module that it installs, where the two have different names."""


def required_names(requirements: Iterable[Any]) -> list[str]:
    """Return the top names of the modules that some requirements (``numpy>=1.2``) install, sorted."""
    names: set[str] = set()
    for requirement, _ in zip(requirements, range(MAX_REQUIREMENTS), strict=False):
        match = _NAME.match(requirement) if isinstance(requirement, str) else None
        if match is not None:
            distribution = match[1].lower()
            # a name may have been shortened or prefixed: ``python-foo`` installs ``foo``
            names |= {match[1], distribution.replace("-", "_"), distribution.partition(".")[0]}
            names.add(_MODULES.get(distribution, distribution.removeprefix("python-").replace("-", "_")))
    return sorted(name for name in names if name.isidentifier())
