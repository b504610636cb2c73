"""What is asked about people, by login or by number.

https://docs.github.com/en/rest/users/users
"""

from flask import Blueprint

from local.github.answers import not_found
from local.github.lookup import current
from local.github.shapes import Json

routes = Blueprint("users", __name__)


@routes.get("/users/<login>")
def show_user(login: str) -> Json:
    """The account that has this login now."""
    return _shown(current().github.world.account(login))


@routes.get("/user/<int:number>")
def show_user_by_id(number: int) -> Json:
    """The account of this number, whatever its login is now."""
    return _shown(current().github.world.accounts.get(number))


def _shown(person: Json | None) -> Json:
    if person is None:
        raise not_found("/users/users#get-a-user")
    return {**person, "name": None, "company": None, "email": None, "bio": None, "public_repos": 0}
