"""Reviews of a pull request: the list, and posting one.

https://docs.github.com/en/rest/pulls/reviews
"""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from local.github.answers import ApiError, page_of
from local.github.lookup import Need, current
from local.github.reviews import STATES, NewReview, problems
from local.github.routing import about, pull_of
from local.github.shapes import Json
from local.github.world import Repository

routes = Blueprint("reviews", __name__)
_CREATE = "/pulls/reviews#create-a-review-for-a-pull-request"


@about(routes, "/pulls/<int:number>/reviews", Need("pull_requests"))
def list_reviews(repository: Repository, number: int) -> ResponseReturnValue:
    """All reviews, the oldest first; one that is pending only for its author."""
    pull_of(repository, number)
    github = current().github
    app = github.world.apps.get(current().principal.app_id or 0)
    reader = app.bot["login"] if app else None
    found = [
        review.document
        for review in github.world.reviews_of(repository.id, number)
        if review.document["state"] != STATES[None] or review.author == reader
    ]
    return page_of(found, f"/repositories/{repository.id}/pulls/{number}/reviews")


@about(routes, "/pulls/<int:number>/reviews", Need("pull_requests", "write"), method="POST")
def create_review(repository: Repository, number: int) -> ResponseReturnValue:
    """A review by the App's bot: all of it, or nothing."""
    pull = pull_of(repository, number)
    github = current().github
    sent = _sent()
    found = problems(sent, pull)
    if found:
        raise ApiError(422, "Unprocessable Entity", page=_CREATE, errors=found)
    author = github.world.apps[current().principal.app_id or 0].bot
    new = NewReview(github.world.new_id(), author, sent, github.clock.stamp())
    return github.world.add_review(repository.id, number, new.build(pull)).document


def _sent() -> Json:
    sent: Any = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise ApiError(400, "Problems parsing JSON", page=_CREATE)
    comments = sent.get("comments") or []
    if not isinstance(comments, list) or not all(isinstance(each, dict) for each in comments):
        raise ApiError(422, "Invalid request. For 'comments', an array is required.", page=_CREATE)
    return sent
