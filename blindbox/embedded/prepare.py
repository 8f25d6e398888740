"""Make keys and tables; what is there stays as it is."""

import os
import sys

import django
from django.core.management import call_command
from django.db import OperationalError, connection

from blindbox.embedded import fingerprint
from blindbox.integrations.wechat.sandbox.keys import ensure_keys


def main() -> None:
    ensure_keys(os.environ["BLINDBOX_DATA"])  # first: the settings read them
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        _leave_mark()
    except OperationalError as error:
        sys.exit(f"the database refuses: {error}")


def _leave_mark() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA user_version = {fingerprint.of_migrations()}")


if __name__ == "__main__":
    main()
