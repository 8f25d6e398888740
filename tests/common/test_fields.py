"""Codes compare byte for byte on every database, and a padded one is never stored nor found."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from blindbox.system.models import Heartbeat
from tests.factories.catalog import NOW

pytestmark = pytest.mark.django_db
LOOKALIKES = ["code", "Code", "CODE", "cöde", "code😀", "code🐰", "codé", "ｃｏｄｅ"]


def stored(name: str) -> bool:
    return Heartbeat.objects.filter(name=name).exists()


def test_lookalikes_are_different_codes():
    for name in LOOKALIKES:
        Heartbeat.objects.create(name=name, beaten_at=NOW)
    assert [Heartbeat.objects.filter(name=name).count() for name in LOOKALIKES] == [1] * len(LOOKALIKES)
    assert not stored("cOde")


def test_the_same_bytes_are_refused_twice():
    Heartbeat.objects.create(name="code😀", beaten_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Heartbeat.objects.create(name="code😀", beaten_at=NOW)


@pytest.mark.parametrize("padded", ["code ", " code", "code\t", "code\n", "code\u3000"])
def test_a_padded_code_is_never_stored(padded: str):
    with pytest.raises(ValidationError):
        Heartbeat.objects.create(name=padded, beaten_at=NOW)
    with pytest.raises(ValidationError):
        Heartbeat.objects.bulk_create([Heartbeat(name=padded, beaten_at=NOW)])
    with pytest.raises(ValidationError):
        Heartbeat.objects.update(name=padded)
    with pytest.raises(ValidationError):
        Heartbeat(name=padded, beaten_at=NOW).full_clean()


@pytest.mark.parametrize("padded", ["code ", " code", "code\u3000"])
def test_a_padded_code_finds_nothing(padded: str):
    Heartbeat.objects.create(name="code", beaten_at=NOW)
    assert not stored(padded)
    assert not Heartbeat.objects.filter(name__in=[padded]).exists()
    assert Heartbeat.objects.filter(name__in=[padded, "code"]).count() == 1
    assert Heartbeat.objects.exclude(name=padded).count() == 1


def test_a_code_is_found_through_a_subquery():
    Heartbeat.objects.create(name="code", beaten_at=NOW)
    assert Heartbeat.objects.filter(name__in=Heartbeat.objects.values("name")).count() == 1


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite compares bytes anyway")
def test_every_code_column_has_the_bytewise_collation():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE()"
        )
        collations = {(table, column): collation for table, column, collation in cursor.fetchall()}
    assert _code_columns()
    assert {collations[place] for place in _code_columns()} == {"utf8mb4_bin"}


def _code_columns() -> list[tuple[str, str]]:
    from django.apps import apps

    from blindbox.common.fields import CodeField

    models = apps.get_models()
    return [
        (model._meta.db_table, str(field.column))
        for model in models
        for field in model._meta.local_concrete_fields
        if isinstance(field, CodeField)
    ]
