"""What a library gets without being known: references, each with how it is handed over."""

import functools
import inspect
import sys
from dataclasses import dataclass

import bus
import web
from plans import Plan, PlanError


def opened(event): ...
def closed(event): ...
def fallback(): ...
def audit(event): ...
def tidy(event): ...
def sweep(event): ...
def first(): ...
def second(): ...
def lazily(): ...


bus.subscribe("open", opened)  # > REFERENCES ::opened argument
bus.subscribe("close", handler=closed)  # > REFERENCES ::closed argument
sys.excepthook = audit  # > REFERENCES ::audit stored
LISTENERS = [
    tidy,  # > REFERENCES ::tidy stored
    bus.named("sweep", sweep),  # > REFERENCES ::sweep argument
]
AUDIT = "handed_over.hooks.audit"  # > NOTHING
PLAN = "plans.Plan.build"  # > REFERENCES plans.py::Plan.build text
NO_PLAN = "plans.Plan.gone"  # > NOTHING


@web.route("/open")  # the decorator's site is the line below
def page(): ...


@functools.cache
def cached(): ...


@dataclass
class Row:
    maker: object = Plan  # > REFERENCES plans.py::Plan stored


def guarded(action=fallback):  # > REFERENCES ::fallback default
    return action  # > NOTHING


def choose(flag):
    return first if flag else second  # > REFERENCES ::first returned; REFERENCES ::second returned


def produce():
    yield lazily  # > REFERENCES ::lazily returned


def checks(value):
    if isinstance(value, (Plan, Row)) or value in (Plan, Row):  # > NOTHING
        return inspect.signature(first)  # > NOTHING
    try:
        return Plan.build(value)  # > CALLS plans.py::Plan.build exact
    except (PlanError, ValueError):  # > NOTHING
        return None


class Screen:
    def _title(self): ...
    title = property(_title)  # > REFERENCES ::Screen._title argument
    def draw(self): ...
    def close(self): ...
    def refit(self): ...

    def bind(self, keys):
        keys.on("q", self.close)  # > REFERENCES ::Screen.close argument; UNRESOLVED unknown-receiver
        keys.map["d"] = self.draw  # > NOTHING
        bus.subscribe("fit", keys.refit)  # > UNRESOLVED unknown-receiver
        bus.subscribe("fit", keys.size)  # > NOTHING
        self.draw()  # > CALLS ::Screen.draw exact


class Home(web.View):
    def get(self): ...


def replaced(): ...
def replacing(): ...
def overridden(): ...


bus.subscribe("home", Home.as_view("home"))  # > CALLS external:web.View.as_view exact; REFERENCES ::Home argument
OVERRIDES = {replaced: replacing}  # > REFERENCES ::replaced stored; REFERENCES ::replacing stored
bus.overrides[overridden] = 1  # > REFERENCES ::overridden stored
