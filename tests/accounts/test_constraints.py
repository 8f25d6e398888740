"""The database itself refuses what must never be."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Invite, Member, MemberProtection, MemberSession, PointAccount, PointEntry
from tests.factories.accounts import NOW, make_invite

pytestmark = pytest.mark.django_db
REFUSED = (IntegrityError, OperationalError)  # MariaDB answers a broken check with 4025, an operational error


def refuses(write, naming):
    with pytest.raises(REFUSED) as refusal, transaction.atomic():
        write()
    text = str(refusal.value)
    assert naming in text or "UNIQUE constraint failed" in text, text


def account_of(member, kind="general"):
    return PointAccount.objects.get(member=member, kind=kind)


def entry(account, seq=1, ref="a"):
    return PointEntry.objects.create(
        account=account, seq=seq, delta=1, balance_after=1, reason="grant", ref=ref, occurred_at=NOW
    )


@pytest.mark.parametrize("column", ["openid", "invite_code", "fair_ref", "unionid"])
def test_an_identifier_belongs_to_one_member(make_member, column):
    make_member(**{column: "same"})
    refuses(lambda: make_member(**{column: "same"}), column)
    assert Member.objects.count() == 1


def test_members_without_a_unionid_do_not_collide(make_member):
    make_member(), make_member()
    assert Member.objects.filter(unionid__isnull=True).count() == 2


def test_a_members_status_is_known(member):
    refuses(lambda: Member.objects.update(status="gone"), "member_status_known")


@pytest.mark.parametrize("column", ["balance", "debt"])
def test_no_account_goes_below_zero(member, column):
    names = {"balance": "pointaccount_balance_not_negative", "debt": "point_account_debt_not_negative"}
    refuses(lambda: PointAccount.objects.filter(member=member).update(**{column: -1}), names[column])


def test_a_member_has_one_account_of_a_kind(member):
    refuses(lambda: PointAccount.objects.create(member=member, kind="general"), "point_account_once_per_kind")


def test_the_kind_of_an_account_is_known(member):
    accounts = PointAccount.objects.filter(member=member, kind="mall")
    refuses(lambda: accounts.update(kind="shells"), "point_account_kind_known")


@pytest.mark.parametrize("column", ["next_day_fen", "next_month_fen"])
def test_a_limit_that_waits_is_not_negative(member, column):
    protection = MemberProtection.objects.create(member=member, **{column: 0})
    limits = MemberProtection.objects.filter(pk=protection.pk)
    refuses(lambda: limits.update(**{column: -1}), "protection_next_not_negative")


def test_a_number_of_an_account_is_used_once(member):
    entry(account_of(member), seq=1, ref="a")
    refuses(lambda: entry(account_of(member), seq=1, ref="b"), "point_entry_seq_once")


def test_a_business_event_posts_once(member):
    entry(account_of(member), seq=1, ref="a")
    refuses(lambda: entry(account_of(member), seq=2, ref="a"), "point_entry_event_once")
    entry(account_of(member, kind="mall"), seq=1, ref="a")


def test_an_invitee_has_one_inviter(make_member):
    first, second, invitee = make_member(), make_member(), make_member()
    make_invite(inviter=first, invitee=invitee)
    refuses(lambda: make_invite(inviter=second, invitee=invitee), "invitee")
    assert Invite.objects.get().inviter_id == first.pk


def test_nobody_invites_themselves(member):
    refuses(lambda: make_invite(inviter=member, invitee=member), "invite_not_self")


def test_a_session_is_named_once(member):
    def open_session():
        MemberSession.objects.create(
            member=member, family_hash="f", token_hash="t", expires_at=timezone.now(), created_at=NOW
        )

    open_session()
    refuses(open_session, "family_hash")


def test_identifiers_compare_byte_for_byte(make_member):
    make_member(openid="oAbC", invite_code="CODE")
    make_member(openid="oabc", invite_code="code")
    assert Member.objects.filter(openid="oABC").count() == 0
    assert Member.objects.get(invite_code="code").openid == "oabc"


def test_two_emoji_are_two_identifiers(make_member):
    make_member(openid="😀")
    make_member(openid="😁")
    assert Member.objects.get(openid="😀") != Member.objects.get(openid="😁")


@pytest.mark.parametrize("padded", ["CODE ", " CODE", "CODE\t"])
def test_a_padded_identifier_is_neither_stored_nor_found(make_member, padded):
    make_member(invite_code="CODE")
    with pytest.raises(ValidationError):
        make_member(invite_code=padded)
    assert not Member.objects.filter(invite_code=padded).exists()


def test_a_name_of_four_byte_characters_survives(make_member):
    pk = make_member(nickname="😀" * 40).pk
    assert Member.objects.get(pk=pk).nickname == "😀" * 40


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="collations are MariaDB's and MySQL's")
def test_identifier_columns_have_a_bytewise_collation():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() "
            "AND table_name = 'user_members' AND collation_name = 'utf8mb4_bin' ORDER BY column_name"
        )
        names = [row[0] for row in cursor.fetchall()]
    assert names == ["fair_ref", "invite_code", "openid", "phone", "unionid"]
