"""Print the rights that the shop's database user needs: all but changing or deleting what stands in a ledger."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from blindbox.system import digests
from blindbox.system.models import LedgerDigest


class Command(BaseCommand):
    help = (
        "打印数据库账号的授权语句（MariaDB、MySQL）：只增不改的账簿表没有 UPDATE 和 DELETE，"
        "以前在本库多给的权限一并收回；每次 migrate 之后由库主执行"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", help="数据库账号，例如 \"blindbox@'10.%%'\"")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "mysql":
            raise CommandError("只有 MariaDB 和 MySQL 有数据库账号；当前数据库没有可授的权限")
        for statement in statements(options["account"]):
            self.stdout.write(f"{statement};")


def append_only() -> set[str]:
    """Return the tables in which nothing is ever changed or deleted."""
    return {ledger.name for ledger in digests.registered()} | {LedgerDigest._meta.db_table}


def statements(account: str) -> Iterator[str]:
    """
    Yield what leaves an account with these rights in the schema and no others, whatever it had there before.

    The shop may go on selling meanwhile: a right that it keeps is given by table before the schema's are taken. Each
    REVOKE follows a GRANT, as it fails where there is nothing; the owner of the schema may do all of it.
    """
    schema, ledgers = f"`{connection.settings_dict['NAME']}`", sorted(append_only())
    for table in sorted(set(connection.introspection.django_table_names(include_views=False)) - set(ledgers)):
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.`{table}` TO {account}"
    for table in ledgers:
        yield f"GRANT SELECT, INSERT ON {schema}.`{table}` TO {account}"
    yield f"GRANT SELECT, INSERT ON {schema}.* TO {account}"
    yield from _revoked(f"{schema}.*", account)
    yield f"GRANT SELECT, INSERT ON {schema}.* TO {account}"
    for table in ledgers:  # an older release may have let it be changed
        yield from _revoked(f"{schema}.`{table}`", account)


def _revoked(what: str, account: str) -> Iterator[str]:
    yield f"REVOKE GRANT OPTION ON {what} FROM {account}"
    yield f"REVOKE ALL PRIVILEGES ON {what} FROM {account}"
