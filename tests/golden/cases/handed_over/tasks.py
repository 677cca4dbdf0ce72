"""Tasks of a queue, which run later, and dependencies of a web framework, which run before the function."""

from typing import Annotated

from celery import Celery, shared_task
from fastapi import Depends, Security

app = Celery("shop")


class Basket:
    def pay(self): ...


class Page:
    def __init__(self, number: int = 1): ...


@shared_task
def mail(user): ...


@app.task(bind=True, name="shop.sweep")
def sweep(self): ...


@shared_task
def idle(): ...


def order(user):
    mail.delay(user)  # > CALLS ::mail inferred
    mail.apply_async((user,), countdown=3)  # > CALLS ::mail inferred
    (sweep.s() | mail.si(user))()  # > CALLS ::sweep inferred; CALLS ::mail inferred; UNRESOLVED computed
    app.send_task("shop.sweep")  # > CALLS ::sweep inferred
    return mail.name  # > NOTHING


SCHEDULE = {"sweep": {"task": "shop.sweep"}}  # > REFERENCES ::sweep text


def basket():
    yield Basket()  # > CALLS ::Basket exact


def user(shown=Depends(basket)):  # > CALLS ::basket inferred
    return shown


Buyer = Annotated[str, Security(user)]  # > CALLS ::user inferred


def pay(
    owner=Depends(user),  # > CALLS ::user inferred
    page: Page = Depends(),  # > CALLS ::Page.__init__ inferred
    again: Annotated[Page, Depends()] = None,  # > CALLS ::Page.__init__ inferred
    shown: Basket = Depends(dependency=basket),  # > CALLS ::basket inferred
):
    shown.pay()  # > CALLS ::Basket.pay inferred
