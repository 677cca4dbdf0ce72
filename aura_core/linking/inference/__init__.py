"""Infers what expressions stand for: names through scopes and imports, attributes through classes, calls through what
functions return.

How ``File(path).read()`` in a function ``load(path)`` is linked, where the tree has the class ``File``:

1. ``evaluator.new_inference`` puts the rules of Python together and returns the state of one inference.
2. ``state.InferenceState.infer`` is asked for the callee ``File(path).read``. It looks at the opcode of the row and
   asks the rule ``expressions.infer_attribute``, which first infers the base ``File(path)``.
3. That is a call: ``calls.infer_call`` infers its callee, the name ``File``.
4. ``names.infer_name`` finds no scope that binds it but the module: ``names.infer_global`` takes the bindings that
   reach the module's end, and ``names.infer_bindings`` follows them, with ``names.infer_import`` into other files. The
   answer is a class, ``("c", "files.py", "File", 1)``.
5. ``state.InferenceState.call`` asks the rule for classes, ``calls.call_class``: an instance of it,
   ``("i", "files.py", "File", 1)``.
6. ``state.InferenceState.attribute`` asks the rule for instances, ``members.infer_member``. ``members.lookup`` walks
   the classes of ``members.mro`` until one has ``read``, and ``members.bind_method`` binds what it has to the
   instance. The answer is a bound method, ``("f", "files.py", 2, receiver)``: 2 is its place among the functions of
   the file.
7. `aura_core.linking.calls.resolution` says how sure that is, and ``dataflow.Dataflow.pass_arguments`` lets the
   arguments flow into the parameters. Where more has flowed than before, ``dataflow.Dataflow.forget`` drops the answers
   that depend on it, and these call sites are resolved again.

Everything that was read outside of the own file is recorded by ``state.InferenceState.read``. Containers have their
own rules (``containers.contents``, ``containers.item``, ``containers.iterate``), so have builtin functions
(``builtins.call_external``) and annotations (``annotations.infer_annotation``). What syntax calls without a name comes
from ``implicit_calls.operator_calls``, ``implicit_calls.read_calls`` and ``implicit_calls.class_statement_calls``; what
other files pass to a parameter from ``callbacks.CallbackFinder``.
"""
