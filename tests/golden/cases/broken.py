# A statement that no Python can parse is lost alone: everything around it stays.
class A(object):
    def first(self):
        return self.second(1 2)  #> NOTHING

    def second(self, x):
        self.first()  #> CALLS ::A.first exact
        return (

    def third(self):
        self.second(1)  #> CALLS ::A.second exact


def open_bracket(a, b:
    closed(a)  #> CALLS ::closed exact


def closed(x):
    y = closed(x) + = closed(x)  #> CALLS ::closed exact
    for z in closed(x)
        open_bracket(z)  #> CALLS ::open_bracket exact
    if closed(1)(:
        open_bracket(2)  #> CALLS ::open_bracket exact
    elif closed(2):  #> CALLS ::closed exact
        pass
<<<<<<< ours
class B(A):  #> EXTENDS ::A
    pass
=======
>>>>>>> theirs


B().third()  #> CALLS ::A.third inferred; CALLS ::B exact
