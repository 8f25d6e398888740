"""A start skips the migrations exactly when the embedded database carries the mark of the present ones."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from blindbox.embedded import fingerprint


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "keys.json").write_text("{}")
    mark(tmp_path, fingerprint.of_migrations())
    return tmp_path


def mark(data: Path, number: int) -> None:
    with closing(sqlite3.connect(data / "db.sqlite3")) as connection:
        connection.execute(f"PRAGMA user_version = {number}")
        connection.commit()


def test_a_marked_database_fits(data):
    assert fingerprint.fits(data)


def test_another_mark_does_not_fit(data):
    mark(data, fingerprint.of_migrations() - 1)
    assert not fingerprint.fits(data)


@pytest.mark.parametrize("lost", ["db.sqlite3", "sandbox/keys.json"])
def test_what_is_lost_is_made_again(data, lost):
    (data / lost).unlink()
    assert not fingerprint.fits(data)


def test_a_file_that_is_no_database_does_not_fit(data):
    (data / "db.sqlite3").write_bytes(b"not a database" * 100)
    assert not fingerprint.fits(data)


def test_a_database_server_is_always_asked(data, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://root@127.0.0.1:3306/blindbox")
    assert not fingerprint.fits(data)


def test_the_mark_changes_with_a_migration(tmp_path, monkeypatch):
    for path, content in {"requirements/base.txt": "", "app/migrations/0001_first.py": "1"}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(content)
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    first = fingerprint.of_migrations()
    (tmp_path / "app/migrations/0002_second.py").write_text("2")
    second = fingerprint.of_migrations()
    (tmp_path / "app/migrations/0002_second.py").write_text("2, mended")
    assert len({first, second, fingerprint.of_migrations()}) == 3
    assert 0 < second < 2**31
