def f(): ...
def g(): ...
alias = f
f()  #> CALLS ::f exact
alias()  #> CALLS ::f
later = f
later = g
later()  #> CALLS ::g inferred
def shadow(f):
    f()  #> UNRESOLVED parameter
undefined_name()  #> UNRESOLVED unknown-name
len([])  #> CALLS external:builtins.len exact
def f(): return 2  # a later definition of the same name
f()  #> CALLS ::f#2 exact
