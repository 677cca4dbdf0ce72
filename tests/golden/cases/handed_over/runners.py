"""What a library is known to run: calls of the code that hands the function over."""

import asyncio
import atexit
import contextlib
import contextvars
import functools
import multiprocessing
import signal
import threading
import weakref
from concurrent.futures import Executor, ThreadPoolExecutor


class Part:
    def fit(self): ...


class Spare:
    def fit(self): ...


def press(part):
    part.fit()  # > CALLS ::Part.fit inferred
    return part


def polish(part, *, hard=False):
    part.fit()  # > CALLS ::Part.fit inferred


def make(): return Part()
def stop(*_): ...
def ring(): ...


class Line:
    def run(self, part, spare):
        part.fit()  # > CALLS ::Part.fit inferred
        spare.fit()  # > CALLS ::Spare.fit inferred

    def start(self):
        threading.Thread(name="line", target=self.run, args=(Part(),), kwargs={"spare": Spare()})  # > CALLS ::Line.run inferred; CALLS ::Part exact; CALLS ::Spare exact
        threading.Timer(5, polish, [Part()])  # > CALLS ::polish inferred; CALLS ::Part exact
        multiprocessing.Process(target=ring).start()  # > CALLS ::ring inferred


class Press(threading.Thread):
    def run(self): ...

    def again(self):
        self.start()  # > CALLS ::Press.run inferred; CALLS ::HotPress.run override


class HotPress(Press):
    def run(self): ...


def presses(part):
    HotPress().start()  # > CALLS ::HotPress.run inferred; CALLS ::HotPress exact
    part.start()  # > UNRESOLVED unknown-receiver


def pools(executor: Executor):
    with ThreadPoolExecutor(2) as pool:
        pool.submit(make).result().fit()  # > CALLS ::make inferred; CALLS ::Part.fit inferred
        for part in pool.map(press, [Part()]):  # > CALLS ::press inferred; CALLS ::Part exact
            part.fit()  # > CALLS ::Part.fit inferred
    executor.submit(fn=ring).add_done_callback(stop)  # > CALLS ::ring inferred; CALLS ::stop inferred


async def loop(server):
    (await asyncio.to_thread(make)).fit()  # > CALLS ::make inferred; CALLS ::Part.fit inferred
    running = asyncio.get_running_loop()
    running.call_later(1, functools.partial(polish, hard=True), Part())  # > CALLS ::polish inferred; CALLS ::Part exact
    running.add_signal_handler(signal.SIGTERM, stop)  # > CALLS ::stop inferred
    part = await running.run_in_executor(None, make)  # > CALLS ::make inferred
    part.fit()  # > CALLS ::Part.fit inferred
    running.call_soon(server.halt)  # > UNRESOLVED unknown-receiver


def around(action):
    return action()  # > CALLS ::ring inferred


def inside():
    return contextvars.copy_context().run(around, ring)  # > CALLS ::around inferred; REFERENCES ::ring argument


@atexit.register  # the line of the decorator's site is the one of the name below
def leave(): ...


def hooks(item):
    atexit.register(stop)  # > CALLS ::stop inferred
    signal.signal(signal.SIGINT, stop)  # > CALLS ::stop inferred
    weakref.finalize(item, ring)  # > CALLS ::ring inferred
    with contextlib.ExitStack() as stack:
        stack.callback(ring)  # > CALLS ::ring inferred
