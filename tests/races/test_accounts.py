"""Members, invites, sessions and points under simultaneous use; each race has a control without its guard."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import DatabaseError

from accounts.enums import InviteReason, PointKind
from accounts.errors import BirthDateFixed, TokenInvalid
from accounts.models import Invite, Member, MemberSession, PointAccount, PointEntry
from accounts.services import grants, invites, login, points, profiles, sessions
from accounts.services.points import PointsInsufficient
from blindbox.common.invariants import violations
from blindbox.common.ledger import AlreadyPosted, Posting
from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.login import WechatIdentity
from blindbox.system import audit, idempotency
from blindbox.system.configs import change
from blindbox.system.models import OutboxMessage
from tests.factories.accounts import NOW, make_invite, make_member
from tests.races.conftest import Meeting, run_together
from tests.races.guards import without_unique

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
OURS = ["M1", "M3", "M4", "M6", "S1"]
LATER = NOW + timedelta(minutes=1)


def enter(openid, code=""):
    return login.enter(identity=WechatIdentity(openid, None), invite_code=code, now=LATER)


def errors(results, kind):
    return sum(isinstance(result, kind) for result in results)


def held(member):
    return PointAccount.objects.get(member=member, kind=PointKind.GENERAL).balance


def spend(member, ref, delta=-1):
    posting = Posting(delta=delta, reason="order", ref=ref)
    return points.post(member_id=member.pk, postings=[posting], now=NOW)


write_only = in_transaction(points.post_here)  # `post` reads its entry back, and would notice that it has a twin


# first logins


def test_fifty_first_logins_of_one_person_register_once():
    inviter = make_member()
    results = run_together(*[partial(enter, "same", inviter.invite_code)] * 50)
    assert errors(results, Exception) == 0
    assert sum(entered.is_new for entered in results) == 1
    member = Member.objects.get(openid="same")
    assert {entered.user.pk for entered in results} == {member.pk}
    assert PointAccount.objects.filter(member=member).count() == 2
    assert MemberSession.objects.filter(member=member).count() == 50
    assert Invite.objects.count() == 1
    assert OutboxMessage.objects.count() == 1
    assert violations(OURS) == []


def test_control_without_the_unique_openid_several_members_are_made(monkeypatch):
    meeting = Meeting(10)
    known = login.registration.member_of
    monkeypatch.setattr(login.registration, "member_of", partial(meeting.look, known))
    with without_unique(Member, "openid"):
        run_together(*[partial(enter, "same")] * 10)
        assert Member.objects.filter(openid="same").count() == 10


# invites


@pytest.fixture
def anybody():
    change(key="invite.bind", value="any_uninvited", actor=audit.SYSTEM, now=NOW)


@pytest.fixture
def invitee():
    return make_member(openid="invitee", now=NOW)


def bind_at_once(monkeypatch, count):
    """Let `count` inviters bind the same member, after each has seen that nobody has."""
    meeting = Meeting(count)
    known = invites.invite_of
    monkeypatch.setattr(invites, "invite_of", partial(meeting.look, known))
    inviters = [make_member(now=NOW - timedelta(days=1)) for _ in range(count)]
    return run_together(*[partial(enter, "invitee", inviter.invite_code) for inviter in inviters])


def test_of_ten_inviters_one_binds(anybody, invitee, monkeypatch):
    reasons = [entered.invite.reason for entered in bind_at_once(monkeypatch, 10)]
    assert reasons.count(InviteReason.BOUND) == 1
    assert reasons.count(InviteReason.ALREADY_INVITED) == 9
    assert Invite.objects.filter(invitee=invitee).count() == 1
    assert OutboxMessage.objects.count() == 1


def test_control_without_the_unique_invitee_ten_inviters_bind(anybody, invitee, monkeypatch):
    with without_unique(Invite, "invitee_id"):
        bind_at_once(monkeypatch, 10)
        assert Invite.objects.count() == 10
        assert {violation.id for violation in violations(OURS)} == {"S1"}


def bind_each_other(first, second):
    codes = [(first.openid, second.invite_code), (second.openid, first.invite_code)]
    return [entered.invite.reason for entered in run_together(*[partial(enter, *each) for each in codes])]


def test_two_who_bind_each_other_at_once_make_no_loop(anybody):
    elder, younger = make_member(now=NOW - timedelta(days=1)), make_member(now=NOW)
    assert bind_each_other(elder, younger) == [InviteReason.INVITER_NEWER, InviteReason.BOUND]
    assert violations(["S1"]) == []


def test_control_a_check_of_ancestors_lets_a_loop_through(anybody, monkeypatch):
    meeting = Meeting(2)

    def no_ancestor(inviter, invitee):
        found = meeting.look(Invite.objects.filter(inviter=invitee, invitee=inviter).exists)
        return InviteReason.INVITER_NEWER if found else None

    monkeypatch.setattr(invites, "_refusal", no_ancestor)
    elder, younger = make_member(now=NOW - timedelta(days=1)), make_member(now=NOW)
    assert bind_each_other(elder, younger) == [InviteReason.BOUND] * 2
    assert {violation.id for violation in violations(["S1"])} == {"S1"}


def reward_at_once(count):
    invite = make_invite(inviter=make_member(now=NOW - timedelta(days=1)), invitee=make_member())
    return run_together(*[partial(invites.reward, invite_id=invite.pk, points=100, now=NOW)] * count)


def test_a_reward_asked_twenty_times_at_once_posts_once():
    assert reward_at_once(20) == [None] * 20
    assert PointEntry.objects.values_list("delta", "balance_after").get() == (100, 100)
    assert violations(OURS) == []


def test_control_without_guard_and_key_each_reward_posts(monkeypatch):
    meeting = Meeting(5)

    def after_all_have_asked(**named):
        meeting.wait()
        write_only(**named)

    def unguarded(*, invite_id, points, now):
        invite = Invite.objects.get(pk=invite_id)
        after_all_have_asked(
            member_id=invite.inviter_id, postings=[Posting(points, "invite", f"invite:{invite_id}")], now=now
        )

    monkeypatch.setattr(invites, "reward", unguarded)
    with without_unique(PointEntry, "account_id", "reason", "ref"):
        reward_at_once(5)
        assert PointEntry.objects.count() == 5
        assert "M6" in {violation.id for violation in violations(OURS)}


# points


def test_ten_points_are_spent_ten_times_by_twenty():
    member = make_member(points_balance=10)
    results = run_together(*[partial(spend, member, f"order-{n}") for n in range(20)])
    assert errors(results, PointsInsufficient) == 10
    assert held(member) == 0
    assert PointEntry.objects.filter(delta=-1).count() == 10
    assert violations(OURS) == []


def test_control_read_then_write_spends_ten_points_twenty_times():
    member, meeting = make_member(points_balance=10), Meeting(20)

    def careless():
        account = PointAccount.objects.get(member=member, kind=PointKind.GENERAL)
        meeting.wait()
        assert account.balance >= 1
        account.balance -= 1
        account.save()
        return True

    results = run_together(*[careless] * 20)
    assert results == [True] * 20
    assert held(member) == 9
    assert {violation.id for violation in violations(OURS)} == {"M1"}


def test_one_event_posted_twenty_times_at_once_counts_once():
    member = make_member(points_balance=10)
    results = run_together(*[partial(spend, member, "same-order")] * 20)
    assert errors(results, AlreadyPosted) == 19
    assert held(member) == 9
    assert violations(OURS) == []


def test_control_without_its_key_one_event_counts_each_time():
    member = make_member(points_balance=10)
    again = partial(write_only, member_id=member.pk, postings=[Posting(-1, "order", "same-order")], now=NOW)
    with without_unique(PointEntry, "account_id", "reason", "ref"):
        run_together(*[again] * 5)
        assert held(member) == 5
        assert {violation.id for violation in violations(OURS)} == {"M6"}


def grant(member, key):
    claim = idempotency.Claim(realm="operator", actor_id=1, key=key, fingerprint="f")

    def effect():
        ref = grants.ref_of(actor_id=1, key=key)
        return grants.grant(member_id=member.pk, delta=100, reason="补偿", ref=ref, actor=audit.SYSTEM, now=NOW).ref

    return idempotency.run_once(claim=claim, effect=effect, now=NOW)


def test_one_key_used_twenty_times_at_once_grants_once():
    member = make_member()
    results = run_together(*[partial(grant, member, "key")] * 20)
    answered = [result for result in results if isinstance(result, idempotency.Outcome)]
    assert sum(not outcome.replayed for outcome in answered) == 1
    assert len(answered) + errors(results, idempotency.KeyInFlight) == 20
    assert held(member) == 100
    assert violations(OURS) == []


def test_control_twenty_keys_grant_twenty_times():
    member = make_member()
    run_together(*[partial(grant, member, f"key-{n}") for n in range(20)])
    assert held(member) == 2000
    assert violations(OURS) == []


# sessions and profile


def test_one_refresh_token_used_ten_times_at_once_works_once_and_ends_the_session():
    pair = sessions.open_session(member=make_member(), now=NOW)
    results = run_together(*[partial(sessions.refresh, refresh_token=pair.refresh_token, now=NOW)] * 10)
    assert errors(results, TokenInvalid) == 9
    winner = next(result for result in results if isinstance(result, sessions.TokenPair))
    assert MemberSession.objects.get().revoked_at == NOW
    with pytest.raises(TokenInvalid):
        sessions.refresh(refresh_token=winner.refresh_token, now=NOW)


def test_control_read_then_write_rotates_one_token_for_everybody(monkeypatch):
    meeting = Meeting(10)

    def careless(token, *, now):
        session = MemberSession.objects.get(family_hash=token.family_hash)
        meeting.wait()
        successor = token.successor()
        session.token_hash = successor.secret_hash
        session.save()
        return successor

    monkeypatch.setattr(sessions, "_rotate", careless)
    pair = sessions.open_session(member=make_member(), now=NOW)
    results = run_together(*[partial(sessions.refresh, refresh_token=pair.refresh_token, now=NOW)] * 10)
    assert errors(results, Exception) == 0


def state(member, day):
    return profiles.change(member_id=member.pk, birth_date=NOW.date().replace(year=2000, day=day), now=NOW)


def test_of_several_birth_dates_at_once_one_is_stated():
    member = make_member()
    results = run_together(*[partial(state, member, day) for day in range(1, 11)])
    assert errors(results, BirthDateFixed) == 9
    day = results.index(None) + 1
    assert Member.objects.get().birth_date.day == day


def test_control_read_then_write_states_each_birth_date(monkeypatch):
    meeting, member = Meeting(10), make_member()

    def careless(member_id, birth_date, *, now):
        known = Member.objects.get(pk=member_id)
        meeting.wait()
        assert known.birth_date is None
        Member.objects.filter(pk=member_id).update(birth_date=birth_date)

    monkeypatch.setattr(profiles, "_state_birth_date", careless)
    results = run_together(*[partial(state, member, day) for day in range(1, 11)])
    assert results == [None] * 10


# debts


def owing(amount):
    member = make_member(points_balance=1)
    in_transaction(points.claw_back)(member_id=member.pk, postings=[Posting(-1 - amount, "refund", "spent")], now=NOW)
    return member


def debt(member):
    return PointAccount.objects.values_list("balance", "debt").get(member=member, kind=PointKind.GENERAL)


def earn_at_once(member, count, delta):
    earned = [partial(spend, member, f"won-{n}", delta) for n in range(count)]
    return run_together(*earned)


def test_two_earnings_pay_one_debt_once():
    member = owing(10)
    results = earn_at_once(member, 2, 8)
    assert errors(results, Exception) == 0
    assert debt(member) == (6, 0)
    assert sorted(PointEntry.objects.filter(reason="debt").values_list("delta", flat=True)) == [-8, -2]
    assert violations([*OURS, "M9"]) == []


def test_an_earning_and_a_claw_back_at_once_leave_the_books_in_order():
    member = owing(10)
    again = partial(
        in_transaction(points.claw_back), member_id=member.pk, postings=[Posting(-5, "refund", "b")], now=NOW
    )
    results = run_together(partial(spend, member, "won", 8), again)
    assert errors(results, Exception) == 0
    assert debt(member) == (0, 7)
    assert violations([*OURS, "M9"]) == []


def test_control_earnings_that_look_at_the_debt_before_they_take_the_account_pay_it_twice():
    """Only the table's own check keeps the debt from going below zero then, and one earning is lost to it."""
    member, meeting = owing(10), Meeting(2)
    account = {"member_id": member.pk, "kind": PointKind.GENERAL}

    @in_transaction
    def careless(ref):
        held = meeting.look(PointAccount.objects.get, **account)
        won, off = Posting(8, "order", ref), Posting(-min(held.debt, 8), "debt", ref)
        points._ledger.post(account=account, postings=[won, off], now=NOW)
        points._owe(held, [(off.delta, off)], now=NOW)

    results = run_together(partial(careless, "a"), partial(careless, "b"))
    assert errors(results, DatabaseError) == 1
    assert debt(member) == (0, 2)
