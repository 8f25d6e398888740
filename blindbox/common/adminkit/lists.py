"""Lists: what no database can look for is the unfiltered list, and a page's rows may fetch their extras together."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from unfold.views import ChangeList


class ListOfRows(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """:raises IncorrectLookupParameters: if a number or a year is beyond what can be stored"""
        try:
            super().get_results(request)
        except (OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error
        self.result_list: Any = self.model_admin.rows_of_page(self.result_list)
