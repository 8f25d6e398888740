"""Notices and their delivery: as WeChat does it, again and again until the merchant says yes."""

import json
import logging
import secrets
import sqlite3
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from blindbox.integrations.wechat.sandbox import clock
from blindbox.integrations.wechat.sandbox.faults import Faults
from blindbox.integrations.wechat.sandbox.forgeries import HONEST, Recipe, compose
from blindbox.integrations.wechat.sandbox.payments import Payment
from blindbox.integrations.wechat.sandbox.refunds import DONE, Refund, Refunds
from blindbox.integrations.wechat.sandbox.signing import Platform
from blindbox.integrations.wechat.sandbox.store import Store
from blindbox.integrations.wechat.sandbox.wire import WechatError

logger = logging.getLogger(__name__)

MINUTE, HOUR = 60, 3600
SCHEDULE = (
    *(15, 15, 30, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE, 60 * MINUTE),
    *(3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR),
)
ANSWER_SECONDS = 5
MOST_BODY = 10_000
IDLE_SECONDS = 30.0
BREATH_SECONDS = 1.0


@dataclass(frozen=True)
class Notice:
    """One fact to tell; its id stays the same however often it is told."""

    id: str
    event: str
    url: str
    resource: dict[str, Any]


@dataclass(frozen=True)
class Reaction:
    """What the merchant answered; status 0 when it was not reached."""

    status: int
    body: str

    @property
    def is_yes(self) -> bool:
        return self.status in (200, 204)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


class Courier:
    """Sends notices, keeps the unanswered ones for later, and lets refunds succeed when they are due."""

    def __init__(self, store: Store, platform: Platform, refunds: Refunds, faults: Faults, scale: float) -> None:
        self._store, self._platform, self._refunds, self._faults = store, platform, refunds, faults
        self._scale = scale
        self._woken, self._stopping = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="sandbox-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()
        self._thread.join(timeout=ANSWER_SECONDS + 1)

    def wake(self) -> None:
        """Look again what is due: something new was put into the store."""
        self._woken.set()

    def of_payment(self, payment: Payment) -> Notice:
        """Return the notice that a payment succeeded, the same one however often it is asked for."""
        return self._remember(
            payment.out_trade_no, "TRANSACTION.SUCCESS", payment.request["notify_url"], payment.transaction()
        )

    def of_refund(self, refund: Refund) -> Notice:
        """Return the notice that a refund ended; it goes to the URL that the refund named, else to the payment's."""
        url = refund.request.get("notify_url") or refund.payment.request["notify_url"]
        return self._remember(refund.out_refund_no, f"REFUND.{refund.state}", url, refund.resource())

    def send(self, notice: Notice, how: Recipe = HONEST) -> Reaction:
        """Tell the merchant once, now."""
        if self._faults.switches.drop_notices:
            return Reaction(0, "dropped")
        headers, body = compose(
            self._platform, notice_id=notice.id, event=notice.event, resource=notice.resource, how=how
        )
        return _post(notice.url, headers, body)

    def deliver(self, notice: Notice) -> Reaction:
        """Tell the merchant, and tell again by WeChat's schedule if it does not say yes."""
        reaction = self.send(notice)
        self.settle(notice, reaction)
        return reaction

    def settle(self, notice: Notice, reaction: Reaction) -> None:
        """Record an attempt; nothing more is due after a yes or at the end of the schedule."""
        with self._store.transaction():
            row = self._store.one("SELECT attempts FROM notices WHERE id = ?", notice.id)
            done = row["attempts"] if row else 0
            wait = None if reaction.is_yes or done >= len(SCHEDULE) else SCHEDULE[done] * self._scale
            self._store.run(
                "UPDATE notices SET attempts = attempts + 1, due = ?, status = ?, body = ? WHERE id = ?",
                *(None if wait is None else clock.later(wait), reaction.status, reaction.body, notice.id),
            )
        self.wake()

    def history(self, subject: str) -> list[dict[str, Any]]:
        """Return what was told about a payment or refund, and how it was taken."""
        rows = self._store.all("SELECT * FROM notices WHERE subject = ? ORDER BY rowid", subject)
        names = ("id", "event", "url", "attempts", "status", "body")
        return [{name: row[name] for name in names} | {"retrying": row["due"] is not None} for row in rows]

    def _remember(self, subject: str, event: str, url: str, resource: dict[str, Any]) -> Notice:
        with self._store.transaction():
            known = self._store.one("SELECT * FROM notices WHERE subject = ? AND event = ?", subject, event)
            if known:
                return _notice(known)
            notice = Notice(id=f"EV-{secrets.token_hex(14)}", event=event, url=url, resource=resource)
            self._store.run(
                "INSERT INTO notices (id, subject, event, url, resource) VALUES (?, ?, ?, ?, ?)",
                *(notice.id, subject, event, url, json.dumps(resource)),
            )
            return notice

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._woken.wait(timeout=self._until_next())
                self._woken.clear()
                if not self._stopping:
                    self._work()
            except Exception:
                logger.exception("The sandbox's courier goes on after a failure")
                self._woken.wait(timeout=BREATH_SECONDS)  # what failed is still due

    def _work(self) -> None:
        now = clock.later(0)
        for number in self._refunds.due(now):
            self._succeed(number)
        for row in self._store.all("SELECT * FROM notices WHERE due <= ? ORDER BY due", now):
            self.deliver(_notice(row))

    def _succeed(self, out_refund_no: str) -> None:
        try:
            refund = self._refunds.finish(out_refund_no, DONE)
        except WechatError as refused:  # the control ended it otherwise since it was found due, and has told so
            logger.info("Refund %s did not succeed: %s", out_refund_no, refused)
        else:
            self.deliver(self.of_refund(refund))

    def _until_next(self) -> float:
        due = self._store.one("SELECT min(due) AS at FROM (SELECT due FROM notices UNION ALL SELECT due FROM refunds)")
        if due is None or due["at"] is None:
            return IDLE_SECONDS
        return max(0.0, min(IDLE_SECONDS, float(due["at"]) - clock.later(0)))


def _notice(row: sqlite3.Row) -> Notice:
    return Notice(id=row["id"], event=row["event"], url=row["url"], resource=json.loads(row["resource"]))


def _post(url: str, headers: dict[str, str], body: bytes) -> Reaction:
    request = urllib.request.Request(url, data=body, method="POST")  # its URL comes from a signed prepay request
    for name, value in (headers | {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}).items():
        request.add_header(name, value)
    try:
        with _opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return Reaction(answer.status, answer.read(MOST_BODY).decode(errors="replace"))
    except urllib.error.HTTPError as refusal:
        return Reaction(refusal.code, refusal.read(MOST_BODY).decode(errors="replace"))
    except (OSError, HTTPException, ValueError) as error:  # not there, gone half-way, or no URL at all
        return Reaction(0, str(error))
