"""An asset card through any course of approving, editing and rejecting, beside a model of it in plain Python."""

import itertools
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from tests.api import Person
from tests.cards import GENERATOR, a_card, put
from tests.chains import chain
from tests.deployment import Deployment

OWNER, STRANGER = "ann", "bob"
INBOX, LIBRARY = ("pending", "flagged"), ("approved", "edited")
# Few words, so that edits repeat; some of them differ in what nobody can see.
WORDS = st.sampled_from(["Mine", "Mine ", "M\u200bine", "Ours", "Tracks parcels by postcode", "小包を追跡"])
SEEN = {"Mine ": "Mine", "M\u200bine": "Mine"}
FIELDS = st.dictionaries(st.sampled_from(["title", "description", "impact"]), WORDS, min_size=1)


@dataclass
class Model:
    """What the card ought to be."""

    status: str
    text: dict[str, str]
    texts: list[tuple[dict[str, str], str]] = field(default_factory=list)
    actions: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts.append((dict(self.text), GENERATOR))
        self.actions.append(("create", GENERATOR))

    def approve(self) -> bool:
        if self.status in INBOX:
            self.status = "approved"
            self.actions.append(("approve", OWNER))
        return self.status in LIBRARY

    def reject(self) -> bool:
        if self.status in INBOX:
            self.status = "rejected"
            self.actions.append(("reject", OWNER))
        return self.status == "rejected"

    def edit(self, words: dict[str, str]) -> bool:
        if self.status == "rejected":
            return False
        changed = self.text | {name: SEEN.get(word, word) for name, word in words.items()}
        if self.status != "edited" or changed != self.text:
            self.status, self.text = "edited", changed
            self.texts.append((dict(changed), OWNER))
            self.actions.append(("edit", OWNER))
        return True


class Course(RuleBasedStateMachine):
    """One card; each rule is a call of the API."""

    deployment: ClassVar[Deployment]
    numbers: ClassVar = itertools.count()

    @initialize(status=st.sampled_from(INBOX))
    def generate(self, status: str) -> None:
        card = a_card(
            OWNER, next(self.numbers), status=status, flags=("ungrounded_number",) if status == "flagged" else ()
        )
        self.id = put(self.deployment, card)
        self.owner = Person(self.deployment, OWNER)
        self.flags = list(card.flags)
        self.meddled = False
        self.model = Model(status, {name: getattr(card, name) for name in ("title", "description", "impact")})

    @rule()
    def approve(self) -> None:
        self.agreed(self.owner.post(f"/api/assets/{self.id}/approve"), taken=self.model.approve())

    @rule(words=FIELDS)
    def edit(self, words: dict[str, str]) -> None:
        self.agreed(self.owner.put(f"/api/assets/{self.id}/edit", words), taken=self.model.edit(words))

    # Early rejections would make most courses dull.
    @precondition(lambda self: self.meddled or len(self.model.actions) > 1)
    @rule()
    def reject(self) -> None:
        self.agreed(self.owner.post(f"/api/assets/{self.id}/reject"), taken=self.model.reject())

    @rule(verb=st.sampled_from(["approve", "reject"]))
    def meddle(self, verb: str) -> None:
        self.meddled = True
        assert Person(self.deployment, STRANGER).post(f"/api/assets/{self.id}/{verb}").status_code == 404

    @invariant()
    def is_as_it_ought_to_be(self) -> None:
        shown = self.owner.get(f"/api/assets/{self.id}").get_json()
        self.compare(shown)
        said = [({name: each[name] for name in self.model.text}, each["writtenBy"]) for each in shown["revisions"]]
        assert said == self.model.texts
        assert [each["revision"] for each in shown["revisions"]] == list(range(1, len(said) + 1))

    @invariant()
    def stands_in_its_place(self) -> None:
        for place, statuses in (("inbox", INBOX), ("library", LIBRARY)):
            listed = self.owner.get(f"/api/assets/{place}", {"limit": "200"}).get_json()["assets"]
            assert (self.id in {each["assetCardId"] for each in listed}) == (self.model.status in statuses)

    def teardown(self) -> None:
        """At the end of a course the whole chain is checked from the documents."""
        if hasattr(self, "model"):
            entries = chain(self.deployment, "asset-cards", self.id)
            assert [(each["action"], each["actor"]) for each in entries] == self.model.actions
            # So that lists stay short.
            self.deployment.firestore.document("asset-cards", self.id).delete()

    def agreed(self, answered: TestResponse, *, taken: bool) -> None:
        if taken:
            assert answered.status_code == 200
            self.compare(answered.get_json())
        else:
            assert (answered.status_code, answered.get_json()["code"]) == (400, "invalid_state")

    def compare(self, shown: dict[str, Any]) -> None:
        assert (shown["status"], shown["revision"]) == (self.model.status, len(self.model.texts))
        assert {name: shown[name] for name in self.model.text} == self.model.text
        assert shown["flags"] == self.flags


def test_every_course_ends_where_it_ought_to(deployment: Deployment) -> None:
    class Courses(Course):
        pass

    Courses.deployment = deployment
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Courses, settings=settings(max_examples=30, stateful_step_count=12, deadline=None, suppress_health_check=quiet)
    )
