class Reads:
    def check(self):
        self.stream.flush_all()  #> CALLS ::Raw.flush_all; CALLS ::Text.flush_all
        self.prepare()  #> CALLS ::OfRaw.prepare inferred; CALLS ::Shared.prepare
        self.absent()  #> UNRESOLVED no-such-member
    @classmethod
    def make(cls):
        cls.kind()  #> CALLS ::Text
class Raw:
    def flush_all(self): ...
class Text:
    def flush_all(self): ...
class Shared:
    kind = Text
    def prepare(self): ...
class OfRaw(Reads):
    def __init__(self):
        self.stream = Raw()  #> CALLS ::Raw
    def prepare(self):
        self.stream.flush_all()  #> CALLS ::Raw.flush_all
class OfText(Reads, Shared):
    stream = Text()  #> CALLS ::Text
Reads().prepare()  #> CALLS ::Reads; UNRESOLVED no-such-member
class Has:
    def stop(self): ...
    def go(self):
        self.stop()  #> CALLS ::Has.stop; CALLS ::More.stop override
class More(Has):
    def stop(self): ...
