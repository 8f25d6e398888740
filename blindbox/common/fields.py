"""Columns with a rule of their own."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import models
from django.db.models import lookups

from blindbox.common.text import SHOWN_TAIL

BYTEWISE = "utf8mb4_bin"
_Set_contra = TypeVar("_Set_contra", contravariant=True)
_Get_co = TypeVar("_Get_co", covariant=True)

if TYPE_CHECKING:

    class _CharField(models.CharField[_Set_contra, _Get_co]):
        """What CharField is to a type checker."""

else:

    class _CharField(models.CharField, Generic[_Set_contra, _Get_co]):
        """What CharField is while it runs: Django's own takes no type arguments."""


def _is_padded(value: object) -> bool:
    return isinstance(value, str) and value != value.strip()


def refuse_padding(value: str) -> None:
    """:raises ValidationError: for surrounding space, which a padded collation would ignore when it compares"""
    if _is_padded(value):
        raise ValidationError("首尾不能有空格")


class CodeField(_CharField[_Set_contra, _Get_co]):
    """
    An identifier that a stranger could guess or collide: compared byte for byte.

    MySQL and MariaDB fold case and treat all emoji as equal under their usual collations;
    SQLite compares bytes anyway and does not know the collation's name.
    """

    default_validators = [*models.CharField.default_validators, refuse_padding]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("db_collation", None)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = BYTEWISE
        return parameters

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str):
            refuse_padding(value)
        return super().get_db_prep_save(value, connection)


@CodeField.register_lookup
class CodeExact(lookups.Exact):
    """No stored code is padded, so a padded one finds nothing, whatever the collation would say."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if _is_padded(self.rhs):
            raise EmptyResultSet
        return super().as_sql(compiler, connection)


@CodeField.register_lookup
class CodeIn(lookups.In):
    """As `CodeExact`, for several."""

    def get_prep_lookup(self) -> Any:
        if isinstance(self.rhs, list | tuple | set | frozenset):
            self.rhs = [each for each in self.rhs if not _is_padded(each)]
        return super().get_prep_lookup()


@CodeField.register_lookup
class CodeKnown(CodeExact):
    """
    The whole code, or exactly as much of its end as everybody sees: a longer end would tell what is masked, digit by
    digit.
    """

    lookup_name = "known"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        known = lookups.EndsWith if len(str(self.rhs)) == SHOWN_TAIL else CodeExact
        return known(self.lhs, self.rhs).as_sql(compiler, connection)
