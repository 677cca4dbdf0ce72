# Classes that define the same names: each use means the name of one class only.
class One:
    kind = None
    def __init__(self):
        self.tool = Hammer()
        self.own = self.act
    def act(self): ...
    def call(self):
        self.act()  #> CALLS ::One.act exact
        self.tool.use()  #> CALLS ::Hammer.use inferred
        self.own()  #> CALLS ::One.act
class Two:
    def __init__(self):
        self.tool = Saw()
    def act(self): ...
    def call(self):
        self.act()  #> CALLS ::Two.act exact
        self.tool.use()  #> CALLS ::Saw.use inferred
        act()  #> CALLS ::act exact
def act(): ...
class Hammer:
    def use(self): ...
class Saw:
    def use(self): ...
def which(thing):
    thing.use()  #> UNRESOLVED unknown-receiver
    thing.act()  #> UNRESOLVED unknown-receiver
class Base:
    def step(self): ...
    def begin(self):
        self.step()  #> CALLS ::Base.step inferred; CALLS ::Left.step override; CALLS ::Right.step override
class Left(Base):
    def step(self): ...
    def left(self):
        self.step()  #> CALLS ::Left.step exact
        super().step()  #> CALLS ::Base.step exact
        super(Left, self).step()  #> CALLS ::Base.step exact
class Right(Base):
    def step(self): ...
    def __init__(self):
        super().__init__()  #> NOTHING
class Alone:
    def step(self): ...
def by_class():
    Left().step()  #> CALLS ::Left exact; CALLS ::Left.step inferred
    Base.step(Left())  #> CALLS ::Left exact; CALLS ::Base.step
    Right().begin()  #> CALLS ::Right.__init__ exact; CALLS ::Base.begin inferred
def same_name_twice():
    class One:
        def act(self): ...
    One().act()  #> CALLS ::same_name_twice.One exact; CALLS ::same_name_twice.One.act inferred
class Top:
    def go(self): ...
class A(Top):
    def go(self): ...
class B(Top):
    def go(self): ...
class C(A, B):
    def go(self):
        super().go()  #> CALLS ::A.go exact
class D(B, A):
    def run(self):
        self.go()  #> CALLS ::B.go exact
        super().go()  #> CALLS ::B.go exact
        super(B, self).go()  #> CALLS ::A.go exact
        super(A, self).go()  #> CALLS ::Top.go exact
class Callable_:
    def __call__(self): ...
class NotCallable:
    def called(self): ...
class Keeps:
    def __init__(self):
        self.f = Callable_()
        self.g = NotCallable()
    def use(self):
        self.f()  #> CALLS ::Callable_.__call__ inferred
        self.g()  #> UNRESOLVED no-such-member
        self.f  #> NOTHING
class Makes:
    def __call__(self): ...
Makes()  #> CALLS ::Makes exact
def raises(error):
    raise Failed  #> CALLS ::Failed.__init__ exact
def raises_made():
    error = Failed()  #> CALLS ::Failed.__init__ exact
    raise error  #> NOTHING
def catches():
    try: ...
    except Failed as failed:
        failed.explain()  #> CALLS ::Failed.explain inferred
        raise  #> NOTHING
    except (KeyError, Other) as other:
        other.explain()  #> CALLS ::Other.explain inferred
class Failed(Exception):
    def __init__(self): ...
    def explain(self): ...
class Other(Exception):
    def explain(self): ...
class Opened:
    def __enter__(self): return Inside()
    def __exit__(self, *a): ...
    def read(self): ...
class Inside:
    def read(self): ...
def opens(one: Opened):
    with one as two:  #> CALLS ::Opened.__enter__ inferred; CALLS ::Opened.__exit__ inferred
        two.read()  #> CALLS ::Inside.read inferred
        one.read()  #> CALLS ::Opened.read inferred
class Stepped:
    def __iter__(self): return Steps()
class Steps:
    def __next__(self): return Inside()
    def __iter__(self): return self
def iterates(s: Stepped, plain: Hammer):
    for inside in s:  #> CALLS ::Stepped.__iter__ inferred; CALLS ::Steps.__next__ inferred
        inside.read()  #> CALLS ::Inside.read inferred
    for nothing in plain: ...  #> NOTHING
    plain + 1  #> NOTHING
    len(plain)  #> NOTHING
class Shared:
    tool = Hammer()
    def use(self):
        self.tool.use()  #> CALLS ::Hammer.use inferred
    def __str__(self): ...
def prints(s: Shared, h: Hammer):
    str(s)  #> CALLS ::Shared.__str__ inferred
    str(h)  #> NOTHING
    repr(s)  #> NOTHING
class Hidden:
    def __secret(self): ...
    def use(self):
        self.__secret()  #> CALLS ::Hidden.__secret exact
class Stranger:
    def __secret(self): ...
    def use(self, hidden: Hidden):
        self.__secret()  #> CALLS ::Stranger.__secret exact
class Dispatches:
    def do_run(self): ...
    def done(self): ...
    def undo_run(self): ...
    def go(self, name):
        getattr(self, "do_" + name)()  #> CALLS ::Dispatches.do_run pattern
        getattr(self, "done")()  #> CALLS ::Dispatches.done exact
        getattr(self, "do_")()  #> UNRESOLVED no-such-member
        getattr(None, "do_" + name)()  #> UNRESOLVED computed
        hasattr(self, "do_run")  #> NOTHING
class Elsewhere:
    def do_run(self): ...
