"""Resolves call sites: finds what each callee stands for, or the reason why that is not known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from aura_core.linking.call_arguments import function_argument
from aura_core.linking.calls.call_sites import TOO_COMPLEX, CallSite
from aura_core.linking.calls.call_targets import CallTargets
from aura_core.linking.calls.resolution import bindings_of, resolution_of
from aura_core.linking.calls.texts import values_of_text
from aura_core.linking.dependency_keys import KEY_ONLY_METHOD
from aura_core.linking.inference.builtin_types import FILLABLE, FUTURE, common_methods, is_known_type, type_members
from aura_core.linking.inference.containers import type_name
from aura_core.linking.inference.dataflow import MAX_ROUNDS, Dataflow
from aura_core.linking.inference.generic_functions import chosen_implementations
from aura_core.linking.inference.members import flags_of, has_member, mro
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState, TooComplex
from aura_core.linking.libraries.runners import HOOKS, NAME_METHODS, RUNNERS, TASK_METHODS
from aura_core.linking.program import method_address
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    CUT,
    V_CLASS,
    V_EXTERNAL,
    V_FUNCTION,
    V_INSTANCE,
    V_METHOD,
    V_MODULE,
    V_NAMED_TUPLE,
    V_PARAMETER,
    V_SUPER,
    CallableRef,
    ClassRef,
    ExternalRef,
    InstanceRef,
    MethodRef,
    ParameterRef,
    Ref,
    functions_in,
    instance_type,
    is_class,
    is_class_like,
    is_container,
    is_elements,
    is_external,
    is_namespace,
    is_receiver,
    is_super,
    unique,
)
from aura_core.model.graph import EXTERNAL, Resolution
from aura_core.parsing.python import ir

_CONTAINER_PATHS: Final = {kind: dotted for dotted, kind in FILLABLE.items()}
"""Type name of a container -> its import path, as in ``"deque"`` -> ``"collections.deque"``."""


UNKNOWN_RESULT: Final = "()."
"""What the path of an attribute of a value has whose type is not known: ``json.load().items``."""


class CallResolver:
    """Resolves the call sites of one file."""

    def __init__(self, state: InferenceState, file: SourceFile, targets: CallTargets) -> None:
        self.state, self.file, self.targets = state, file, targets
        self.dataflow = Dataflow(state, file)

    def resolve_all(self, sites: list[CallSite]) -> None:
        """Resolve every site. Repeat that for sites whose targets depend on a heap entry into which more values have
        flowed since, for at most ``MAX_ROUNDS`` rounds.
        """
        due = sites
        for _ in range(MAX_ROUNDS):
            for number, row in enumerate(self.file.stores, 1):  # from 1, because 0 means "replaces nothing"
                self.dataflow.store(number, row)
            for site in due:
                self.state.trail = []
                self.state.begin()
                self._resolve_within_limit(site)
                if self.state.trail:  # the earlier ones stay: a target may have come through another way before
                    site.flows = {*site.flows, *self.state.trail}
            changes = self.dataflow.forget()
            if not changes:
                return
            due = [site for site in sites if not changes.isdisjoint(site.flows)]
            if self.state.is_spent:
                for site in due:
                    site.reason = TOO_COMPLEX
                return

    def _resolve_within_limit(self, site: CallSite) -> None:
        targets_before = site.targets
        try:
            self._resolve(site)
        except TooComplex:
            site.targets, site.reason = [*targets_before, *site.targets], TOO_COMPLEX

    def _resolve(self, site: CallSite) -> None:
        site.targets, site.handed, site.constructed = [], (), ()
        site.reason, site.outside, site.is_bound = "", "", False
        if site.site_kind == ir.C_RAISE:
            for value in self._infer(site, site.place):
                if is_class(value):
                    self.targets.add_class(site, value, Resolution.EXACT)
            return
        row = self.file.exprs[site.place]
        assert ir.is_call(row), site
        _, callee, _, _ = row
        callee_row = self.file.exprs[callee]
        values = chosen_implementations(self.state, self.file, site.scope, row, self._infer(site, callee))
        resolution = resolution_of(self.state, self.file, site.scope, callee, values)
        if not values:
            # ``x.route("/")(f)``: what the only method of a name returns
            values, resolution = self._results_of_unique(site, callee_row), Resolution.UNIQUE
        for value in values:
            rule = _RULES.get(value[0])
            if rule is not None:
                rule(self, site, row, value, resolution)
        self._add_overriders(site, callee_row, values)
        self._add_task(site, row, callee_row)
        if site.site_kind == ir.C_CALL and not site.targets:
            self._explain(site, callee, values)

    def _infer(self, site: CallSite, place: int) -> Sequence[Ref]:
        return self.state.infer(self.file, site.scope, place, MAX_CHAIN)

    def _add_function(self, site: CallSite, row: ir.CallExpr, value: CallableRef, resolution: Resolution) -> None:
        _, _, _, receiver, *_ = value
        site.is_bound = site.is_bound or receiver is not None
        self.targets.add_function(site, value, resolution)
        self.dataflow.pass_arguments(site.scope, row, value)

    def _add_class(self, site: CallSite, row: ir.CallExpr, value: ClassRef, resolution: Resolution) -> None:
        for constructor in self.targets.add_class(site, value, resolution):
            self.dataflow.pass_arguments(site.scope, row, constructor)

    def _add_instance(self, site: CallSite, row: ir.CallExpr, value: InstanceRef, resolution: Resolution) -> None:
        for method in functions_in(self.state.attribute(value, "__call__", MAX_CHAIN - 1)):
            self.targets.add_function(site, method, Resolution.INFERRED)
            self.dataflow.pass_arguments(site.scope, row, method)

    def _add_parameter(self, site: CallSite, row: ir.CallExpr, value: ParameterRef, resolution: Resolution) -> None:
        self.targets.add_parameter(site, value)

    def _add_named_tuple(self, site: CallSite, row: ir.CallExpr, value: Ref, resolution: Resolution) -> None:
        site.add(f"{EXTERNAL}builtins.tuple", Resolution.INFERRED)  # no statement of the tree made that class

    def _add_method(self, site: CallSite, row: ir.CallExpr, value: MethodRef, resolution: Resolution) -> None:
        self.dataflow.pass_arguments(site.scope, row, value)
        site.outside = _method_path(self.state, value)
        self._add_outside(site, row, site.outside, Resolution.INFERRED)

    def _add_external(self, site: CallSite, row: ir.CallExpr, value: ExternalRef, resolution: Resolution) -> None:
        _, dotted = value
        self.dataflow.pass_through(site.scope, row, dotted)
        self._add_outside(site, row, dotted, resolution)
        if dotted in HOOKS:
            self._add_hook(site, row, HOOKS[dotted])
        site.is_getattr = dotted == "builtins.getattr"
        site.outside = dotted

    def _add_outside(self, site: CallSite, row: ir.CallExpr, dotted: str, resolution: Resolution) -> None:
        """Add something outside the tree, and what it runs. An attribute of a value of unknown type may be anything,
        also something of the tree: it is no target.
        """
        if UNKNOWN_RESULT not in dotted:
            site.add(EXTERNAL + dotted, resolution)
        runner = RUNNERS.get(dotted)
        if runner is not None:
            self.dataflow.run(site.scope, row, runner)
            self._add_handed(site, function_argument(row, runner))

    def _add_handed(self, site: CallSite, place: int) -> None:
        """Add a function that the callee of a site runs because it gets it, or the reason why that is not known."""
        if not place:
            return
        handed = CallSite(site.scope, site.site_kind, place, site.line, site.text)
        values = self._infer(site, place)
        for value in values:
            self.targets.add_callback(handed, value)
        row = self.file.exprs[place]
        self._add_overriders(handed, row, values)
        if not values and not handed.targets and (ir.is_name(row) or ir.is_attribute(row) or ir.is_in_scope(row)):
            self._explain(handed, place, values)
            site.name, site.reason = handed.name, handed.reason
        site.handed = [*site.handed, *handed.targets]
        site.constructed = [*site.constructed, *handed.constructed]

    def _add_hook(self, site: CallSite, row: ir.CallExpr, name: str) -> None:
        """Add the method of the receiver that a method from outside calls: ``start`` of a thread calls ``run``."""
        _, place, _, _ = row
        callee = self.file.exprs[place]
        if not ir.is_attribute(callee):
            return
        _, base, _ = callee
        hook = CallSite(site.scope, site.site_kind, place, site.line, site.text)
        for receiver in self._infer(site, base):
            for method in functions_in(self.state.attribute(receiver, name, MAX_CHAIN - 1)):
                self.targets.add_function(hook, method, Resolution.INFERRED)
            if is_receiver(receiver):
                self.targets.add_overriders(hook, receiver, name)
        site.handed = [*site.handed, *hook.targets]

    def _add_task(self, site: CallSite, row: ir.CallExpr, callee: ir.Expr | None) -> None:
        """Add the function that a method of what a decorator made of it runs, ``task.delay(1)``, and the one that a
        method runs by its name, ``app.send_task("clean")``.
        """
        if not ir.is_attribute(callee):
            return
        _, base, name = callee
        if name in TASK_METHODS and not site.targets:
            for function in functions_in(self._infer(site, base)):
                _, path, place, *_ = function
                if flags_of(self.state.program.files[path].functions[place]) & ir.F_DECORATED:
                    self.targets.add_function(site, function, Resolution.INFERRED)
        if name in NAME_METHODS:
            _, _, arguments, _ = row
            for argument in arguments[:1]:
                for value in values_of_text(self.state, self.file.exprs[argument]):
                    self.targets.add_callback(site, value)

    def _add_overriders(self, site: CallSite, callee: ir.Expr | None, values: Sequence[Ref]) -> None:
        """Add the methods of subclasses too where a method is called on a value that may be of a subclass."""
        open_methods = [function for function in functions_in(values) if _may_be_overridden(function)]
        bases: Sequence[Ref] = ()
        # a callee that is exactly known, such as ``C.method``, cannot be an overriding method
        if ir.is_attribute(callee) and (open_methods or not values):
            _, base, name = callee
            bases = self._infer(site, base)
            for receiver in bases:
                if is_receiver(receiver):
                    self.targets.add_overriders(site, receiver, name)
        for _, path, place, bound_to, *_ in open_methods:
            # a bound method that was passed on: it was looked up elsewhere, under its own name
            if bound_to is not None and bound_to not in bases and not any(map(is_super, bases)):
                _, _, name = self.state.program.files[path].function_name(place).rpartition(".")
                self.targets.add_overriders(site, bound_to, name)

    def _explain(self, site: CallSite, callee: int, values: Sequence[Ref]) -> None:
        """Set the reason why it is not known what a site calls; add a target where the name alone gives one."""
        row = self.file.exprs[callee]
        # a callee without a name, as in ``table[key]()``
        site.name, site.reason = "", "computed"
        if row is None:
            return
        if ir.is_attribute(row):
            self._explain_attribute(site, row, is_value_known=bool(values))
        elif row[0] in (ir.E_NAME, ir.E_BOUND, ir.E_IN):
            site.name = self._name_of(row)
            bindings = bindings_of(self.file, site.scope, callee)
            if bindings is None:
                site.reason = "unknown-name"
            else:
                site.name = self._imported_name(bindings) or site.name
                is_parameter = any(ir.is_parameter_binding(binding) for binding in bindings)
                site.reason = "parameter" if is_parameter else "unknown-value"

    def _imported_name(self, bindings: Sequence[ir.Binding]) -> str:
        """Return the name that a name has in the module that it is imported from; "" for what is not imported."""
        for binding in bindings:
            if binding[0] == ir.B_FROM:
                _, _, _, name = binding
                return name
        return ""

    def _name_of(self, row: ir.Expr) -> str:
        inner: ir.Expr | None = row
        if ir.is_in_scope(row):
            _, _, place = row
            inner = self.file.exprs[place]
        _, *operands = inner or (0,)
        name = next(iter(operands), "")
        return name if isinstance(name, str) else ""

    def _explain_attribute(self, site: CallSite, row: ir.AttributeExpr, *, is_value_known: bool) -> None:
        _, base, site.name = row
        values = self._infer(site, base)
        kinds = {value[0] for value in values}
        has_class = not kinds.isdisjoint((V_CLASS, V_INSTANCE, V_SUPER, V_MODULE))
        is_missing = has_class or self._is_missing_in_builtins(site, base, values)
        site.reason = "no-such-member" if is_missing else "unknown-receiver"
        if has_class and not is_value_known and any(has_member(self.state, value, site.name) for value in values):
            site.reason = "unknown-value"  # the attribute exists, but nobody knows what it stands for
        # members.EMPTY_BASES leaves ``object`` out of look-ups, so its methods are recognised here
        if kinds and kinds <= {V_INSTANCE, V_SUPER} and site.name in type_members("object"):
            site.outside = f"builtins.object.{site.name}"
            site.targets, site.reason = [(f"{EXTERNAL}{site.outside}", Resolution.INFERRED)], ""
        elif V_CLASS in kinds and site.reason == "no-such-member" and site.name in type_members("type"):
            site.targets, site.reason = [(f"{EXTERNAL}builtins.type.{site.name}", Resolution.INFERRED)], ""
        elif not values and self._add_unique(site):
            site.reason = ""
        elif any(is_class_like(value) and CUT in mro(self.state, value) for value in values):
            site.reason = TOO_COMPLEX

    def _is_missing_in_builtins(self, site: CallSite, base: int, values: Sequence[Ref]) -> bool:
        """Tell whether the receiver is of builtin types that have no attribute of the name of the site. A parameter may
        get more than its default, and a container that an annotation describes may be of a type with more methods.
        """
        if not values or any(map(self._is_bare_parameter, bindings_of(self.file, site.scope, base) or ())):
            return False
        return all(self._lacks(value, site.name) for value in values)

    def _lacks(self, value: Ref, name: str) -> bool:
        """Tell whether a value that has no attribute of a name is known to have none."""
        if is_external(value):
            _, dotted = value
            return dotted.startswith("builtins.")
        kind = type_name(self.state, value) if is_container(value) else instance_type(value) or ""
        # a tuple may be a named one, which has a few methods more
        may_have = (is_elements(value) and name in common_methods()) or (kind == "tuple" and name.startswith("_"))
        return is_known_type(kind) and not may_have

    def _is_bare_parameter(self, binding: ir.Binding) -> bool:
        """Tell whether a binding is a parameter without an annotation."""
        if not ir.is_parameter_binding(binding):
            return False
        _, function, position, _ = binding
        _, _, _, parameters, *_ = self.file.functions[function]
        _, _, _, annotation = parameters[position]
        return not annotation

    def _add_unique(self, site: CallSite) -> bool:
        """Add the only method of that name in the tree, or the one that all others override, unless builtin types have
        one too; tell whether there is one.
        """
        if site.name.startswith("__") or site.name in common_methods():
            return False
        only = self._only_method(site.name)
        if not only:
            return False
        functions = functions_in(self._values_of_method(only, site.name))
        for uid in [self.targets.uid(function) for function in functions] or [only]:
            site.add(uid, Resolution.UNIQUE)
        self.targets.add_overriders_of_unique(site, only, site.name)
        return True

    def _only_method(self, name: str) -> str | None:
        self.state.read(KEY_ONLY_METHOD, name)
        return self.state.program.only_method(name)

    def _values_of_method(self, uid: str, name: str) -> Sequence[Ref]:
        """Return what a method stands for after its decorators, bound to an instance of its class."""
        path, qualname, _ = method_address(uid, name)
        return self.state.attribute((V_INSTANCE, path, qualname, 0), name, MAX_CHAIN - 1)

    def _results_of_unique(self, site: CallSite, row: ir.Expr | None) -> Sequence[Ref]:
        """Return what a call returns of the only method of a name, where nothing is known of the receiver."""
        if not ir.is_call(row):
            return ()
        _, callee, _, _ = row
        method = self.file.exprs[callee]
        if not ir.is_attribute(method):
            return ()
        _, base, name = method
        if name.startswith("__") or name in common_methods() or self._infer(site, base):
            return ()
        only = self._only_method(name)
        values = self._values_of_method(only, name) if only else ()
        return unique(r for value in values for r in self.state.call(value, MAX_CHAIN - 1))


_RULES: Final[dict[str, Callable[..., None]]] = {
    V_FUNCTION: CallResolver._add_function,
    V_CLASS: CallResolver._add_class,
    V_INSTANCE: CallResolver._add_instance,
    V_EXTERNAL: CallResolver._add_external,
    V_METHOD: CallResolver._add_method,
    V_NAMED_TUPLE: CallResolver._add_named_tuple,
    V_PARAMETER: CallResolver._add_parameter,
}
"""What the call of a value adds to its site, by the kind of the value. The table is not in the resolver: bound methods
there would be a reference cycle, and linking runs without the cyclic garbage collector.
"""


def _may_be_overridden(function: CallableRef) -> bool:
    """Tell whether a function is a method of a receiver that may be of a subclass."""
    _, _, _, receiver, *_ = function
    # exactness 0: the receiver may be of a subclass
    return receiver is not None and receiver[3] == 0


def _method_path(state: InferenceState, method: MethodRef) -> str:
    """Return the import path of a method of a container, such as ``collections.deque.append``."""
    _, container, name = method
    kind = "dict" if is_namespace(container) else type_name(state, container)
    return f"{_CONTAINER_PATHS.get(kind, kind if kind == FUTURE else f'builtins.{kind}')}.{name}"
