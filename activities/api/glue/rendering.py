"""From what the tool answers to the words of its requirement: times in unix seconds, 0 where there is no limit."""

from datetime import datetime
from typing import Any

from activities.api.glue.serializers import NOT_WON, WON
from activities.gameplay.base import Prize
from activities.services.glue.drawing import Answer, Offer, Remaining, Session


def offer_body(offer: Offer) -> dict[str, Any]:
    activity = offer.activity
    result = {
        "serial_no": activity.serial_no,
        "type": offer.type_number,
        "name": activity.name,
        "description": activity.description,
        "start_time": _seconds(activity.starts_at),
        "end_time": _seconds(activity.ends_at),
        "remaining_times": offer.remaining.times or 0,
        "unlimited": offer.remaining.times is None,
        "sessions_list": [_session(session) for session in offer.sessions],
    }
    return {"code": WON, "msg": "OK", "result": result}


def _session(session: Session) -> dict[str, Any]:
    return {
        "start_time": _seconds(session.window.start),
        "end_time": _seconds(session.window.end),
        "remaining_times": session.remaining.times or 0,
        "unlimited": session.remaining.times is None,
        "prizes_list": [_prize(prize) for prize in session.prizes],
    }


def _prize(prize: Prize) -> dict[str, str]:
    return {"name": prize.name, "pic_url": prize.image_url}


def answer_body(answer: Answer) -> dict[str, Any]:
    if answer.prize is None:
        return {"code": NOT_WON, "msg": "", "result": {}}
    result = {
        "serial_no": answer.serial_no,
        **_left("act", answer.activity),
        **_left("session", answer.session),
        "prizes_info": _prize(answer.prize),
    }
    return {"code": WON, "msg": "OK", "result": result}


def _left(of: str, remaining: Remaining) -> dict[str, Any]:
    return {f"{of}_remaining_times": remaining.times or 0, f"{of}_unlimited": remaining.times is None}


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp())
