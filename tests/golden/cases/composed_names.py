class Talk:
    PATTERN = "on_%s"
    def say(self, word):
        name = "on_" + word
        getattr(self, name.lower())()  #> CALLS ::Talk.on_a pattern; CALLS ::Talk.on_b pattern
        getattr(self, ("ON_" + word.strip()).casefold())()  #> CALLS ::Talk.on_a pattern; CALLS ::Talk.on_b pattern; UNRESOLVED unknown-receiver
        getattr(self, ("at_" + word).replace("at_", "on_"))()  #> CALLS ::Talk.on_a pattern; CALLS ::Talk.on_b pattern
        getattr(self, START + word)()  #> CALLS ::Talk.on_a pattern; CALLS ::Talk.on_b pattern
        getattr(self, START.format(word))()  #> UNRESOLVED computed
        getattr(self, BRACES.format(word).upper())()  #> CALLS ::Talk.DO_IT pattern
        getattr(self, PERCENT % word)()  #> CALLS ::Talk.read_all_now pattern
        getattr(self, word.lower())()  #> UNRESOLVED computed; UNRESOLVED unknown-receiver
    def on_a(self): ...
    def on_b(self): ...
    def DO_IT(self): ...
    def read_all_now(self): ...
START = "on_"
BRACES = "do_{}"
PERCENT = "read_%s_now"
def task_one(): ...
def task_two(): ...
class task_class: ...
task_number = 1
def run(word):
    globals()["task_one"]()  #> CALLS ::task_one inferred
    globals().get("task_two")()  #> CALLS ::task_two inferred
    for name in ("task_one", "task_two"):
        globals()[name]()  #> CALLS ::task_one inferred; CALLS ::task_two inferred
    table = {"task_one": task_two}
    table["task_one"]()  #> CALLS ::task_two inferred
def run_composed(word):
    globals()["task_" + word]()  #> CALLS ::task_one pattern; CALLS ::task_two pattern; CALLS ::task_class pattern
    globals()[word]()  #> UNRESOLVED computed
