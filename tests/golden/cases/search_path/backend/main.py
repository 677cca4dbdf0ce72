from services.mail import send  #> IMPORTS backend/services/mail.py
from api import routes  #> IMPORTS backend/api/routes.py
