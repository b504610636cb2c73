"""Is the database the one that the code and its tests assume, and can it be had back?"""

import json

from local.functions import ROOT
from tests.terraform.planning import Plan

INDEXES = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))


def order_of(field: dict[str, str]) -> tuple[str, str]:
    """A field of an index: its path, and how it is ordered or that it is an array."""
    return (field.get("fieldPath") or field["field_path"]), (
        field.get("order") or field.get("arrayConfig") or field["array_config"]
    )


class TestDatabase:
    def test_can_be_had_back(self, either: Plan) -> None:
        (database,) = either.of("google_firestore_database").values()
        assert database["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
        assert database["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
        assert database["deletion_policy"] == "ABANDON"

    def test_is_backed_up_daily(self, either: Plan) -> None:
        (schedule,) = either.of("google_firestore_backup_schedule").values()
        assert schedule["daily_recurrence"]
        assert schedule["retention"] == f"{30 * 24 * 3600}s"

    def test_is_the_one_that_the_code_asks_for(self, either: Plan) -> None:
        (database,) = either.of("google_firestore_database").values()
        assert (database["name"], database["type"]) == ("(default)", "FIRESTORE_NATIVE")


class TestIndexes:
    def test_are_those_of_the_file(self, either: Plan) -> None:
        wanted = {
            (each["collectionGroup"], each["queryScope"], *map(order_of, each["fields"])) for each in INDEXES["indexes"]
        }
        planned = {
            (each["collection"], each["query_scope"], *map(order_of, each["fields"]))
            for each in either.of("google_firestore_index").values()
        }
        assert planned == wanted
        assert len(either.of("google_firestore_index")) == len(INDEXES["indexes"])

    def test_of_one_field_are_those_of_the_file(self, either: Plan) -> None:
        wanted = {
            (each["collectionGroup"], each["fieldPath"]): [
                (index["queryScope"], index.get("order"), index.get("arrayConfig")) for index in each["indexes"]
            ]
            for each in INDEXES["fieldOverrides"]
        }
        planned = {
            (each["collection"], each["field"]): [
                (index["query_scope"], index["order"], index["array_config"])
                for index in each["index_config"][0]["indexes"]
            ]
            for each in either.of("google_firestore_field").values()
        }
        assert {key: sorted(map(str, value)) for key, value in planned.items()} == {
            key: sorted(map(str, value)) for key, value in wanted.items()
        }

    def test_leave_documents_to_expire(self, either: Plan) -> None:
        wanted = {(each["collectionGroup"], each["fieldPath"]) for each in INDEXES["fieldOverrides"] if each.get("ttl")}
        planned = {
            (each["collection"], each["field"])
            for each in either.of("google_firestore_field").values()
            if each["ttl_config"]
        }
        assert planned == wanted
        assert wanted


class TestRules:
    def test_are_those_of_the_file(self, either: Plan) -> None:
        (ruleset,) = either.of("google_firebaserules_ruleset").values()
        (file,) = ruleset["source"][0]["files"]
        assert file["content"] == (ROOT / "firestore.rules").read_text("utf-8")

    def test_are_released_for_the_database(self, either: Plan) -> None:
        (release,) = either.of("google_firebaserules_release").values()
        assert release["name"] == "cloud.firestore"
