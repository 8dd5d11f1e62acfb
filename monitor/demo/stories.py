"""What happens in a case: somebody takes it, answers, asks, waits, hands it on, gives a date, settles it, owns up.

A story is a generator of events in the order of time. It is written as one would tell it; the scene knows how long
each thing takes (`scene.py`), the openings are in `openings.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import merge
from typing import Any, Final

from monitor.demo.firm import UNHAPPY
from monitor.demo.openings import OPENINGS, ticket
from monitor.demo.scene import HELPDESK, IN_PROGRESS, MAIL, SURVEYS, TELEPHONY, Scene, Story
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, InstantUs, format_instant
from monitor.domain.promises.promise import Kind

WAITS_FOR_CLIENT: Final = ("waiting on client", "waiting for signature")
WAITS_FOR_OTHERS: Final = ("with the tax office", "with the bank")


def matter(scene: Scene) -> Story:
    """A case from beginning to end."""
    yield from OPENINGS[scene.channel](scene)
    if scene.dice.random() < 0.012:
        yield from _junk(scene)
        return
    # Where one case becomes two, both go on at the same time.
    elsewhere = _second_case(scene)
    yield from merge(elsewhere, _course(scene), key=lambda step: step[0])


def _course(scene: Scene) -> Story:
    yield from _taken_in_charge(scene)
    if scene.dice.random() < 0.008:
        scene.firm_works(60 * HOUR_US, 90 * HOUR_US)  # forgotten, and found when somebody tidies up
    settled_at = scene.done_at(Kind.RESOLVE, scene.opened_at)
    for _ in range(scene.dice.choices((0, 1, 2, 3), (34, 38, 18, 10))[0]):
        yield from scene.dice.choices(_EPISODES, _EPISODE_WEIGHTS)[0](scene)
    yield from scene.until(settled_at + scene.paused_us)
    yield from _settled(scene)
    yield from _breaches_owned(scene)
    yield from _afterwards(scene)


# Somebody takes it


def _taken_in_charge(scene: Scene) -> Story:
    """A named person has it, and the client hears from a person; either may come first."""
    began = scene.at
    owned_at = scene.done_at(Kind.OWN, scene.opened_at)
    heard = scene.channel in {"call", "remote", "ticket"}
    answered_at = None if heard else scene.done_at(Kind.FIRST_RESPONSE, began)
    if answered_at is not None and answered_at < owned_at:
        scene.at = answered_at
        yield from _answer(scene)
        answered_at = None
    scene.at = max(scene.at, owned_at)
    yield from _assigned(scene)
    if scene.dice.random() < 0.12:
        scene.priority = scene.dice.choice(("normal", "high"))
        yield scene.event("ticket.changed", HELPDESK, {"priority": scene.priority, "status": IN_PROGRESS})
    if answered_at is not None:
        scene.at = max(scene.at, answered_at)
        yield from _answer(scene)


def _assigned(scene: Scene) -> Story:
    """To a person; now and then to a robot or only to a team first."""
    dice, began = scene.dice, scene.at
    person = scene.holder or scene.somebody()
    if dice.random() < 0.05:
        yield scene.event("ticket.assigned", HELPDESK, {"holder": "Alma", "robot": True})
        scene.pause_for(5 * SECOND_US, 40 * SECOND_US)
    elif dice.random() < 0.12:
        yield scene.event("ticket.assigned", HELPDESK, {"team": person.team})
        scene.pause_for(30 * SECOND_US, 4 * MINUTE_US)
    scene.holder = person
    yield scene.event("ticket.assigned", HELPDESK, {"holder": person.name, "team": person.team})
    if scene.at - began < MINUTE_US and dice.random() < 0.5:
        scene.pause_for(SECOND_US, MINUTE_US)
        yield scene.stand(IN_PROGRESS)


def _answer(scene: Scene) -> Story:
    """The firm answers, sometimes after a word among colleagues that the client never sees."""
    if scene.dice.random() < 0.18:
        yield scene.event(
            "email.sent", MAIL, {"author": scene.author(), "internal": True, "text": "Who knows this one?"}
        )
        scene.pause_for(20 * SECOND_US, 90 * SECOND_US)
    yield scene.says("Thank you. This is what we have found so far.")
    yield from scene.is_written_down()


# What happens on the way


def _exchange(scene: Scene) -> Story:
    """The client writes again and is answered; now and then writes twice, or only a robot does."""
    scene.client_thinks(50 * MINUTE_US)
    began = scene.at
    yield scene.client_says("One more thing about this.")
    answered_at = scene.done_at(Kind.NEXT_RESPONSE, began)
    if scene.dice.random() < 0.15:
        scene.pause_for(2 * MINUTE_US, 10 * MINUTE_US)
        if scene.at < answered_at:
            yield scene.client_says("And I forgot the attachment.")
    if scene.dice.random() < 0.1:
        data = {"address": scene.address, "automatic": True, "text": "I am out of the office."}
        yield scene.event("email.received", MAIL, data, named=False)
    yield from scene.until(answered_at)
    yield from _answer(scene)


def _question_to_client(scene: Scene) -> Story:
    """The firm asks and the case waits for the client."""
    scene.firm_works(5 * MINUTE_US, 50 * MINUTE_US)
    yield scene.says("Could you send us the missing document?")
    scene.pause_for(SECOND_US, 30 * SECOND_US)
    yield scene.stand(scene.dice.choice(WAITS_FOR_CLIENT))
    scene.client_thinks(3 * HOUR_US)
    yield scene.client_says("Here it is.")
    began = scene.at
    scene.pause_for(SECOND_US, 10 * SECOND_US)
    yield scene.stand(IN_PROGRESS)
    yield from scene.until(scene.done_at(Kind.NEXT_RESPONSE, began))
    yield from _answer(scene)


def _third_party(scene: Scene) -> Story:
    """Somebody outside has to answer first."""
    scene.firm_works(5 * MINUTE_US, 40 * MINUTE_US)
    yield scene.stand(scene.dice.choice(WAITS_FOR_OTHERS))
    scene.firm_works(HOUR_US, 14 * HOUR_US)
    yield scene.stand(IN_PROGRESS)
    scene.pause_for(MINUTE_US, 15 * MINUTE_US)
    yield scene.says("They have answered, and we go on.")


def _handed_on(scene: Scene) -> Story:
    """Somebody else gets it; one in four times it comes back."""
    before = scene.holder
    scene.firm_works(10 * MINUTE_US, 2 * HOUR_US)
    scene.holder = scene.somebody()
    yield scene.event("ticket.assigned", HELPDESK, {"holder": scene.holder.name, "team": scene.holder.team})
    yield from scene.is_written_down()
    if before is not None and before != scene.holder and scene.dice.random() < 0.25:
        scene.firm_works(10 * MINUTE_US, HOUR_US)
        scene.holder = before
        yield scene.event("ticket.assigned", HELPDESK, {"holder": before.name, "team": before.team})


def _date_given(scene: Scene) -> Story:
    """ "I'll come back to you by Friday": proposed, made or declined, kept, moved or taken back."""
    dice, name = scene.dice, f"word-{scene.written}"
    speaker = scene.author()
    kept_by = "resolution" if dice.random() < 0.15 else "contact"
    given_for = dice.choice(_DATES_AHEAD[kept_by])
    by = scene.hours().after(scene.at, given_for)
    words = f"I'll come back to you by {scene.hours().to_local_datetime(by):%A %H:%M}."
    data = {"promise": name, "speaker": speaker, "words": words, "by": format_instant(by)}
    if dice.random() < 0.25:
        yield scene.event("promise.proposed", HELPDESK, data)
        scene.pause_for(2 * MINUTE_US, 15 * MINUTE_US)
        if dice.random() < 0.4:
            yield scene.event("promise.declined", HELPDESK, {"promise": name, "reason": "we can't keep that"})
            return
    yield scene.says(words)
    scene.pause_for(SECOND_US, 20 * SECOND_US)
    yield scene.event("promise.made", HELPDESK, data | {"kept_by": kept_by})
    yield from _date_met(scene, name, by)


_DATES_AHEAD: Final = {
    "contact": (HOUR_US, 2 * HOUR_US, 4 * HOUR_US, 12 * HOUR_US),
    "resolution": (16 * HOUR_US, 30 * HOUR_US),
}
"""How much working time the firm gives itself, by what keeps the date."""


def _date_met(scene: Scene, name: str, by: InstantUs) -> Story:
    dice, hours, began = scene.dice, scene.hours(), scene.at
    done_at = hours.after(began, int(hours.between(began, by) * scene.share(Kind.BY)))
    fate = dice.random()
    if fate < 0.15:
        scene.at = max(scene.at, hours.after(began, hours.between(began, by) // 2))
        later = {"promise": name, "by": format_instant(hours.after(by, 2 * HOUR_US)), "agreed": dice.random() < 0.6}
        yield scene.event("promise.amended", HELPDESK, later)
    elif fate < 0.2:
        scene.pause_for(MINUTE_US, 10 * MINUTE_US)
        yield scene.event("promise.withdrawn", HELPDESK, {"promise": name, "reason": "no longer needed"})
    yield from scene.until(done_at)
    yield scene.says("As I said I would: here is the answer.")


def _rung_up(scene: Scene) -> Story:
    """The firm rings the client about it."""
    scene.firm_works(10 * MINUTE_US, 90 * MINUTE_US)
    call = {"call": f"{scene.case}/{scene.written}", "direction": "outbound", "number": scene.number}
    call["agent"] = scene.author()
    yield scene.event("call.answered", TELEPHONY, call)
    scene.pause_for(MINUTE_US, 12 * MINUTE_US)
    yield scene.event("call.ended", TELEPHONY, call)
    scene.heard_from_us()


_EPISODES: Final[tuple[Callable[[Scene], Story], ...]] = (
    _exchange,
    _question_to_client,
    _third_party,
    _handed_on,
    _date_given,
    _rung_up,
)
_EPISODE_WEIGHTS: Final = (42, 18, 9, 11, 14, 6)


# Settled, or not


def _settled(scene: Scene) -> Story:
    yield scene.event("ticket.resolved", HELPDESK, {"by": scene.author()})
    scene.pause_for(SECOND_US, 90 * SECOND_US)
    yield scene.says("This is settled now. Tell us if it is not.")


def _breaches_owned(scene: Scene) -> Story:
    """What was late is noticed, explained, told, apologised for and made good: as far as the firm gets with it."""
    dice = scene.dice
    for kind in scene.late:
        if dice.random() < 0.12:
            scene.firm_works(10 * MINUTE_US, 2 * HOUR_US)
            data = {"kind": kind.value, "reason": "the client's own system was down", "approved_by": "Priya Raman"}
            yield scene.event("breach.excused", HELPDESK, data)
            continue
        taken = dice.choices(range(6), (20, 20, 10, 15, 20, 15))[0]
        for step in _AMENDS[:taken]:
            scene.firm_works(5 * MINUTE_US, HOUR_US)
            yield scene.event(step, HELPDESK, {"kind": kind.value, "by": scene.author()} | _AMENDS_DATA.get(step, {}))
        if taken == len(_AMENDS) - 1:
            scene.firm_works(5 * MINUTE_US, HOUR_US)
            data = {"kind": kind.value, "by": "Priya Raman", "reason": "they were content with our apology"}
            yield scene.event("breach.closed", HELPDESK, data)


_AMENDS: Final = (
    "breach.acknowledged",
    "breach.explained",
    "breach.client_told",
    "breach.apologised",
    "breach.remedied",
)
_AMENDS_DATA: Final[Mapping[str, dict[str, Any]]] = {
    "breach.explained": {"cause": "too few people", "words": "More came in at once than we have people for."},
    "breach.remedied": {"amount": 50.0, "currency": "GBP", "approved_by": "Priya Raman"},
}


_SAYS: Final = 4.4
_SAYS_UNHAPPY: Final = 2.0
"""The score that clients usually give, of five, where nothing was late."""


def _afterwards(scene: Scene) -> Story:
    """Thanks, a survey, and the file is closed; unless it was not settled after all."""
    dice = scene.dice
    if dice.random() < 0.07:
        yield from _reopened(scene)
    elif dice.random() < 0.2:
        scene.client_thinks(HOUR_US)
        yield scene.client_says("Thank you!")
    if dice.random() < 0.22:
        scene.client_thinks(5 * HOUR_US)
        usual = _SAYS_UNHAPPY if scene.client == UNHAPPY else _SAYS
        score = min(5, max(1, round(dice.gauss(usual, 0.8) - len(scene.late))))
        yield scene.event("satisfaction.recorded", SURVEYS, {"score": score, "scale": "1-5"})
    scene.at += dice.randint(DAY_US, 3 * DAY_US)
    yield scene.event("ticket.closed", HELPDESK, {"by": "Alma"})


def _reopened(scene: Scene) -> Story:
    scene.client_thinks(4 * HOUR_US)
    yield scene.client_says("I am afraid it is not right yet.")
    began = scene.at
    scene.pause_for(SECOND_US, 20 * MINUTE_US)
    yield scene.event("ticket.reopened", HELPDESK, {"reason": "not settled"})
    yield from scene.until(max(scene.at, scene.done_at(Kind.NEXT_RESPONSE, began)))
    yield from _answer(scene)
    scene.firm_works(10 * MINUTE_US, 2 * HOUR_US)
    yield from _settled(scene)


# One case becomes two, or none


def _junk(scene: Scene) -> Story:
    """Somebody looks at it and throws it away."""
    scene.pause_for(20 * SECOND_US, 5 * MINUTE_US)
    yield scene.event("ticket.deleted", HELPDESK, {"by": scene.author(), "reason": "junk"})


def _second_case(scene: Scene) -> Story:
    """The same matter is opened twice, or two matters turn out to be in one case; mostly neither."""
    fate = scene.dice.random()
    if fate > 0.075:
        return iter(())
    branch = scene.branch("b")
    if fate < 0.03:
        return _opened_twice(branch, scene.case)
    if fate < 0.045:
        return _written_twice(branch, scene.case)
    return _split_off(branch, scene.case, scene.at)


def _opened_twice(branch: Scene, original: str) -> Story:
    """The client opens a second ticket about it, and the help desk merges it into the first."""
    branch.pause_for(2 * MINUTE_US, 20 * MINUTE_US)
    yield ticket(branch)
    branch.pause_for(MINUTE_US, 8 * MINUTE_US)
    yield branch.event("ticket.merged", HELPDESK, {"into": original})


def _written_twice(branch: Scene, original: str) -> Story:
    """A mail about it begins a thread of its own: it may name the ticket; if not, somebody sees that the two are one."""
    branch.channel = "email"
    branch.pause_for(2 * MINUTE_US, 20 * MINUTE_US)
    about = {"about": [original]} if branch.dice.random() < 0.5 else {}
    yield branch.client_says("Did you get my message?", **about)
    branch.pause_for(MINUTE_US, 8 * MINUTE_US)
    yield branch.event("case.linked", HELPDESK, {"to": original})


def _split_off(branch: Scene, original: str, said_at: InstantUs) -> Story:
    """There were two questions in one message: the second gets a case of its own."""
    branch.pause_for(3 * MINUTE_US, 12 * MINUTE_US)
    data = {"out_of": original, "started_at": format_instant(said_at)}
    yield branch.event("ticket.split", HELPDESK, data)
    yield from _course(branch)
