"""Find members in the back office."""

from django.db.models import Q, QuerySet

from accounts.models import Member

LONGEST_ID = 19  # more digits are no id, and thousands of them no int either


def members() -> QuerySet[Member]:
    """Return all members, newest first."""
    return Member.objects.order_by("-pk")


def matching(rows: QuerySet[Member], words: str) -> QuerySet[Member]:
    """Keep whom the words name: part of a nickname, a whole code, an id, or what is known of a phone number."""
    matches = Q(nickname__icontains=words) | Q(openid=words) | Q(invite_code=words)
    if words.isascii() and words.isdigit():
        matches |= Q(phone__known=words)
        if len(words) <= LONGEST_ID:
            matches |= Q(pk=int(words))
    return rows.filter(matches)
