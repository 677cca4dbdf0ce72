# Python is started in ``backend``, the nearest folder above that has ``services``.
from services.mail import send  #> IMPORTS backend/services/mail.py
send()  #> CALLS backend/services/mail.py::send exact
