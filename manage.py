#!/usr/bin/env python
"""Django's command line for blindbox."""

import os
import re
import sys

NO_TABLE = re.compile(r"no such table|\(1146,")  # SQLite; MariaDB and MySQL
ADVICE = "the database has no tables yet, or not all of them: python3 dev.py run, or manage.py migrate"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blindbox.settings.dev")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        if "--traceback" in sys.argv or not NO_TABLE.search(str(error)):
            raise
        sys.exit(f"manage.py: {ADVICE}")


if __name__ == "__main__":
    main()
