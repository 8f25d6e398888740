"""What other apps may read about members."""

import pytest

from accounts import selectors
from accounts.selectors import MemberCard
from blindbox.common.errors import NotFound

pytestmark = pytest.mark.django_db


def test_cards_come_with_one_query(make_member, django_assert_num_queries):
    a, b = make_member(nickname="甲", avatar_url="https://a/b"), make_member(nickname="乙")
    with django_assert_num_queries(1):
        cards = selectors.member_names([a.pk, b.pk, a.pk, 10**9])
    assert cards == {a.pk: MemberCard(a.pk, "甲", "https://a/b"), b.pk: MemberCard(b.pk, "乙", "")}


def test_a_member_has_one_fair_name_and_one_payer(make_member):
    member = make_member(openid="oPayer", fair_ref="f" * 32)
    assert (selectors.fair_ref_of(member.pk), selectors.openid_of(member.pk)) == ("f" * 32, "oPayer")


def test_a_member_is_found_or_refused(member):
    assert selectors.member_or_404(member.pk) == member
    for nobody in (0, -1, member.pk + 1, 2**70):
        with pytest.raises(NotFound):
            selectors.member_or_404(nobody)
