import attached
import table
from attached import Shape, area, hidden
from table import Engine, begin, never
from tested import Robot, halt, other, spawn
Shape().grow()  #> CALLS attached/core.py::Shape; CALLS attached/core.py::Shape.grow
area().grow()  #> CALLS attached/core.py::area; CALLS attached/core.py::Shape.grow
attached.tools.cut()  #> CALLS attached/tools.py::cut
hidden()  #> UNRESOLVED unknown-value
Robot().walk()  #> CALLS tested/bot.py::Robot; CALLS tested/bot.py::Robot.walk
spawn().walk()  #> CALLS tested/bot.py::spawn; CALLS tested/bot.py::Robot.walk
halt()  #> CALLS tested/bot.py::halt
other()  #> UNRESOLVED unknown-value
Engine().run()  #> CALLS table/motor.py::Engine; CALLS table/motor.py::Engine.run
begin().run()  #> CALLS table/motor.py::start_up; CALLS table/motor.py::Engine.run
table.Engine().run()  #> CALLS table/motor.py::Engine; CALLS table/motor.py::Engine.run
never()  #> UNRESOLVED unknown-value
