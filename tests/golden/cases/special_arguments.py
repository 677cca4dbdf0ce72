import heapq
class Card:
    def __lt__(self, other): ...
    def __gt__(self, other): ...
    def __hash__(self): ...
    def __eq__(self, other): ...
    def __str__(self): ...
class Plain:
    def value(self): ...
def order(cards: list[Card]):
    sorted([Card(), Card()])  #> CALLS ::Card; CALLS ::Card.__lt__ inferred
    sorted(cards, key=len)  #> NOTHING
    cards.sort()  #> CALLS ::Card.__lt__ inferred
    max(Card(), Card())  #> CALLS ::Card; CALLS ::Card.__gt__ inferred
    heapq.heappush([], Card())  #> CALLS ::Card; CALLS ::Card.__lt__ inferred
    sorted([Plain()])  #> CALLS ::Plain
def keep(card: Card, names):
    {card: 1}  #> CALLS ::Card.__hash__; CALLS ::Card.__eq__
    {card, 1}  #> CALLS ::Card.__hash__; CALLS ::Card.__eq__
    {card for _ in names}  #> CALLS ::Card.__hash__; CALLS ::Card.__eq__
    {card: 1 for _ in names}  #> CALLS ::Card.__hash__; CALLS ::Card.__eq__
    set([card])  #> CALLS ::Card.__hash__; CALLS ::Card.__eq__
    [card, 1]  #> NOTHING
    {"a": card}  #> NOTHING
def show(*things):
    print("a", *things)  #> CALLS ::Card.__str__ inferred
show(Card())  #> CALLS ::show; CALLS ::Card
class Dial:
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)  #> CALLS ::Dial.level#2 pattern
    @property
    def level(self): ...
    @level.setter
    def level(self, value): ...
    @property
    def fixed(self): ...
    def reset(self):
        self.level = 0  #> CALLS ::Dial.__setattr__
        setattr(self, "level", 0)  #> CALLS ::Dial.__setattr__
class Knob:
    @property
    def level(self): ...
    @level.setter
    def level(self, value): ...
    def reset(self):
        self.level = 0  #> CALLS ::Knob.level#2
        setattr(self, "level", 0)  #> CALLS ::Knob.level#2
        setattr(self, "other", 0)  #> NOTHING
def early(): ...
def late(): ...
def table(flag):
    rows = {"k": early, "other": early}
    rows.update({"k": late})
    rows["k"]()  #> CALLS ::late
    rows["other"]()  #> CALLS ::early
    names = dict(k=early)
    names.update(k=late)
    names["k"]()  #> CALLS ::late
    maybe = {"k": early}
    if flag:
        maybe.update({"k": late})
    maybe["k"]()  #> CALLS ::early; CALLS ::late
