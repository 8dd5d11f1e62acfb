"""How a case begins: by mail, portal, chat, telephone, letter, in a meeting, or on the firm's own initiative."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from monitor.demo.firm import SOLD_ON_PARTNERS
from monitor.demo.scene import CALENDAR, HELPDESK, MAIL, TELEPHONY, Scene, Step, Story
from monitor.domain.hours.instant import HOUR_US, MINUTE_US, SECOND_US, format_instant
from monitor.domain.promises.promise import Kind

MATTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "payroll": ("Two payslips are wrong this month", "New starter missing from the run", "Pension deductions changed"),
    "tax": ("VAT return: the box totals differ", "Letter from the tax office", "Is this expense deductible?"),
    "bookkeeping": ("Supplier paid twice", "Bank feed has stopped", "Please correct invoice 4417"),
    "audit": ("Samples for the interim audit", "Stock count date", "Confirmation letters"),
    "advisory": ("We are looking at a lease", "Cash forecast for the board", "Question about the share scheme"),
}
"""What clients want, by service."""

ROBOT: Final = "Autoreply"
PARTNER: Final = "Rosalind Finch"
SHORT_PATIENCE: Final = 0.05
"""Share of callers who hang up while they wait."""


def ticket(scene: Scene, *, by: str = "client", status: str = "new") -> Step:
    """The help desk opens a ticket."""
    data: dict[str, Any] = {"by": by, "channel": scene.channel, "status": status, "priority": scene.priority}
    data |= {"service": scene.service, "tags": list(scene.tags), "title": scene.dice.choice(MATTERS[scene.service])}
    return scene.event("ticket.opened", HELPDESK, data)


def by_mail(scene: Scene) -> Story:
    """A mail arrives, becomes a ticket, and is answered by a robot at once."""
    yield scene.client_says("Could you look into this, please?")
    scene.pause_for(SECOND_US, 20 * SECOND_US)
    yield ticket(scene)
    scene.pause_for(SECOND_US, 5 * SECOND_US)
    data = {"address": scene.address, "author": ROBOT, "automatic": True, "text": "We have received your message."}
    yield scene.event("email.sent", MAIL, data)


def by_portal(scene: Scene) -> Story:
    """The client fills in the form of the portal."""
    yield ticket(scene)
    scene.pause_for(SECOND_US, 3 * SECOND_US)
    yield scene.event("chat.sent", HELPDESK, {"channel": "portal", "author": ROBOT, "automatic": True})


def by_chat(scene: Scene) -> Story:
    """The client opens the chat window."""
    yield scene.client_says("Hello, is anybody there?")
    scene.pause_for(SECOND_US, 4 * SECOND_US)
    yield ticket(scene)


def by_letter(scene: Scene) -> Story:
    """A letter is stamped by the post room and becomes a ticket some time later."""
    yield scene.event("letter.received", MAIL, {"address": scene.address}, named=False)
    scene.pause_for(3 * MINUTE_US, 9 * MINUTE_US)
    yield ticket(scene)


def by_meeting(scene: Scene) -> Story:
    """A meeting is arranged and held, and leaves the firm with something to do."""
    dice = scene.dice
    yield ticket(scene, by="staff", status="open")
    scene.pause_for(SECOND_US, 2 * MINUTE_US)
    scene.holder = scene.somebody()
    yield scene.event("ticket.assigned", HELPDESK, {"holder": scene.holder.name, "team": scene.holder.team})
    invited = PARTNER if scene.client == SOLD_ON_PARTNERS else scene.holder.name
    at = scene.firm.desk(scene.client).hours.after(scene.at, dice.randint(1, 5) * HOUR_US)
    visit = dice.random() < 0.4
    scene.pause_for(20 * SECOND_US, 5 * MINUTE_US)
    meeting = {"meeting": f"{scene.case}/meeting"}
    scheduled = {"at": format_instant(at), "visit": visit, "invited": [invited]}
    yield scene.event("meeting.scheduled", CALENDAR, meeting | scheduled)
    if dice.random() < 0.15:
        scene.pause_for(10 * MINUTE_US, 40 * MINUTE_US)
        at = scene.firm.desk(scene.client).hours.after(max(scene.at, at), dice.randint(1, 3) * HOUR_US)
        yield scene.event("meeting.moved", CALENDAR, meeting | {"at": format_instant(at)})
    if dice.random() < 0.06:
        scene.pause_for(10 * MINUTE_US, 30 * MINUTE_US)
        yield scene.event("meeting.cancelled", CALENDAR, meeting | {"by": "client", "reason": "no longer needed"})
        return
    scene.at = max(scene.at, at) + dice.randint(0, 15) * MINUTE_US
    # Where partners were sold, somebody else comes.
    comes = scene.holder.name if scene.client == SOLD_ON_PARTNERS else invited
    held = {"visit": visit, "attended": [comes], "client_attended": dice.random() < 0.95}
    yield scene.event("meeting.held", CALENDAR, meeting | held)
    scene.heard_from_us()


def by_ourselves(scene: Scene) -> Story:
    """The firm finds something and tells the client before being asked."""
    yield ticket(scene, by="staff", status="open")
    scene.firm_works(5 * MINUTE_US, 40 * MINUTE_US)
    yield scene.says("We noticed something in your books and are looking into it.")


def by_telephone(scene: Scene) -> Story:
    """The client rings. Out of hours, or if nobody picks up, there is the answering machine."""
    dice = scene.dice
    call = {"call": f"{scene.case}/call", "number": scene.number}
    yield scene.event("call.offered", TELEPHONY, call, named=False)
    scene.pause_for(8 * SECOND_US, 30 * SECOND_US)
    call["queue"] = scene.firm.desk(scene.client).office
    yield scene.event("call.offered", TELEPHONY, call, named=False)
    if not scene.hours().is_open(scene.at) or dice.random() < 0.06:
        yield from _voicemail(scene, call)
    elif dice.random() < SHORT_PATIENCE:
        yield from _abandoned(scene, call)
    else:
        yield from _answered(scene, call)


def _answered(scene: Scene, call: dict[str, Any]) -> Story:
    dice = scene.dice
    scene.at += max(SECOND_US, int(scene.share(Kind.ANSWER_CALL) * 20 * SECOND_US))
    scene.holder = scene.somebody()
    yield scene.event("call.answered", TELEPHONY, call | {"agent": scene.holder.name})
    scene.pause_for(40 * SECOND_US, 6 * MINUTE_US)
    if dice.random() < 0.15:
        scene.holder = scene.somebody()
        yield scene.event("call.transferred", TELEPHONY, call | {"agent": scene.holder.name})
        scene.pause_for(60 * SECOND_US, 5 * MINUTE_US)
    yield scene.event("call.ended", TELEPHONY, call | {"agent": scene.holder.name})
    scene.heard_from_us()
    scene.pause_for(20 * SECOND_US, 3 * MINUTE_US)
    yield ticket(scene, by="staff", status="open")


def _voicemail(scene: Scene, call: dict[str, Any]) -> Story:
    scene.pause_for(25 * SECOND_US, 60 * SECOND_US)
    yield scene.event("call.voicemail", TELEPHONY, call, named=False)
    scene.pause_for(20 * SECOND_US, 90 * SECOND_US)
    yield scene.event("call.ended", TELEPHONY, call, named=False)
    scene.pause_for(5 * SECOND_US, 30 * SECOND_US)
    yield ticket(scene)
    yield from _called_back(scene)


def _abandoned(scene: Scene, call: dict[str, Any]) -> Story:
    scene.pause_for(3 * SECOND_US, 90 * SECOND_US)
    yield scene.event("call.abandoned", TELEPHONY, call, named=False)
    scene.pause_for(5 * SECOND_US, 30 * SECOND_US)
    yield ticket(scene, by="staff")
    yield from _called_back(scene)


def _called_back(scene: Scene) -> Story:
    """The caller is promised a call, and called until somebody picks up."""
    scene.pause_for(30 * SECOND_US, 4 * MINUTE_US)
    by = scene.hours().after(scene.at, 30 * MINUTE_US)
    words = {"speaker": ROBOT, "words": "We call you back within half an hour."}
    promised = {"by": format_instant(by), "number": scene.number, **words}
    yield scene.event("callback.promised", TELEPHONY, promised)
    scene.at = scene.hours().after(scene.at, int(scene.share(Kind.CALLBACK) * 30 * MINUTE_US))
    reached = False
    while not reached:
        reached = scene.dice.random() < 0.85
        scene.holder = scene.somebody()
        data = {"reached": reached, "agent": scene.holder.name, "number": scene.number}
        yield scene.event("callback.made", TELEPHONY, data)
        if not reached:
            scene.firm_works(3 * MINUTE_US, 20 * MINUTE_US)
    scene.heard_from_us()


OPENINGS: Final[Mapping[str, Callable[[Scene], Story]]] = {
    "email": by_mail,
    "portal": by_portal,
    "chat": by_chat,
    "call": by_telephone,
    "letter": by_letter,
    "remote": by_meeting,
    "ticket": by_ourselves,
}
"""How a case begins, by the channel it comes in on."""

CHANNELS: Final[Mapping[str, float]] = {
    "email": 38,
    "portal": 14,
    "chat": 16,
    "call": 22,
    "letter": 2,
    "remote": 3,
    "ticket": 5,
}
"""How often each is used."""
