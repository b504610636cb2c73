"""How do routes below a repository find it, by its name and by its number?"""

from collections.abc import Callable
from typing import TypeAlias

from flask import Blueprint
from flask.typing import ResponseReturnValue

from local.github.answers import not_found
from local.github.lookup import Need, current, repository_by_id, repository_by_name
from local.github.pulls import Pull
from local.github.world import Repository

View: TypeAlias = Callable[..., ResponseReturnValue]


def about(routes: Blueprint, path: str, need: Need, *, method: str = "GET") -> Callable[[View], View]:
    """A route below a repository, which GitHub serves under its name and, for redirects and pages, its number."""

    def register(view: View) -> View:
        def by_name(owner: str, name: str, **values: object) -> ResponseReturnValue:
            return view(repository_by_name(owner, name, need), **values)

        def by_number(repository_id: int, **values: object) -> ResponseReturnValue:
            return view(repository_by_id(repository_id, need), **values)

        for place, found in (("/repos/<owner>/<name>", by_name), ("/repositories/<int:repository_id>", by_number)):
            routes.add_url_rule(place + path, f"{view.__name__}_{found.__name__}", found, methods=[method])
        return view

    return register


def pull_of(repository: Repository, number: int) -> Pull:
    """A repository's pull request; refuses in GitHub's words."""
    pull = current().github.world.pulls.get((repository.id, number))
    if pull is None:
        raise not_found("/pulls/pulls#get-a-pull-request")
    return pull
