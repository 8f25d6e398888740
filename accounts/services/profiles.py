"""What members say about themselves."""

from datetime import date, datetime

from accounts.errors import BirthDateFixed
from accounts.models import Member
from blindbox.common.business_day import business_day
from blindbox.common.errors import Invalid
from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.errors import WechatUnavailable
from blindbox.integrations.wechat.login import phone_number

EARLIEST_BIRTH = date(1900, 1, 1)
LONGEST_PHONE = 20


@in_transaction
def change(
    *,
    member_id: int,
    now: datetime,
    nickname: str | None = None,
    avatar_url: str | None = None,
    birth_date: date | None = None,
) -> None:
    """
    Change what is given.

    :raises Invalid: if nobody can be born on that day
    :raises BirthDateFixed: if another birth date was stated before; a minor must not grow up at will
    """
    if birth_date is not None:
        _state_birth_date(member_id, birth_date, now=now)
    given = {"nickname": nickname, "avatar_url": avatar_url}
    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        Member.objects.filter(pk=member_id).update(**changes, updated_at=now)


def _state_birth_date(member_id: int, birth_date: date, *, now: datetime) -> None:
    if not EARLIEST_BIRTH <= birth_date <= business_day(now):
        raise Invalid.field("birth_date", "出生日期不在合理范围内")
    member = Member.objects.filter(pk=member_id)
    stated = {"birth_date": birth_date, "birth_date_at": now, "updated_at": now}
    if member.filter(birth_date__isnull=True).update(**stated):
        return
    if not member.filter(birth_date=birth_date).exists():
        raise BirthDateFixed


def set_phone(*, member_id: int, phone_code: str, now: datetime) -> None:
    """
    Store the number behind a code of WeChat's phone button.

    :raises PhoneCodeInvalid: if WeChat does not know the code
    :raises WechatUnavailable: if WeChat does not answer
    """
    phone = phone_number(phone_code)
    if len(phone) > LONGEST_PHONE:
        raise WechatUnavailable(reason="phone number")
    Member.objects.filter(pk=member_id).update(phone=phone, updated_at=now)
