"""Refresh tokens: one use each, and what happens to a copy."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tasks, tokens
from accounts.errors import MemberDisabled, TokenExpired, TokenInvalid
from accounts.models import Member, MemberSession
from accounts.services import sessions
from blindbox.common import pruning
from tests.factories.accounts import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(member):
    return sessions.open_session(member=member, now=NOW)


def revoked():
    return MemberSession.objects.filter(revoked_at__isnull=False).count()


def test_a_refresh_gives_a_new_pair_of_the_same_session(member, pair):
    later = sessions.refresh(refresh_token=pair.refresh_token, now=NOW + timedelta(days=1))
    session = MemberSession.objects.get()
    assert later.refresh_token != pair.refresh_token
    assert session.expires_at == NOW + timedelta(days=31)
    assert session.revoked_at is None


def test_a_refreshed_access_token_speaks_for_the_member(member):
    now = timezone.now()
    pair = sessions.open_session(member=member, now=now)
    later = sessions.refresh(refresh_token=pair.refresh_token, now=now)
    assert tokens.read(later.access_token, audience=tokens.Audience.MEMBER) == tokens.Subject(id=member.pk, epoch=0)


def test_a_used_token_is_refused_and_ends_the_session(pair):
    later = sessions.refresh(refresh_token=pair.refresh_token, now=NOW)
    with pytest.raises(TokenInvalid):
        sessions.refresh(refresh_token=pair.refresh_token, now=NOW)
    assert revoked() == 1
    with pytest.raises(TokenInvalid):
        sessions.refresh(refresh_token=later.refresh_token, now=NOW)


def test_a_copy_ends_its_own_session_only(member, pair):
    other = sessions.open_session(member=member, now=NOW)
    sessions.refresh(refresh_token=pair.refresh_token, now=NOW)
    with pytest.raises(TokenInvalid):
        sessions.refresh(refresh_token=pair.refresh_token, now=NOW)
    assert sessions.refresh(refresh_token=other.refresh_token, now=NOW).expires_in == 900


@pytest.mark.parametrize("text", ["x", "x.", ".x", "x.y", "a.b.c", "." * 10])
def test_a_stranger_ends_nobodys_session(pair, text):
    with pytest.raises(TokenInvalid):
        sessions.refresh(refresh_token=text, now=NOW)
    assert revoked() == 0


def test_a_token_dies_thirty_days_after_its_last_use(pair):
    with pytest.raises(TokenExpired):
        sessions.refresh(refresh_token=pair.refresh_token, now=NOW + timedelta(days=30))
    later = sessions.refresh(refresh_token=pair.refresh_token, now=NOW + timedelta(days=30, seconds=-1))
    assert later.expires_in == 900


def test_a_disabled_member_gets_no_new_tokens(member, pair):
    Member.objects.filter(pk=member.pk).update(status="disabled")
    with pytest.raises(MemberDisabled):
        sessions.refresh(refresh_token=pair.refresh_token, now=NOW)


def test_a_login_that_a_ban_overtakes_opens_no_session(member):
    Member.objects.filter(pk=member.pk).update(status="disabled", epoch=1)
    with pytest.raises(MemberDisabled):
        sessions.open_session(member=member, now=NOW)
    assert MemberSession.objects.count() == 0


def test_a_closed_session_stays_closed(pair):
    for hours in (1, 2):
        sessions.close(refresh_token=pair.refresh_token, now=NOW + timedelta(hours=hours))
    assert MemberSession.objects.get().revoked_at == NOW + timedelta(hours=1)
    with pytest.raises(TokenInvalid):
        sessions.refresh(refresh_token=pair.refresh_token, now=NOW)


def test_an_older_token_of_the_session_closes_it_too(pair):
    sessions.refresh(refresh_token=pair.refresh_token, now=NOW)
    sessions.close(refresh_token=pair.refresh_token, now=NOW)
    assert revoked() == 1


def test_an_unknown_token_closes_nothing(pair):
    with pytest.raises(TokenInvalid):
        sessions.close(refresh_token="some.thing", now=NOW)
    assert revoked() == 0


def test_sessions_are_forgotten_a_week_after_they_expired(member, pair):
    later = sessions.open_session(member=member, now=NOW + timedelta(seconds=1))
    sessions.close(refresh_token=later.refresh_token, now=NOW + timedelta(days=1))
    sessions.forget_expired(now=NOW + timedelta(days=37))
    assert MemberSession.objects.count() == 2
    with pytest.raises(TokenExpired):
        sessions.refresh(refresh_token=pair.refresh_token, now=NOW + timedelta(days=37))
    sessions.forget_expired(now=NOW + timedelta(days=37, seconds=1))
    assert MemberSession.objects.get().revoked_at is not None
    with pytest.raises(TokenInvalid):
        sessions.refresh(refresh_token=pair.refresh_token, now=NOW + timedelta(days=37, seconds=1))


def test_one_run_of_forgetting_is_bounded(member, monkeypatch):
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    monkeypatch.setattr(pruning, "MOST_ROUNDS", 1)
    for _ in range(3):
        sessions.open_session(member=member, now=NOW)
    sessions.forget_expired(now=NOW + timedelta(days=60))
    assert MemberSession.objects.count() == 1


def test_the_nightly_task_leaves_open_sessions_alone(member):
    now = timezone.now()
    sessions.open_session(member=member, now=now)
    sessions.open_session(member=member, now=now - timedelta(days=40))
    tasks.forget_sessions(from_a_newer_release=True)
    assert MemberSession.objects.get().created_at == now
