"""What answers where no view does: the error format for programs, a page in Chinese for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string

from blindbox.common.api import INTERNAL, error_body, refusal_body
from blindbox.common.errors import DomainError, Forbidden, Invalid, NotFound
from blindbox.common.logging import current_request_id

PROGRAMS, BACK_OFFICE = ("/api/", "/v1/"), "/admin/"
PAGES = {
    400: ("无法识别的请求", "地址或提交的内容有误。请返回上一页重试。"),
    403: ("没有权限", "你的账号不能这样做。需要的话，请管理员在「系统 › 操作员」里调整分组。"),
    404: ("页面不存在", "地址有误，或者内容已被删除。"),
    500: ("系统出错了", "这一次没有成功，错误已经记录。请稍后再试；仍然不行，请把下面的请求编号告诉技术人员。"),
}
EXPIRED = "页面已过期", "页面打开太久，或者浏览器没有保存 Cookie。请返回上一页，刷新后再提交。"


def _for_programs(request: HttpRequest) -> bool:
    return request.path.startswith(PROGRAMS)


def _refuse(refusal: DomainError) -> HttpResponseBase:
    body = refusal_body(refusal)
    return JsonResponse(body, status=refusal.status, json_dumps_params={"ensure_ascii": False})


def _page(request: HttpRequest, status: int, words: tuple[str, str] | None = None) -> HttpResponseBase:
    """Render without context processors: after a failure, nothing that touches the database may run."""
    title, advice = words or PAGES[status]
    home = BACK_OFFICE if request.path.startswith(BACK_OFFICE) else "/"
    context = {"title": title, "advice": advice, "home": home, "request_id": current_request_id()}
    return HttpResponse(render_to_string("adminkit/error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _refuse(Invalid()) if _for_programs(request) else _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _refuse(Forbidden()) if _for_programs(request) else _page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    return _refuse(Forbidden()) if _for_programs(request) else _page(request, 403, EXPIRED)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _refuse(NotFound()) if _for_programs(request) else _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer what nobody anticipated; Django has logged it, with this request's id."""
    if not _for_programs(request):
        return _page(request, 500)
    code, message = INTERNAL
    body: dict[str, Any] = error_body(code, message, {})
    return JsonResponse(body, status=500, json_dumps_params={"ensure_ascii": False})
