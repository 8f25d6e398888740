"""Settings, announcements, the outbox and the log itself."""

import pytest
from django.core import signing
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.configs import INVITE_BIND, INVITE_REWARD_POINTS
from activities.settings import HIGHEST_PRICE_FEN
from blindbox.system.admin.changes import entry_changes
from blindbox.system.configs import SettingChanged, all_settings, value_of
from blindbox.system.models import Config, Notice, OperationLog, OutboxMessage
from tests.factories.pages import inputs_of, press, said, save

CONFIG = "/admin/system/config/"


def _sent(key: str, value: object, reason: str = "调整") -> dict[str, object]:
    return {key: "1", f"{key}-value": value, f"{key}-reason": reason}


def _set(office, sent):
    """Open the page and send one of its forms."""
    shown = {name: value for name, value in inputs_of(office.get(CONFIG)).items() if name.endswith("-shown")}
    return office.post(CONFIG, {**shown, **sent})


def test_every_defined_setting_is_on_the_page_with_label_and_default(office):
    page = office.get(CONFIG).content.decode()
    for setting in all_settings():
        assert setting.label in page
        assert setting.key in page


def test_a_setting_changes_with_a_reason(office):
    assert said(_set(office, _sent("invite.reward_points", "250"))) == ["「邀请奖励积分」已保存"]
    assert value_of(INVITE_REWARD_POINTS) == 250
    logged = OperationLog.objects.get()
    assert (logged.before, logged.after, logged.reason) == ({"value": 100}, {"value": 250}, "调整")


@pytest.mark.parametrize(
    "sent",
    [
        _sent("invite.reward_points", "250", reason=""),
        _sent("invite.reward_points", "many"),
        _sent("invite.reward_points", "-1"),
        _sent("invite.bind", "everybody"),
        _sent("no.such.setting", "1"),
    ],
)
def test_a_wrong_value_changes_nothing(office, sent):
    _set(office, sent)
    assert (value_of(INVITE_REWARD_POINTS), value_of(INVITE_BIND)) == (100, "new_only")
    assert not Config.objects.exists()
    assert not OperationLog.objects.exists()


def test_money_is_shown_and_typed_in_yuan_and_stays_fen(office):
    page = office.get(CONFIG).content.decode()
    assert "（分）" not in page
    assert "默认：¥200.00" in page
    _set(office, _sent("compliance.highest_price_fen", "199.50"))
    assert value_of(HIGHEST_PRICE_FEN) == 19_950
    entry = OperationLog.objects.get()
    assert (entry.before, entry.after) == ({"value": 20_000}, {"value": 19_950})
    shown = office.get(f"/admin/system/operationlog/{entry.pk}/change/").content.decode()
    assert "¥200.00" in shown
    assert "¥199.50" in shown


def test_a_word_and_a_switch_are_logged_as_the_page_offers_them(office):
    _set(office, _sent("invite.bind", "any_uninvited"))
    _set(office, _sent("compliance.require_birth_date", "true"))
    told = [strip_tags(entry_changes(entry)) for entry in OperationLog.objects.order_by("pk")]
    assert "任何还没有邀请人的用户" in told[0]
    assert "值关开" in told[1]


@pytest.mark.parametrize(
    ("value", "reason", "refusal"),
    [
        ("-1", "下调", "「盲盒单价上限」必须在 ¥0.01 到 ¥50000.00 之间"),
        ("60000", "上调", "「盲盒单价上限」必须在 ¥0.01 到 ¥50000.00 之间"),
        ("", "清空", "「盲盒单价上限」请填写"),
        ("123.45", "", "「盲盒单价上限」的修改原因：请填写"),
    ],
)
def test_a_refusal_names_its_setting_and_keeps_what_was_typed(office, value, reason, refusal):
    page = _set(office, _sent("compliance.highest_price_fen", value, reason=reason)).content.decode()
    assert refusal in page
    assert page.count("bb-refusal") == 1
    assert all(f'value="{typed}"' in page for typed in (value, reason) if typed)
    assert not Config.objects.exists()


def test_a_setting_that_a_colleague_changed_meanwhile_is_not_set_back(office):
    key = "invite.reward_points"
    shown = inputs_of(office.get(CONFIG))[f"{key}-shown"]
    assert said(_set(office, _sent(key, "250"))) == ["「邀请奖励积分」已保存"]
    page = office.post(CONFIG, {f"{key}-shown": shown, **_sent(key, "120")}).content.decode()
    assert SettingChanged.message in page
    assert 'value="120"' in page
    assert value_of(INVITE_REWARD_POINTS) == 250
    assert OperationLog.objects.count() == 1
    assert said(_set(office, _sent(key, "120"))) == ["「邀请奖励积分」已保存"]
    assert value_of(INVITE_REWARD_POINTS) == 120


@pytest.mark.parametrize(
    "note",
    ["", "x", signing.dumps(100), signing.dumps(100, salt="system.config:invite.bind")],
    ids=["none", "forged", "of nothing", "of another setting"],  # signed with the time: workers must agree on names
)
def test_a_setting_without_our_note_of_what_was_shown_is_not_set(office, note):
    key = "invite.reward_points"
    page = office.post(CONFIG, {f"{key}-shown": note, **_sent(key, "250")}).content.decode()
    assert SettingChanged.message in page
    assert not Config.objects.exists()
    assert not OperationLog.objects.exists()


def test_settings_stand_under_headings_each_of_them_under_one(office):
    groups = dict(office.get(CONFIG).context["groups"])
    assert list(groups) == ["邀请与积分", "购买上限", "支付与订单", "抽奖与玩法", "频率限制"]
    assert sorted(form.setting.key for forms in groups.values() for form in forms) == [s.key for s in all_settings()]


def test_who_may_only_look_cannot_change_settings(office_of, make_operator):
    office = office_of(make_operator(permissions=["system.view_config"]))
    assert office.get(CONFIG).status_code == 200
    assert _set(office, _sent("invite.reward_points", "250")).status_code == 403
    assert not Config.objects.exists()


def test_a_dead_event_is_delivered_again_with_a_reason(office):
    message = OutboxMessage.objects.create(topic="t", event_key="k", subscriber="s", payload={}, dead_at=timezone.now())
    assert said(press(office, "system.outboxmessage", "revive", message.pk, reason="已修复")) == ["已放回队列"]
    message.refresh_from_db()
    assert message.dead_at is None
    assert message.due_at is not None
    assert OperationLog.objects.get().reason == "已修复"
    press(office, "system.outboxmessage", "revive", message.pk, reason="再来")
    assert OperationLog.objects.count() == 1


def test_a_dead_event_that_was_dealt_with_asks_nobody_again_and_can_still_be_revived(office):
    message = OutboxMessage.objects.create(topic="t", event_key="k", subscriber="s", payload={}, dead_at=timezone.now())
    assert said(press(office, "system.outboxmessage", "set_aside", message.pk, reason="线下处理")) == ["已记为处理完毕"]
    assert not OutboxMessage.objects.dead().exists()
    assert [row.pk for row in office.get("/admin/system/outboxmessage/?state=set_aside").context["cl"].result_list] == [
        message.pk
    ]
    press(office, "system.outboxmessage", "revive", message.pk, reason="再试")
    message.refresh_from_db()
    assert (message.dead_at, message.set_aside_at) == (None, None)
    assert list(OperationLog.objects.order_by("pk").values_list("action", flat=True)) == [
        "人工处理事件",
        "重新投递事件",
    ]


STATES = [
    ({"dead_at": True}, (True, True)),
    ({"dead_at": True, "set_aside_at": True}, (True, False)),
    ({"delivered_at": True}, (False, False)),
    ({"due_at": True}, (False, False)),
]


@pytest.mark.parametrize(("stamps", "offered"), STATES)
def test_an_event_offers_only_what_would_do_something(office, stamps, offered):
    at = dict.fromkeys(stamps, timezone.now())
    message = OutboxMessage.objects.create(topic="t", event_key="k", subscriber="s", payload={}, **at)
    page = office.get(f"/admin/system/outboxmessage/{message.pk}/change/").content.decode()
    assert tuple(f"/{button}/" in page for button in ("revive", "set_aside")) == offered


def test_an_announcement_is_logged_from_first_word_to_deletion(office):
    window = {"starts_at_0": "2026-01-01", "starts_at_1": "00:00", "ends_at_0": "2026-02-01", "ends_at_1": "00:00"}
    office.post("/admin/system/notice/add/", {"title": "上新", "body": "周末", **window})
    notice = Notice.objects.get()
    save(office, f"/admin/system/notice/{notice.pk}/change/", {"title": "上新啦", "body": "周末", **window})
    office.post(f"/admin/system/notice/{notice.pk}/delete/", {"post": "yes", "change_reason": "活动结束"})
    log = list(OperationLog.objects.order_by("pk"))
    assert len(log) == 3
    assert log[1].before["title"] == "上新"
    assert log[1].after["title"] == "上新啦"
    assert log[2].reason == "活动结束"
    assert not Notice.objects.exists()


def test_the_log_links_what_has_a_page_and_names_the_rest(office, make_member):
    member = make_member()
    log = {"operator_name": "云", "action": "发放积分", "object_type": "Member", "object_label": "小明"}
    OperationLog.objects.create(**log, object_id=str(member.pk))
    OperationLog.objects.create(**log | {"object_label": "已删除"}, object_id="999")
    OperationLog.objects.create(**log | {"object_type": "RewardDrop", "object_label": "投放"}, object_id="1")
    page = office.get("/admin/system/operationlog/").content.decode()
    assert f'<a class="bb-link" href="/admin/accounts/member/{member.pk}/change/">小明</a>' in page
    assert [f">{label}</a>" in page for label in ("已删除", "投放")] == [False, False]


def test_the_log_is_narrowed_by_operator_and_action(office):
    _set(office, _sent("invite.reward_points", "250"))
    OperationLog.objects.create(operator_name="别人", action="退款", object_type="Order", object_id="1")
    found = office.get("/admin/system/operationlog/", {"operator_name": "admin"}).context["cl"].result_list
    assert [entry.action for entry in found] == ["修改配置"]
