# Python 3.12 and later. An interpreter that is older reads it in part, with the same edges.
class Base:
    def own(self): return self


class Box[T](Base):  #> EXTENDS ::Base
    def get[S: Base = Base](self, x: Base) -> S:
        x.own()  #> CALLS ::Base.own exact
        return f"{self.put("a")} {f"{self.own()!r:>{self.put("b")}}"}" "tail"  #> CALLS ::Box.put exact; CALLS ::Base.own exact

    def put(self, x): return x


type Boxes = list[Box]
def loop(boxes: Boxes): return boxes


loop([])  #> CALLS ::loop exact
