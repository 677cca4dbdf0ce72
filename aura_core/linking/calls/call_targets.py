"""Adds targets to call sites: for a function, a class, a callback, and for the overriders of a method."""

from __future__ import annotations

from typing import Final

from aura_core.linking.calls.call_sites import CallSite
from aura_core.linking.dependency_keys import KEY_MEMBER, KEY_OVERRIDES
from aura_core.linking.inference.dynamic_attributes import BY_NAME
from aura_core.linking.inference.members import infer_metaclasses
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState
from aura_core.linking.program import BEFORE, Address, method_address
from aura_core.linking.values import (
    V_CLASS,
    V_FUNCTION,
    V_PARAMETER,
    CallableRef,
    ClassRef,
    ParameterRef,
    Receiver,
    Ref,
    functions_in,
    instance_of,
    is_class,
    is_function,
    is_instance,
)
from aura_core.model.graph import Resolution

CYTHON_SUFFIXES: Final = (".pyx", ".pxd", ".pxi")
"""Suffixes of files whose classes may have the constructor ``__cinit__``."""

MAX_OVERRIDERS: Final = 256
"""A call of a method with more overriders than this is linked to the looked-up method alone."""


MAX_OVERRIDERS_OF_UNIQUE: Final = 8
"""The same where nothing is known of the receiver: of many overriders each one is unlikely."""


class CallTargets:
    """Adds targets to call sites. ``lambdas`` keeps lambdas as ends of edges instead of leaving them out."""

    def __init__(self, state: InferenceState, *, lambdas: bool) -> None:
        self._state, self._lambdas = state, lambdas
        self._overriders_of: dict[Address, frozenset[str]] = {}

    def uid(self, function: CallableRef) -> str:
        """Return the uid of a function as the end of an edge; "" for a lambda, unless ``lambdas`` is set."""
        _, path, place, *_ = function
        return self._end(path, self._state.program.files[path].function_name(place))

    def _end(self, path: str, name: str) -> str:
        return f"{path}::{name}" if self._lambdas or "<lambda" not in name else ""

    def add_function(self, site: CallSite, function: CallableRef, resolution: Resolution) -> None:
        """Add a function that is called; a receiver that was found by its name alone makes it a ``pattern``."""
        _, _, _, receiver, *_ = function
        if receiver is not None:
            _, _, _, exactness = receiver
            resolution = Resolution.PATTERN if exactness == BY_NAME else resolution
        site.add(self.uid(function), resolution)

    def add_class(self, site: CallSite, ref: ClassRef, resolution: Resolution) -> list[CallableRef]:
        """Add what the call of a class runs; return its constructors, which get the arguments.

        These are its ``__new__`` and ``__init__`` in the tree, else what its data class runs, or the class itself.
        Where its metaclass has a ``__call__``, that is called, and may call the others.
        """
        # a metaclass's ``__call__`` decides whether the constructors run, so they are only inferred after it
        metaclasses = infer_metaclasses(self._state, ref, MAX_CHAIN)
        for method in [m for meta in metaclasses for m in self._methods(meta, "__call__")]:
            self.add_function(site, method, resolution)
            resolution = Resolution.INFERRED
        _, path, name, exactness = ref
        instance = instance_of(ref, exactness)
        constructors = self._methods(instance, "__new__") + self._methods(instance, "__init__")
        if path.endswith(CYTHON_SUFFIXES):
            constructors += self._methods(instance, "__cinit__")
        for constructor in constructors:
            self.add_function(site, constructor, resolution)
        if constructors:
            self._add_constructed(site, ref, constructors)
            return constructors
        # the generated ``__init__`` of a data class is in no file; it calls ``__post_init__``
        initialisers = self._methods(instance, "__post_init__")
        for initialiser in initialisers:
            site.add(self.uid(initialiser), Resolution.INFERRED)
        if initialisers:
            self._add_constructed(site, ref, initialisers)
        else:
            site.add(f"{path}::{name}", resolution)
        return []

    def _add_constructed(self, site: CallSite, ref: ClassRef, constructors: list[CallableRef]) -> None:
        """Add a class whose constructors are all of its bases: no edge to them says that it is made."""
        _, path, name, _ = ref
        uid = f"{path}::{name}"
        if not any(self.uid(constructor).rpartition(".")[0] == uid for constructor in constructors):
            site.constructed = [*site.constructed, uid]

    def _methods(self, value: Ref, name: str) -> list[CallableRef]:
        return functions_in(self._state.attribute(value, name, MAX_CHAIN - 1))

    def add_callback(self, site: CallSite, ref: Ref) -> None:
        """Add a function, a class, an instance or a parameter whose value something outside the tree calls."""
        if is_function(ref):
            self.add_function(site, ref, Resolution.INFERRED)
        elif is_class(ref):
            self.add_class(site, ref, Resolution.INFERRED)
        elif is_instance(ref):
            for method in self._methods(ref, "__call__"):
                self.add_function(site, method, Resolution.INFERRED)
        elif ref[0] == V_PARAMETER:
            self.add_parameter(site, ref)

    def add_parameter(self, site: CallSite, ref: ParameterRef) -> None:
        """Add everything that other files pass for a parameter which is called."""
        _, place, position = ref
        for _, _, _, kind, path, name in self._state.callbacks[place, position]:
            if kind == V_FUNCTION:
                site.add(self._end(path, name), Resolution.INFERRED)
            else:
                self.add_class(site, (V_CLASS, path, name, 1), Resolution.INFERRED)

    def add_overriders(self, site: CallSite, receiver: Receiver, name: str) -> None:
        """Add the methods of a name that subclasses of the receiver's class have, if the receiver may be of one."""
        _, path, qualname, exactness = receiver
        if exactness:
            return
        overriders = self._overriders(path, qualname, name)
        if not overriders:
            return
        # any of the overriders may run instead, so the method that was looked up is no longer exact
        site.targets = [(uid, _at_most_inferred(resolution)) for uid, resolution in site.targets]
        if len(overriders) <= MAX_OVERRIDERS:
            self._state.spend(len(overriders))
            uids = {uid for uid, _ in site.targets}  # what is called for sure is no override as well
            site.targets += [(uid, Resolution.OVERRIDE) for uid in sorted(overriders) if uid not in uids]

    def add_overriders_of_unique(self, site: CallSite, uid: str, name: str) -> None:
        """Add the methods that override the only method of a name: the receiver may be of any of their classes."""
        path, qualname, name = method_address(uid, name)
        overriders = self._overriders(path, qualname, name)
        if len(overriders) <= MAX_OVERRIDERS_OF_UNIQUE:
            site.targets += [(overrider, Resolution.OVERRIDE) for overrider in sorted(overriders)]

    def _overriders(self, path: str, qualname: str, name: str) -> frozenset[str]:
        """Return the uids of the methods that may run instead of a class's method. Many sites ask for the same."""
        uids = self._overriders_of.get((path, qualname, name))
        if uids is None:
            self._overriders_of[path, qualname, name] = uids = self._read_overriders(path, qualname, name)
        return uids

    def _read_overriders(self, path: str, qualname: str, name: str) -> frozenset[str]:
        """Return the methods of subclasses, and those of the classes that stand before the class in the mro of one."""
        state, table = self._state, self._state.program.overriders
        state.read(KEY_OVERRIDES, path, qualname, name)
        state.read(KEY_OVERRIDES, path, qualname, BEFORE)
        uids = set(table.get((path, qualname, name)) or ())
        for class_uid in table.get((path, qualname, BEFORE)) or ():
            class_path, _, class_name = class_uid.rpartition("::")
            state.read(KEY_MEMBER, class_path, class_name, name)
            function = state.program.files[class_path].method(class_name, name)
            if function is not None:
                uids.add(f"{class_path}::{function}")
        return frozenset(uids)


def _at_most_inferred(resolution: Resolution) -> Resolution:
    return Resolution.INFERRED if resolution is Resolution.EXACT else resolution
