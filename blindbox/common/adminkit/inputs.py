"""Inputs in the back office's look, for forms that belong to no model."""

from unfold.widgets import (
    UnfoldAdminBigIntegerFieldWidget as NumberInput,
)
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget as CheckboxList,
)
from unfold.widgets import (
    UnfoldAdminSelectWidget as Select,
)
from unfold.widgets import (
    UnfoldAdminTextareaWidget as Textarea,
)
from unfold.widgets import (
    UnfoldAdminTextInputWidget as TextInput,
)

__all__ = ["CheckboxList", "NumberInput", "Select", "TextInput", "Textarea", "WholePercentInput"]


class WholePercentInput(TextInput):
    """A number of percent without decimals."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "numeric", "autocomplete": "off", "suffix": "%", "class": "bb-suffixed"})
