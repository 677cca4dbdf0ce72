import kit
from kit import fields, own, same
fields.make()  #> CALLS kit/fields.py::make
fields.String()  #> CALLS kit/fields.py::String.__init__ exact
kit.fields.make()  #> CALLS kit/fields.py::make exact
kit.tools.hammer()  #> CALLS kit/tools.py::hammer exact
kit.hammer()  #> CALLS kit/tools.py::hammer exact
same()  #> CALLS kit/same.py::same exact
own()  #> CALLS kit/__init__.py::own exact
