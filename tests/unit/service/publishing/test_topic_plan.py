"""How Kept's topics must be, and what is said of those that are not."""

from __future__ import annotations

from monitor.service.publishing.topic_plan import access_rules, differences, planned_topics


def test_events_and_decisions_have_the_partitions_asked_for_and_nothing_is_compacted() -> None:
    planned = {topic.name: topic for topic in planned_topics(12, 3, 2, 7)}
    assert {name: topic.partitions for name, topic in planned.items()} == {
        "kept.events": 12,
        "kept.decisions": 12,
        "kept.dead-letters": 1,
        "kept.replays": 1,
    }
    assert {topic.settings["cleanup.policy"] for topic in planned.values()} == {"delete"}


def test_dead_letters_are_kept_for_a_month() -> None:
    # 30 days of 24 * 3,600 * 1,000 ms.
    assert planned_topics(12, 3, 2, 7)[2].settings["retention.ms"] == "2592000000"


def test_another_number_of_partitions_is_a_difference_that_says_what_it_would_do() -> None:
    wanted = planned_topics(12, 3, 2, 7)[0]
    ((key, found, expected),) = differences(wanted, wanted._replace(partitions=24))
    assert (key, found) == ("partitions", "24")
    assert expected.startswith("12: another number gives every key another partition")


def test_more_replicas_than_asked_for_are_no_difference() -> None:
    wanted = planned_topics(12, 3, 2, 7)[0]
    assert not list(differences(wanted, wanted._replace(replicas=5)))


def test_a_setting_that_is_not_as_it_should_be_is_a_difference() -> None:
    wanted = planned_topics(12, 3, 2, 7)[0]
    found = wanted._replace(settings={**wanted.settings, "cleanup.policy": "compact"})
    assert list(differences(wanted, found)) == [("cleanup.policy", "compact", "delete")]


def test_the_edge_may_read_its_sources_write_events_and_dead_letters_and_is_asked_and_answers() -> None:
    rules = [rule for rule in access_rules(["firm.tickets"], "kept-edge") if "User:kept-edge" in rule]
    assert rules == [
        "--allow-principal User:kept-edge --operation Read --operation Describe --topic firm.tickets",
        "--allow-principal User:kept-edge --operation Read --group kept-edge",
        "--allow-principal User:kept-edge --operation Write --operation Describe --topic kept.events",
        "--allow-principal User:kept-edge --operation Write --operation Describe --topic kept.dead-letters",
        "--allow-principal User:kept-edge --operation Read --operation Write --operation Describe --topic kept.replays",
    ]


def test_a_worker_may_read_events_and_dead_letters_and_asks_and_is_answered() -> None:
    rules = [rule for rule in access_rules(["firm.tickets"], "kept-edge") if "User:kept-worker" in rule]
    assert rules == [
        "--allow-principal User:kept-worker --operation Read --operation Describe --topic kept.events",
        "--allow-principal User:kept-worker --operation Read --operation Describe --topic kept.dead-letters",
        "--allow-principal User:kept-worker --operation Read --operation Write --operation Describe --topic kept.replays",
        "--allow-principal User:kept-worker --operation Read --group kept-worker",
    ]


def test_who_answers_may_write_what_it_hands_on_and_only_who_publishes_decisions() -> None:
    rules = access_rules(["firm.tickets"], "kept-edge")
    writing = {(rule.split()[1].removeprefix("User:"), rule.split()[-1]) for rule in rules if "Write" in rule}
    assert {topic for user, topic in writing if user == "kept-serve"} == {"kept.events", "kept.dead-letters"}
    assert {user for user, topic in writing if topic == "kept.decisions"} == {"kept-publish"}
