class Base:
    def do_inherited(self): ...
class Commands(Base):
    def do_start(self): ...
    def do_stop(self): ...
    def undo(self): ...
    def stop_all(self): ...
    def added(self, name):
        getattr(self, "do_" + name)()  #> CALLS ::Commands.do_start pattern; CALLS ::Commands.do_stop pattern; CALLS ::Base.do_inherited pattern
    def formatted(self, name):
        getattr(self, f"do_{name}")()  #> CALLS ::Commands.do_start pattern; CALLS ::Commands.do_stop pattern; CALLS ::Base.do_inherited pattern
    def percent(self, name):
        method = getattr(self, "do_%s" % name, None)  #> CALLS ::Commands.do_start; CALLS ::Commands.do_stop; CALLS ::Base.do_inherited
        method()  #> CALLS ::Commands.do_start pattern; CALLS ::Commands.do_stop pattern; CALLS ::Base.do_inherited pattern
    def brackets(self, name):
        full = "do_{}".format(name)
        getattr(self, full)()  #> CALLS ::Commands.do_start pattern; CALLS ::Commands.do_stop pattern; CALLS ::Base.do_inherited pattern
    def suffix(self, name):
        getattr(self, name + "_all")()  #> CALLS ::Commands.stop_all pattern
    def anything(self, name):
        getattr(self, name)()  #> UNRESOLVED computed
    def constant(self):
        getattr(self, "undo")()  #> CALLS ::Commands.undo
    def with_default(self, name):
        getattr(self, "missing_" + name, self.undo)()  #> CALLS ::Commands.undo
def elsewhere(thing, name):
    getattr(thing, "do_" + name)()  #> UNRESOLVED computed
