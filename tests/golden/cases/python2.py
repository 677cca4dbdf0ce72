# -*- coding: utf-8 -*-
# Python 2 code, which no interpreter that runs Aura can parse.
import os, sys  #> IMPORTS external:os; IMPORTS external:sys


class Failed(Exception):  #> EXTENDS external:builtins.Exception
    pass


class Base:
    def run(self, (left, right)=(0, 1)):
        print >>sys.stderr, "running", left, self.name()  #> CALLS ::Base.name exact
        return right

    def name(self):
        print "%s" % helper(0777), helper(10L)  #> CALLS ::helper exact
        return `helper(1)`  #> CALLS ::helper exact

    def check(self):
        try:
            self.run((1, 2))  #> CALLS ::Base.run inferred; CALLS ::Child.run override
        except (OSError, Failed), failed:
            raise Failed, failed, helper(2)  #> CALLS ::helper exact; CALLS ::Failed exact
        if self.name() <> ur"x":  #> CALLS ::Base.name exact
	    exec helper(3) in {}  #> CALLS ::helper exact


class Child(Base):  #> EXTENDS ::Base
    def run(self, pair):
        return map(lambda (a, b): helper(a), pair)  #> CALLS ::helper exact


def helper(x):
    return x


print helper("at the end")  #> CALLS ::helper exact
