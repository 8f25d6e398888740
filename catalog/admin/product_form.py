"""What an operator types about a product."""

from typing import Any

from django import forms

from blindbox.common.adminkit import CheckboxList, Textarea
from catalog import selectors, tree
from catalog.models import Category, Product

MOST_IMAGES = 9


class ImageUrlsField(forms.CharField):
    """One address a line."""

    widget = Textarea(attrs={"rows": 3, "placeholder": "https://…（每行一个地址，第一张是主图）"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> list[str]:
        urls = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(urls) > MOST_IMAGES:
            raise forms.ValidationError(f"最多 {MOST_IMAGES} 张图片")
        for url in urls:
            if not url.startswith(("https://", "http://", "/")) or len(url) > 500:
                raise forms.ValidationError(f"不是图片地址：{url[:60]}")
        return urls


def category_choices() -> list[tuple[int, str]]:
    """Return every category with the path to it."""
    names, parents = {c.pk: c.name for c in selectors.categories()}, selectors.parents()
    paths = {pk: " › ".join(names[each] for each in reversed(tree.line_up(pk, parents))) for pk in names}
    return sorted(paths.items(), key=lambda choice: choice[1])


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    image_urls = ImageUrlsField(label="图片", required=False)
    category_ids = forms.TypedMultipleChoiceField(label="分类", coerce=int, required=False, widget=CheckboxList())

    class Meta:
        model = Product
        fields = [
            "name",
            "kind",
            "price_fen",
            "price_points",
            "cost_fen",
            "stock",
            "image_urls",
            "description",
            "is_on_sale",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "category_ids" in self.fields:  # an operator who may only look has no inputs
            self.fields["category_ids"].choices = category_choices()  # type: ignore[attr-defined]
            if self.instance.pk:
                filed = Category.objects.filter(products=self.instance.pk)
                self.initial["category_ids"] = list(filed.values_list("pk", flat=True))

    def clean_stock(self) -> int:
        stock: int = self.cleaned_data["stock"]
        if stock < 0:
            raise forms.ValidationError("库存不能小于 0")
        return stock
