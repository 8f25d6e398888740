"""Who may call which route of activities: members, guests, operators with and without the permission (S-01, S-03)."""

import pytest
from django.urls import get_resolver

from activities.models import DrawLog, IssueCounter, Reward
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product, open_box
from tests.factories.boss import make_season
from tests.factories.draws import buy

pytestmark = pytest.mark.django_db
KEY = {"HTTP_IDEMPOTENCY_KEY": "k1"}
PUBLIC = [
    "activity_categories",
    "activities",
    "activities/{activity}",
    "activities/{activity}/issues",
    "activities/{activity}/issues/{issue}/rewards",
    "activities/{activity}/issues/{issue}/draw_logs",
    "activities/{activity}/issues/{issue}/tickets",
    "activities/{activity}/issues/{issue}/proof",
    "activities/{activity}/issues/{issue}/odds_report",
    "activities/{activity}/issues/{issue}/boss",
    "activities/{activity}/boss/leaderboard",
    "draw_logs/{draw}/proof",
    "draw_commitments",
]
MEMBERS = [
    ("post", "activities/{activity}/issues/{issue}/draws/preview"),
    ("post", "activities/{activity}/issues/{issue}/draws"),
    ("post", "activities/{activity}/issues/{issue}/lock"),
    ("delete", "activities/{activity}/issues/{issue}/lock"),
    ("get", "users/me/draw_logs"),
]
ISSUE = "activities/{activity}/issues/{issue}"
OPERATORS = [
    ("get", "activity_categories", "view_activitycategory"),
    ("post", "activity_categories", "add_activitycategory"),
    ("put", "activity_categories/{category}", "change_activitycategory"),
    ("patch", "activity_categories/{category}", "change_activitycategory"),
    ("delete", "activity_categories/{category}", "delete_activitycategory"),
    ("get", "boss_seasons", "view_bossseason"),
    ("post", "boss_seasons", "add_bossseason"),
    ("get", "boss_seasons/{season}", "view_bossseason"),
    ("put", "boss_seasons/{season}", "change_bossseason"),
    ("patch", "boss_seasons/{season}", "change_bossseason"),
    ("delete", "boss_seasons/{season}", "delete_bossseason"),
    ("get", "activities", "view_activity"),
    ("post", "activities", "add_activity"),
    ("get", "activities/{activity}", "view_activity"),
    ("put", "activities/{activity}", "change_activity"),
    ("patch", "activities/{activity}", "change_activity"),
    ("delete", "activities/{activity}", "delete_activity"),
    ("get", "activities/{activity}/issues", "view_issue"),
    ("post", "activities/{activity}/issues", "add_issue"),
    ("get", ISSUE, "view_issue"),
    ("put", ISSUE, "change_issue"),
    ("patch", ISSUE, "change_issue"),
    ("delete", ISSUE, "delete_issue"),
    ("post", f"{ISSUE}/open", "change_issue"),
    ("post", f"{ISSUE}/close", "change_issue"),
    ("put", f"{ISSUE}/loss_approval", "approve_loss"),
    ("get", f"{ISSUE}/simulation", "view_issue"),
    ("get", f"{ISSUE}/report", "view_issue"),
    ("get", f"{ISSUE}/rewards", "view_reward"),
    ("post", f"{ISSUE}/rewards", "add_reward"),
    ("put", f"{ISSUE}/rewards/{{reward}}", "change_reward"),
    ("patch", f"{ISSUE}/rewards/{{reward}}", "change_reward"),
    ("delete", f"{ISSUE}/rewards/{{reward}}", "delete_reward"),
    ("get", f"{ISSUE}/drops", "view_reward"),
    ("post", f"{ISSUE}/drops", "change_reward"),
    ("post", f"{ISSUE}/drops/spread", "change_reward"),
    ("put", f"{ISSUE}/drops/0", "change_reward"),
    ("patch", f"{ISSUE}/drops/0", "change_reward"),
    ("delete", f"{ISSUE}/drops/0", "change_reward"),
    ("post", "activities/{activity}/passes", "add_levelpass"),
]
EVERY_PERMISSION = {permission for _, _, permission in OPERATORS}


@pytest.fixture
def ids(member):
    """An open issue with a draw and a Boss."""
    issue = open_box(total=20, is_boss=True)
    buy(member, issue, 1, now=NOW)
    reward = Reward.objects.first().pk
    category = issue.activity.category_id
    return {
        "activity": issue.activity_id, "issue": issue.pk, "draw": DrawLog.objects.get().pk, "reward": reward,
        "category": category, "season": make_season(issue.activity).pk,
    }  # fmt: skip


def call(client, method, url):
    return client.get(url) if method == "get" else getattr(client, method)(url, {}, **KEY)


def refused(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("url", PUBLIC)
def test_everybody_may_look(anonymous, app, ids, url):
    for client in (anonymous, app):
        assert client.get(f"/api/app/{url.format(**ids)}").status_code == 200


@pytest.mark.parametrize("url", PUBLIC)
def test_a_bad_token_is_refused_even_where_none_is_needed(anonymous, ids, url):
    anonymous.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    assert refused(anonymous.get(f"/api/app/{url.format(**ids)}")) == (401, "auth.token_invalid")


@pytest.mark.parametrize(("method", "url"), MEMBERS)
def test_members_routes_need_a_member(anonymous, shop, ids, state, method, url):
    before, path = state(), f"/api/app/{url.format(**ids)}"
    assert refused(call(anonymous, method, path)) == (401, "auth.not_authenticated")
    assert refused(call(shop, method, path)) == (401, "auth.token_invalid")
    assert state() == before


def test_anothers_draws_are_forbidden(app_client, make_member, member, ids):
    stranger = app_client(make_member())
    for user_id in (member.pk, 10**9, 0, "ME"):
        assert refused(stranger.get(f"/api/app/users/{user_id}/draw_logs")) == (403, "common.forbidden")
    assert stranger.get("/api/app/users/me/draw_logs").json() == {"list": [], "next_cursor": None}


@pytest.mark.parametrize(("method", "url", "permission"), OPERATORS)
def test_each_admin_route_needs_its_own_permission(
    anonymous, app, admin_client_for, make_operator, ids, state, method, url, permission
):
    others = [f"activities.{each}" for each in EVERY_PERMISSION - {permission}]
    lacking = admin_client_for(make_operator(username="lacking", permissions=others))
    before, path = state(), f"/api/admin/{url.format(**ids)}"
    assert refused(call(anonymous, method, path)) == (401, "auth.not_authenticated")
    assert refused(call(app, method, path)) == (401, "auth.token_invalid")
    assert refused(call(lacking, method, path)) == (403, "common.forbidden")
    assert state() == before
    holding = admin_client_for(make_operator(username="holding", permissions=[f"activities.{permission}"]))
    assert call(holding, method, path).status_code in (200, 201, 400, 409)


UNKNOWN = [
    ("get", "/api/app/activities/{none}"),
    ("get", "/api/app/activities/{none}/issues"),
    ("get", "/api/app/activities/{none}/issues/{issue}/rewards"),
    ("get", "/api/app/activities/{activity}/issues/{none}/rewards"),
    ("get", "/api/app/activities/{activity}/issues/{none}/draw_logs"),
    ("get", "/api/app/activities/{activity}/issues/{none}/tickets"),
    ("get", "/api/app/activities/{none}/issues/{issue}/tickets"),
    ("post", "/api/app/activities/{activity}/issues/{none}/lock"),
    ("delete", "/api/app/activities/{none}/issues/{issue}/lock"),
    ("get", "/api/app/activities/{activity}/issues/{none}/proof"),
    ("get", "/api/app/activities/{none}/issues/{issue}/boss"),
    ("get", "/api/app/activities/{activity}/issues/{none}/boss"),
    ("get", "/api/app/activities/{none}/boss/leaderboard"),
    ("get", "/api/app/draw_logs/{none}/proof"),
    ("post", "/api/app/activities/{activity}/issues/{none}/draws"),
    ("post", "/api/app/activities/{none}/issues/{issue}/draws"),
    ("post", "/api/app/activities/{none}/issues/{issue}/draws/preview"),
    ("patch", "/api/admin/activity_categories/{none}"),
    ("delete", "/api/admin/activity_categories/{none}"),
    ("get", "/api/admin/boss_seasons/{none}"),
    ("delete", "/api/admin/boss_seasons/{none}"),
    ("get", "/api/admin/activities/{none}"),
    ("patch", "/api/admin/activities/{none}"),
    ("delete", "/api/admin/activities/{none}"),
    ("get", "/api/admin/activities/{none}/issues"),
    ("post", "/api/admin/activities/{none}/issues"),
    ("get", "/api/admin/activities/{none}/issues/{issue}"),
    ("patch", "/api/admin/activities/{none}/issues/{issue}"),
    ("delete", "/api/admin/activities/{activity}/issues/{none}"),
    ("post", "/api/admin/activities/{none}/issues/{issue}/open"),
    ("post", "/api/admin/activities/{none}/issues/{issue}/close"),
    ("get", "/api/admin/activities/{none}/issues/{issue}/rewards"),
    ("patch", "/api/admin/activities/{none}/issues/{issue}/rewards/{reward}"),
    ("delete", "/api/admin/activities/{none}/issues/{issue}/rewards/{reward}"),
    ("get", "/api/admin/activities/{none}/issues/{issue}/drops"),
    ("post", "/api/admin/activities/{activity}/issues/{none}/drops"),
    ("post", "/api/admin/activities/{none}/issues/{issue}/drops/spread"),
    ("patch", "/api/admin/activities/{none}/issues/{issue}/drops/0"),
    ("delete", "/api/admin/activities/{none}/issues/{issue}/drops/0"),
]


@pytest.mark.parametrize(("method", "url"), UNKNOWN)
def test_unknown_ids_are_not_found(app, shop, ids, state, method, url):
    client, before = shop if url.startswith("/api/admin") else app, state()
    body = {} if url.endswith("/lock") else {"count": 1, "pay_with": "points", "client_nonce": "n"}
    for none in (0, 10**9, 2**63 - 1, 2**63, 10**30):
        path = url.format(**ids, none=none)
        answer = client.get(path) if method == "get" else getattr(client, method)(path, body, **KEY)
        assert answer.status_code == 404, answer.json()
        assert set(answer.json()) == {"code", "message", "details", "request_id"}
    assert state() == before


def test_a_reward_of_another_issue_is_not_found(shop, ids, state):
    draft = make_draft(make_activity(name="森林"), box_rewards(make_product(), total=3))
    before = state()
    url = f"/api/admin/activities/{draft.activity_id}/issues/{draft.pk}/rewards/{ids['reward']}"
    for method in (shop.patch, shop.delete):
        assert refused(method(url, {})) == (404, "common.not_found")
    assert state() == before


def test_a_draft_is_hidden_from_members(app):
    draft = make_draft(make_activity(), box_rewards(make_product(), total=3))
    own = f"/api/app/activities/{draft.activity_id}/issues"
    assert app.get(own).json()["total"] == 0
    for tail in ("rewards", "draw_logs", "proof"):
        assert refused(app.get(f"{own}/{draft.pk}/{tail}")) == (404, "common.not_found")


def test_an_archived_activity_is_hidden_but_its_proofs_are_not(app, shop, ids):
    url = f"/api/admin/activities/{ids['activity']}"
    assert shop.patch(url, {"status": "archived"}).status_code == 200
    own = f"/api/app/activities/{ids['activity']}"
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    tails = ("", "/issues", f"/issues/{ids['issue']}/rewards")
    assert app.get("/api/app/activities").json()["total"] == 0
    assert [app.get(f"{own}{tail}").status_code for tail in tails] == [200] * 3
    IssueCounter.objects.filter(pk=ids["issue"]).update(status="closed")
    assert [app.get(f"{own}{tail}").status_code for tail in tails] == [404] * 3
    assert refused(app.post(f"{own}/issues/{ids['issue']}/draws", body, **KEY)) == (404, "common.not_found")
    for proof in (f"{own}/issues/{ids['issue']}/proof", f"/api/app/draw_logs/{ids['draw']}/proof"):
        assert app.get(proof).status_code == 200


def test_every_route_of_activities_is_in_this_matrix():
    known = {url.format(activity=0, issue=0, draw=0, reward=0, category=0) for url in PUBLIC}
    known |= {url.format(activity=0, issue=0) for _, url in MEMBERS}
    known |= {url.format(activity=0, issue=0, reward=0, category=0, season=0) for _, url, _ in OPERATORS}
    for module in ("activities.api.app.urls", "activities.api.admin.urls"):
        for pattern in get_resolver(module).url_patterns:
            path = str(pattern.pattern)
            for name in ("activity", "issue", "reward", "category", "draw_log", "drop", "season"):
                path = path.replace(f"<int:{name}_id>", "0")
            assert path.replace("<str:user_id>", "me") in known


@pytest.mark.parametrize(
    "url", ["activities/", "activities/1/", "activities/x", "activities/-1", "activities/1/issues/"]
)
def test_a_path_that_is_none_of_ours_is_404(app, url):
    assert app.get(f"/api/app/{url}").status_code == 404
