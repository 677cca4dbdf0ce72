import needs
from needs import Plain, ReaderDep


def page(reader: ReaderDep): ...  #> CALLS needs.py::reader inferred


def shelf(store: needs.StoreDep): ...  #> CALLS needs.py::Store.__init__ inferred


def nothing(text: Plain): ...  #> NOTHING
