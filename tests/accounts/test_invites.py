"""Who may bind whom."""

from datetime import timedelta

import pytest

from accounts.models import Invite, Member, PointEntry
from accounts.services import invites, login
from blindbox.common.invariants import violations
from blindbox.integrations.wechat.login import WechatIdentity
from blindbox.system import audit
from blindbox.system.configs import change
from blindbox.system.models import OutboxMessage
from tests.factories.accounts import NOW

pytestmark = pytest.mark.django_db


def enter(openid, *, code="", minutes=0):
    identity = WechatIdentity(openid=openid, unionid=None)
    return login.enter(identity=identity, invite_code=code, now=NOW + timedelta(minutes=minutes))


def set_to(key, value):
    change(key=key, value=value, actor=audit.SYSTEM, now=NOW)


def reason_of(entered):
    return (entered.invite.reason.value, entered.invite.bound, entered.invite.rewarded)


def bound_pairs():
    return set(Invite.objects.values_list("inviter__openid", "invitee__openid"))


def test_a_new_member_is_bound_to_an_earlier_one():
    inviter = enter("a").user
    assert reason_of(enter("b", code=inviter.invite_code, minutes=1)) == ("bound", True, True)
    assert bound_pairs() == {("a", "b")}


def test_own_code_at_a_second_login_binds_nobody():
    me = enter("a").user
    assert reason_of(enter("a", code=me.invite_code, minutes=1)) == ("self", False, False)
    assert not bound_pairs()


def test_a_disabled_inviter_binds_nobody():
    inviter = enter("a").user
    Member.objects.filter(pk=inviter.pk).update(status="disabled")
    assert reason_of(enter("b", code=inviter.invite_code, minutes=1)) == ("inviter_unavailable", False, False)
    assert not bound_pairs()


def test_a_second_inviter_is_refused():
    first, second = enter("a").user, enter("b").user
    enter("c", code=first.invite_code, minutes=1)
    set_to("invite.bind", "any_uninvited")
    again = enter("c", code=second.invite_code, minutes=2)
    assert reason_of(again) == ("already_invited", False, False)
    assert bound_pairs() == {("a", "c")}
    assert OutboxMessage.objects.count() == 1


def test_only_new_members_are_bound_unless_the_setting_says_otherwise():
    inviter = enter("a").user
    enter("b", minutes=1)
    assert reason_of(enter("b", code=inviter.invite_code, minutes=2)) == ("not_new", False, False)
    assert not bound_pairs()
    set_to("invite.bind", "any_uninvited")
    assert reason_of(enter("b", code=inviter.invite_code, minutes=3)) == ("bound", True, True)
    assert bound_pairs() == {("a", "b")}


@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_chain_of_invites_never_closes(length):
    set_to("invite.bind", "any_uninvited")
    chain = [enter("m0").user]
    for number in range(1, length):
        chain.append(enter(f"m{number}", code=chain[-1].invite_code, minutes=number).user)
    closing = enter("m0", code=chain[-1].invite_code, minutes=length)
    assert reason_of(closing) == ("inviter_newer", False, False)
    assert len(bound_pairs()) == length - 1
    assert violations(["S1"]) == []


def test_members_of_the_same_instant_do_not_bind_each_other():
    inviter = enter("a").user
    assert reason_of(enter("b", code=inviter.invite_code)) == ("inviter_newer", False, False)
    assert not bound_pairs()


def test_without_a_reward_the_binding_stands_alone(deliver_events):
    set_to("invite.reward_points", 0)
    inviter = enter("a").user
    assert reason_of(enter("b", code=inviter.invite_code, minutes=1)) == ("bound", True, False)
    assert deliver_events() == 0
    assert violations(["S1"]) == []


def test_the_reward_is_what_was_promised_at_the_binding(deliver_events):
    set_to("invite.reward_points", 30)
    inviter = enter("a").user
    enter("b", code=inviter.invite_code, minutes=1)
    set_to("invite.reward_points", 7)
    deliver_events()
    assert list(PointEntry.objects.values_list("account__member", "delta", "balance_after")) == [(inviter.pk, 30, 30)]
    assert Invite.objects.get().rewarded_points == 30


def test_a_reward_asked_twice_posts_once():
    inviter = enter("a").user
    enter("b", code=inviter.invite_code, minutes=1)
    invite = Invite.objects.get()
    for minutes in (1, 2):
        invites.reward(invite_id=invite.pk, points=100, now=NOW + timedelta(minutes=minutes))
    assert PointEntry.objects.count() == 1
    assert Invite.objects.get().rewarded_at == NOW + timedelta(minutes=1)
    assert violations(["M1", "M4", "S1"]) == []


def test_a_disabled_inviter_still_gets_what_was_promised(deliver_events):
    inviter = enter("a").user
    enter("b", code=inviter.invite_code, minutes=1)
    Member.objects.filter(pk=inviter.pk).update(status="disabled")
    deliver_events()
    assert PointEntry.objects.get().delta == 100


def test_the_same_person_in_another_app_of_ours_is_the_same_member():
    first = login.enter(identity=WechatIdentity("mini-a", "union"), invite_code="", now=NOW)
    other = login.enter(identity=WechatIdentity("h5-a", "union"), invite_code="", now=NOW)
    assert (other.is_new, other.user) == (False, first.user)


def test_a_hundred_thousand_codes_are_unique():
    from accounts.services.registration import new_code

    assert len({new_code() for _ in range(100_000)}) == 100_000
