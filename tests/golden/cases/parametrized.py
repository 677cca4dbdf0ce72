import pytest
def first(): ...
def second(): ...
class Field:
    def load(self): ...
class Other:
    def load(self): ...
@pytest.mark.parametrize("make", [Field, first])
def test_one(make):
    make()  #> CALLS ::Field; CALLS ::first
@pytest.mark.parametrize(("call", "field"), [(first, Field()), (second, Other())])  #> CALLS ::Field; CALLS ::Other
@pytest.mark.slow
def test_two(call, field):
    call()  #> CALLS ::first; CALLS ::second
    field.load()  #> CALLS ::Field.load; CALLS ::Other.load
class TestThree:
    @pytest.mark.parametrize("make, n", [(Field, 1)])
    @pytest.mark.parametrize("call", [second])
    def test_three(self, make, call, n):
        make().load()  #> CALLS ::Field; CALLS ::Field.load
        call()  #> CALLS ::second
def parametrize(names, values):
    return lambda test: test
@parametrize("make", [Field])  #> CALLS ::parametrize
def test_four(make):
    make()  #> UNRESOLVED parameter
