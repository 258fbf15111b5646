"""Messages ready to edit: what stands in [brackets] is for the sender to fill in."""

from guidance.facts import Activity, Content, Criterion, Facts
from guidance.rules.reading import money

CLOSING = "\n\nBest regards\n[your name]"


def confirmation(facts: Facts, criterion: Criterion) -> str:
    return (
        f"Subject: {facts.deal.name}: one point to confirm\n\nHello [name],\n\n"
        f"before we take the next step together, I would like to make sure of one point:\n\n"
        f"  {criterion.description}\n\n"
        f"Is that so from your side? If something is still open, tell me what it is and who could settle it."
    ) + CLOSING


def invitation(facts: Facts, activity: Activity) -> str:
    length = f" (about {_duration(activity.effort_minutes)})" if activity.effort_minutes else ""
    return (
        f"Subject: {facts.deal.name}: {activity.name}\n\nHello [name],\n\n"
        f"I would like to plan our next step{length}: {activity.name}. {activity.description}".rstrip()
        + "\n\nWould [day] or [day] suit you, and who should take part?"
    ) + CLOSING


def sharing(facts: Facts, content: Content) -> str:
    summary = f" {content.summary}" if content.summary else ""
    return (
        f"Subject: {facts.deal.name}: {content.title}\n\nHello [name],\n\n"
        f"for our project I have attached “{content.title}”.{summary}\n\n"
        "What in it matters most to you? I would be glad to go through it with you on [day]."
    ) + CLOSING


def re_engagement(facts: Facts) -> str:
    agreed = "we last agreed on a next step" if facts.deal.next_step else "we last spoke"
    return (
        f"Subject: {facts.deal.name}: where do you stand?\n\nHello [name],\n\n"
        f"some time has gone by since {agreed}. Has anything changed on your side: priorities, people, dates?\n\n"
        "If the project goes on, I suggest fifteen minutes on [day] to agree what comes next. If it has to wait, tell "
        "me until when, and I will come back then."
    ) + CLOSING


def requalification(facts: Facts) -> str:
    return (
        f"Subject: {facts.deal.name}: is it still on?\n\nHello [name],\n\n"
        "I would like to ask you frankly: is this project still planned? Three answers would help me: is the problem "
        "still worth solving, is there money for it, and who would decide by when?\n\n"
        "A no is a good answer too; then I close the matter and won’t bother you again."
    ) + CLOSING


def call_for_help(facts: Facts, reasons: list[str]) -> str:
    deal = facts.deal
    amount = f", {money(deal.amount, deal.currency)}" if deal.amount else ""
    onward = facts.onward()
    left = [f"- {blocker.message}" for blocker in onward.blockers[:5]] if onward else []
    open_points = "\n\nStill open:\n" + "\n".join(left) if left else ""
    return (
        f"Hello [channel manager],\n\nI would like your help with “{deal.name}” ({deal.account.name}{amount}), "
        f"now in “{facts.stage.name}”.\n\n"
        + "\n".join(f"- {reason}" for reason in reasons)
        + open_points
        + "\n\nCould we talk on [day]? What I would need from you: [presales engineer, reference, price, contact]."
    ) + CLOSING


def _duration(minutes: int) -> str:
    if minutes < 90:
        return f"{minutes} minutes"
    hours = minutes / 60
    return f"{hours:g} hours" if hours < 8 else f"{hours / 8:.0f} working days" if hours >= 16 else "a working day"
