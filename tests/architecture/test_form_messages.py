"""A constraint that a form can hit says in Chinese what to do, not how the database calls it."""

import re

import pytest
from django.contrib import admin
from django.db.models import BaseConstraint

from blindbox.common.adminkit import ReadOnlyAdmin

CHINESE = re.compile("[\u4e00-\u9fff]")


def constraints() -> list[tuple[str, BaseConstraint]]:
    """Return the constraints of every model that operators fill a form of, rows of inline tables too."""
    pages = [page for page in admin.site._registry.values() if not isinstance(page, ReadOnlyAdmin)]
    forms = {model for page in pages for model in (page.model, *(inline.model for inline in page.inlines))}
    return [(model._meta.label, each) for model in forms for each in model._meta.constraints]


@pytest.mark.parametrize(("model", "constraint"), constraints(), ids=lambda value: getattr(value, "name", value))
def test_a_constraint_of_a_form_has_words_of_its_own(model, constraint):
    said = str(constraint.get_violation_error_message())
    assert CHINESE.search(said), f"{model} {constraint.name} needs a violation_error_message"
    assert constraint.name not in said, f"{model} {constraint.name} needs a violation_error_message"


def test_there_are_such_constraints():
    assert len(constraints()) >= 20
