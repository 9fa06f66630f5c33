"""The screens in a real browser."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LIVE = '#connection[data-lamp="on"]'
EVERY_PAGE = [
    "/",
    "/customers/",
    "/follow-ups/",
    "/calls/",
    "/lines/",
    "/tickets/",
    "/messages/",
    "/promises/",
    "/promises/budgets/",
    "/knowledge/?q=几点关门",
    "/knowledge/missing/",
    "/knowledge/new/",
    "/tunes/",
    "/tunes/rules/new/",
    "/tunes/statistics/",
    "/plans/",
    "/scripts/",
    "/scripts/first-order/",
    "/imports/",
    "/password/",
]


def open_newest_answered_call(page) -> None:
    page.goto("/calls/?score=2")
    page.click("tbody tr:first-child td:first-child a")
    expect(page.locator(".chat li").first).to_be_visible()


def test_a_wrong_password_says_so_and_the_right_one_opens_the_board(page, sign_in):
    page.goto("/customers/")
    page.fill("[name=username]", "nobody")
    page.fill("[name=password]", "wrong password 1")
    page.click("main button.primary")
    expect(page.get_by_role("alert")).to_have_text("用户名或密码不正确。")
    page.faults.clear()  # the console notes the 403
    sign_in()
    expect(page.locator("h1")).to_contain_text("今日看板")
    expect(page.locator(LIVE)).to_be_visible()


def test_an_upset_customer_is_marked_on_the_live_board_with_the_reason(site, sign_in):
    page = sign_in()
    expect(page.locator(LIVE)).to_be_visible()
    site.run(
        "c = Customer.objects.get(name='赵先生'); p = Plan.objects.get(); s = Script.objects.get()\n"
        "a = add_call(c, p, s, Trunk.objects.get(), now() - timedelta(seconds=7), state='talking')\n"
        "Attempt.objects.filter(pk=a.pk).update(risk='threat')"
    )
    mark = page.locator("#calls tr.upset", has_text="赵先生").locator(".risk")
    expect(mark).to_have_text("情绪激动")
    expect(mark).to_have_attribute("title", "提到监管部门、媒体、警方或律师")


def test_the_board_moves_when_another_process_writes(site, sign_in):
    page = sign_in()
    expect(page.locator(LIVE)).to_be_visible()
    before = int(page.locator("[data-tile=talking]").inner_text())
    chart = page.locator("#chart").get_attribute("aria-label")
    site.run(
        "c = Customer.objects.get(name='赵先生'); p = Plan.objects.get(); s = Script.objects.get()\n"
        "t = Trunk.objects.get()\n"
        "add_call(c, p, s, t, now() - timedelta(seconds=5), state='talking')\n"
        "add_call(c, p, s, t, now() - timedelta(seconds=60), score=5, tune='bright_piano')"
    )
    row = page.locator("#calls tr:not(.upset)", has_text="赵先生")
    expect(row).to_contain_text("139****5678")
    expect(row).to_contain_text("通话中")
    expect(page.locator("[data-tile=talking]")).to_have_text(str(before + 1))
    expect(page.locator("#endings li", has_text="赵先生")).to_contain_text("轻快钢琴曲")
    expect(page.locator("#chart")).not_to_have_attribute("aria-label", chart)
    ticking = row.locator("td").last.inner_text()
    expect(row.locator("td").last).not_to_have_text(ticking)
    site.run("Attempt.objects.filter(state='talking').update(state='ended', cause='hung_up', ended_at=now())")
    expect(row).to_have_count(0)


def test_a_worker_that_was_restarted_shows_on_its_lamp(site, sign_in):
    page = sign_in()
    site.run("ProcessState.objects.filter(name='voice').update(restarts=2)")
    expect(page.locator("#lamps li", has_text="语音")).to_contain_text("已重启 2 次")
    site.run("ProcessState.objects.filter(name='work').update(state='restarting')")
    expect(page.locator('#lamps .lamp[data-lamp="wait"]')).to_contain_text("后台")


def test_each_of_fifty_reloads_gets_its_stream(sign_in):
    page = sign_in()
    for _ in range(50):
        page.reload(wait_until="commit")
        expect(page.locator(LIVE)).to_be_visible()


def test_the_lamp_turns_red_after_twenty_seconds_of_silence_and_green_again(site, sign_in):
    page = sign_in()
    page.clock.install()
    page.reload()
    expect(page.locator(LIVE)).to_be_visible()
    with site.frozen():
        page.clock.fast_forward(25_000)
        expect(page.locator('#connection[data-lamp="off"]')).to_contain_text("连接中断")
    expect(page.locator(LIVE)).to_be_visible(timeout=30_000)  # the next heartbeat


def test_a_server_that_comes_back_finds_its_boards_again_with_what_they_missed(site, sign_in):
    page = sign_in()
    expect(page.locator(LIVE)).to_be_visible()
    tickets = site.run("print(Ticket.objects.count())")
    site.stop()
    site.run("Ticket.objects.update(state='resolved', resolved_at=now())")
    site.start()
    expect(page.locator("[data-tile=tickets]")).to_have_text("0", timeout=30_000)
    expect(page.locator(LIVE)).to_be_visible()
    page.faults.clear()  # the console notes the refused connections
    site.run("Ticket.objects.update(state='open', resolved_at=None)")
    expect(page.locator("[data-tile=tickets]")).to_have_text(tickets)


def test_a_recording_plays_and_can_be_jumped_in(sign_in):
    page = sign_in("supervisor")
    parts: list[int] = []
    page.on("response", lambda reply: parts.append(reply.status) if "/recording/" in reply.url else None)
    open_newest_answered_call(page)
    audio = page.locator("#recording")
    expect(audio).to_have_js_property("duration", 3)
    page.click("[data-jump='2400']")
    expect(audio).to_have_js_property("paused", False)
    expect(audio).to_have_js_property("ended", True)
    assert audio.evaluate(
        "(a) => [...Array(a.played.length).keys()].map((i) => [a.played.start(i), a.played.end(i)])"
    ) == [[pytest.approx(2.4, abs=0.1), pytest.approx(3.0, abs=0.1)]]
    page.click("[data-jump='1700']")
    expect(page.locator(".chat li[data-now]")).to_have_count(1)
    assert set(parts) == {206}


def test_a_supervisor_sees_a_number_only_after_asking(sign_in):
    page = sign_in("supervisor")
    page.goto("/customers/?q=13812345678")
    page.click("tbody a")
    expect(page.locator("dl.facts").first).to_contain_text("138****5678")
    page.click("form.inline button")
    expect(page.locator(".revealed")).to_have_text("13812345678")


def test_the_list_narrows_while_one_types_and_back_undoes_it(sign_in):
    page = sign_in()
    page.goto("/customers/")
    expect(page.locator("tbody tr")).not_to_have_count(1)
    page.locator("[name=q]").press_sequentially("李女士", delay=30)
    expect(page.locator("tbody tr")).to_have_count(1)
    page.wait_for_url("**/customers/?q=*")
    page.go_back()
    expect(page.locator("tbody tr")).not_to_have_count(1)


def test_an_agent_resolves_a_ticket(sign_in):
    page = sign_in("agent")
    page.goto("/tickets/")
    page.click("tbody a >> nth=0")
    page.fill("textarea", "已电话道歉，补发小样")
    page.click("main button.primary")
    expect(page.get_by_role("status")).to_have_text("工单已解决。")
    expect(page.locator(".prose").last).to_contain_text("补发小样")


def test_chinese_comes_first_and_english_is_one_click_away_and_stays(sign_in):
    page = sign_in()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.goto("/follow-ups/?state=done")
    page.click("details.me summary")
    page.click("text=English")
    page.wait_for_url("**/follow-ups/?state=done")
    expect(page.locator("h1")).to_have_text("Follow-ups")
    page.goto("/")
    expect(page.locator("h1")).to_contain_text("Today")
    expect(page.locator(LIVE)).to_contain_text("live")


def test_the_page_of_lines_moves_by_itself_and_settles_doubtful_calls(site, sign_in):
    site.run(  # calls that other tests have begun are over
        "Attempt.objects.filter(state__in=['dialling', 'ringing', 'talking'])"
        ".update(state='ended', cause='busy', ended_at=now())"
    )
    site.run(
        "p = Plan.objects.get(); s = Script.objects.get(); t = Trunk.objects.get()\n"
        "for n in range(2):\n"
        "    c, _ = add_customer(f'疑难客户{n}', Store.objects.first(), f'+861370000009{n}', now())\n"
        "    add_call(c, p, s, t, now() - timedelta(minutes=n + 50), state='in_doubt')\n"
    )
    page = sign_in()
    page.goto("/lines/")
    expect(page.locator(".trunk progress")).to_have_attribute("value", "0")
    rows = page.locator("#doubt tbody tr", has_text="疑难客户")
    rows.first.locator("input").check()
    site.run(
        "c = Customer.objects.get(name='疑难客户0'); p = Plan.objects.get()\n"
        "add_call(c, p, Script.objects.get(), Trunk.objects.get(), now(), state='ringing')"
    )
    expect(page.locator(".trunk progress")).to_have_attribute("value", "1")
    expect(rows.first.locator("input")).to_be_checked()  # what is fetched again leaves the list alone
    rows.last.get_by_role("button", name="已接通过").click()
    expect(page.get_by_role("status")).to_have_text("已处理 1 通。")
    expect(rows).to_have_count(1)
    page.locator("#tick-all").check()
    expect(rows.first.locator("input")).to_be_checked()
    page.locator("#tick-all").uncheck()
    rows.first.locator("input").check()
    page.locator("#doubt .bulk").get_by_role("button", name="客户未接").click()
    expect(page.get_by_role("status")).to_have_text("已处理 1 通。")
    expect(rows).to_have_count(0)
    site.run("Attempt.objects.filter(state='ringing').update(state='ended', cause='busy', ended_at=now())")


def test_a_name_made_of_markup_is_text_on_every_page(site, sign_in):
    payload = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    site.run(
        f"c, _ = add_customer({payload!r}, Store.objects.first(), '+8613700000001', now())\n"
        "p = Plan.objects.get(); s = Script.objects.get(); t = Trunk.objects.get()\n"
        "add_call(c, p, s, t, now(), state='ringing'); add_call(c, p, s, t, now() - timedelta(seconds=50), score=1)\n"
        "Ticket.objects.create(key='x', customer=c, cause='callback', title=c.name, owner=User.objects.first(),"
        " opened_at=now(), due_at=now())"
    )
    page = sign_in()
    expect(page.locator("#calls tr", has_text="onerror")).to_have_count(1)
    expect(page.locator("#endings li", has_text="onerror")).to_have_count(1)
    for path in ("/customers/", "/follow-ups/", "/calls/", "/tickets/"):
        page.goto(path)
        expect(page.get_by_text(payload).first).to_be_visible()
        page.get_by_text(payload).first.click()
        expect(page.get_by_text("<img src=x").first).to_be_visible()
    site.run("Attempt.objects.filter(state='ringing').update(state='ended', cause='busy', ended_at=now())")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1360, "dark")])
def test_every_page_fits_a_phone_and_the_dark_without_a_complaint_of_the_browser(sign_in, width, scheme):
    page = sign_in()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    details = [
        "/customers/?q=13812345678",
        "/calls/?score=2",
        "/calls/?state=in_doubt",
        "/tickets/?state=resolved",
    ]
    for path in EVERY_PAGE + details:
        page.goto(path)
        if path in details and page.locator("tbody a").count():
            with page.expect_navigation():  # a page that has only begun to load has no document to look at
                page.click("tbody a >> nth=0")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]"
            ".filter((e) => !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')))"
            ".map((e) => e.outerHTML)"
        )
        assert unnamed == [], page.url
        assert page.evaluate("window.violations") == [], page.url


def test_a_link_from_a_message_is_answered_on_a_phone_without_scripts(site, chromium):
    address = site.run(
        "from huifang.messages.links import address_of; from huifang.messages.models import AnswerLink\n"
        "print(address_of(AnswerLink.objects.get().attempt))"
    )
    window = chromium.new_context(
        base_url=site.url, locale="zh-CN", java_script_enabled=False, viewport={"width": 375, "height": 700}
    ).new_page()
    faults: list[str] = []
    window.on("console", lambda message: faults.append(message.text))
    window.goto(address)
    expect(window.locator("legend")).to_contain_text("满意吗")
    window.locator("label", has_text="不满意").first.click()
    window.click("text=下一步")
    expect(window.locator("dd")).to_have_text("不满意")
    window.click("text=修改")
    window.get_by_text("一般", exact=True).click()
    window.click("text=下一步")
    window.click("text=发送")
    expect(window.locator("h1")).to_contain_text("已经收到")
    assert site.run(
        "from huifang.surveys.models import Answer; print(*Answer.objects.values_list('channel', 'score').last())"
    ) == ("link 3")
    window.goto(address)
    expect(window.locator("body")).to_contain_text("链接已失效")
    assert [fault for fault in faults if "410" not in fault] == []
    window.context.close()
