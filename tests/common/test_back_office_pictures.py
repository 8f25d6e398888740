"""Members write the address of their picture: it must not tell a stranger's server who looks at it."""

import pytest

from blindbox.common.adminkit import avatar, thumbnail


@pytest.mark.parametrize(
    "url",
    [
        "https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132",
        "https://wx.qlogo.cn/mmopen/abc",
        "/media/avatars/7.png",
    ],
)
def test_pictures_of_wechat_and_our_own_are_shown_without_a_referrer(url):
    shown = avatar(url, "小明")
    assert f'src="{url}"' in shown
    assert 'referrerpolicy="no-referrer"' in shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example.com/a.png",
        "http://thirdwx.qlogo.cn/a.png",
        "https://thirdwx.qlogo.cn.evil.example.com/a.png",
        "https://thirdwx.qlogo.cn@evil.example.com/a.png",
        "https://thirdwx.qlogo.cn:8443/a.png",
        "//evil.example.com/a.png",
        "/\\evil.example.com/a.png",
        "javascript:alert(1)",
        "https://[",
    ],
)
def test_any_other_picture_is_an_initial(url):
    shown = avatar(url, " 小明")
    assert ">小</span>" in shown
    assert "src=" not in shown
    assert "evil" not in shown


@pytest.mark.parametrize(("name", "initial"), [("anna", "A"), ("<b>", "&lt;"), ("   ", "？"), ("", "？")])
def test_an_initial_is_a_letter_whatever_the_name_is(name, initial):
    assert f">{initial}</span>" in avatar("", name)


def test_pictures_of_goods_bring_no_referrer_either():
    assert 'referrerpolicy="no-referrer"' in thumbnail("https://img.example.com/a.png")


def test_the_back_office_takes_no_picture_over_plain_http(client, db):
    policy = client.get("/admin/login/")["Content-Security-Policy"]
    assert "img-src 'self' data: blob: https:;" in policy


def test_the_list_of_members_calls_nobody(office, make_member):
    make_member(nickname="小明", avatar_url="https://evil.example.com/a.png")
    page = office.get("/admin/accounts/member/").content.decode()
    assert "evil.example.com" not in page
    assert ">小</span>" in page
