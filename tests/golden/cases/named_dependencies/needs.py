from typing import Annotated

from fastapi import Depends


class Store:
    def __init__(self, size: int = 1): ...


def reader(): ...


def other(): ...


ReaderDep = Annotated[str, "shown", Depends(reader)]
StoreDep = Annotated[Store, Depends()]
Plain = Annotated[str, other]
