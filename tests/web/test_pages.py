"""What people find on the pages."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huifang.clock import now
from huifang.customers.models import CustomerEvent, ImportRun
from huifang.followups.models import Attempt, FollowUp
from huifang.people.models import AuditEntry
from huifang.plans.models import Plan
from huifang.segments.models import Membership, Segment
from huifang.tickets.models import Ticket
from web.world import add_customer


def text_of(client, path: str, **data) -> str:
    reply = client.get(path, data)
    assert reply.status_code == 200, path
    return unescape(reply.content.decode())


# ---- customers


def test_a_customer_is_found_by_name_member_number_or_whole_phone_number(world, client_of):
    client = client_of("supervisor")
    for words in ("李", "M3812345678", "13812345678", "+86 138 1234 5678", "138-1234-5678"):
        page = text_of(client, "/customers/", q=words)
        assert "李女士" in page, words
        assert "赵先生" not in page, words


@pytest.mark.parametrize("words", ["1381234567", "12345678", "138****5678", "5678"])
def test_part_of_a_phone_number_finds_nobody(world, client_of, words):
    assert "李女士" not in text_of(client_of("supervisor"), "/customers/", q=words)


def test_another_stores_phone_number_finds_nobody(world, client_of):
    assert "李女士" not in text_of(client_of("other_agent"), "/customers/", q="13812345678")


def test_filters_stand_in_the_address_and_narrow_the_list(world, client_of):
    segment = Segment.objects.create(slug="vip", name="高价值", tree={})
    Membership.objects.create(segment=segment, customer=world.customer, joined_at=now())
    client = client_of("admin")
    for filters in ({"segment": "vip"}, {"store": world.store.pk}):
        page = text_of(client, "/customers/", **filters)
        assert "李女士" in page
        assert "赵先生" not in page
    assert "没有符合条件的客户" in text_of(client, "/customers/", lifecycle="lost")


def test_typing_in_the_search_box_asks_only_for_the_list(world, client_of):
    reply = client_of("admin").get("/customers/?q=李", headers={"hx-request": "true", "hx-target": "found"})
    assert "李女士" in reply.content.decode()
    assert "<html" not in reply.content.decode()


def test_a_long_list_comes_page_by_page_with_nobody_twice_or_left_out(world, client_of):
    for n in range(120):
        add_customer(f"客户{n:03d}", world.store, f"+86135{n:08d}", now())
    client, path, seen = client_of("admin"), "/customers/", []
    for _ in range(5):
        reply = client.get(path)
        seen += [customer.pk for customer in reply.context["page"].rows]
        assert len(reply.context["page"].rows) <= 50
        if not reply.context["page"].next:
            break
        path = f"/customers/?after={reply.context['page'].next}"
    assert len(seen) == len(set(seen)) == 122


def test_calls_of_the_same_instant_are_paged_without_loss(world, client_of):
    at = now()
    followup = FollowUp.objects.first()
    Attempt.objects.bulk_create(
        Attempt(
            followup=followup, customer=world.customer, trunk=world.trunk, node="n", state="ended",
            cause="busy", claimed_at=at, lease_until=at,
        )
        for _ in range(130)
    )  # fmt: skip
    client, after, seen = client_of("admin"), "", []
    while True:
        page = client.get("/calls/", {"after": after}).context["page"]
        seen += [call.pk for call in page.rows]
        after = page.next
        if not after:
            break
    assert len(seen) == len(set(seen)) == 132


def test_the_customer_page_tells_facts_consent_and_what_happened(world, client_of):
    world.customer.consents.create(purpose="", granted=False, source="call", at=now())
    CustomerEvent.objects.create(
        customer=world.customer, kind="consent.refused", at=now(), data={"text": "别再打了"}
    )
    CustomerEvent.objects.create(
        customer=world.customer, kind="segment.joined", at=now(), data={"name": "高价值"}, source="segment:1"
    )
    CustomerEvent.objects.create(customer=world.customer, kind="ticket.opened", at=now(), source="ticket:x")
    CustomerEvent.objects.create(customer=world.customer, kind="something.new", at=now(), data={"100%": "%s"})
    page = text_of(client_of("supervisor"), f"/customers/{world.customer.pk}/")
    for words in (
        "¥1,280.00", "购买玫瑰精华水，¥328.00", "免打扰", "不希望再被联系", "别再打了", "电话回访：完成回访",
        "评分 2（满分 5）", "通话中断，结果不明，待核实", "首次下单购买「玫瑰精华水」", "1992年5月20日",
        "something.new", "进入分群「高价值」", f"/calls/{world.call.pk}/",
    ):  # fmt: skip
        assert words in page, words


# ---- follow-ups and calls


def test_a_skipped_follow_up_says_why_in_chinese(world, client_of):
    FollowUp.objects.filter(pk=world.doubtful.followup_id).update(
        state="skipped",
        verdict={
            "allowed": False,
            "not_before": None,
            "rules": [{"name": "do_not_call", "passed": False, "data": {}}],
        },
    )
    page = text_of(client_of("agent"), "/follow-ups/", state="skipped")
    assert "客户要求不再联系" in page
    assert "首次下单购买「玫瑰精华水」" in page


def test_the_call_page_shows_what_was_said_pressed_answered_and_checked(world, client_of):
    page = text_of(client_of("agent"), f"/calls/{world.call.pk}/")
    for words in (
        "<kbd>4</kbd>", "店员爱理不理的", "被打断", "0.91", "按键 4", "雨声", "客户未拒绝联系",
        "联系频次未超限", "李女士打了2分", f'src="/calls/{world.call.pk}/recording/"',
    ):  # fmt: skip
        assert words in page, words


def test_the_call_page_tells_how_the_customer_was_handed_over(world, client_of):
    call, path = world.call, f"/calls/{world.call.pk}/"
    assert "转人工过程" not in text_of(client_of("agent"), path)
    steps = [
        ("transfer", "agent", ""), ("transfer_failed", "agent", "abandoned"), ("bridged", "agent", ""),
        ("held", "agent", ""), ("muted", "agent", ""), ("unmuted", "agent", ""),
        ("expert_joined", "supervisor", ""), ("agent_left", "agent", ""),
        ("back_to_robot", "supervisor", ""),
    ]  # fmt: skip
    for seq, (kind, agent, cause) in enumerate(steps, 101):
        data = {"agent": world.users[agent].username, "cause": cause}
        at = call.answered_at + timedelta(seconds=seq - 40)
        call.node_events.create(seq=seq, kind=kind, at=at, data=data)
    call.agent_wanted_at = call.answered_at
    call.save()
    page = text_of(client_of("agent"), path)
    agent, expert = (world.users[role].display_name for role in ("agent", "supervisor"))
    for sentence in (
        f"呼叫{agent}的电话", f"客户没有等到{agent}接听就挂断了", f"{agent}接听，开始与客户通话",
        f"{agent}让客户稍等（播放音乐）", f"{agent}关闭了麦克风（只听不说）", f"{agent}重新打开了麦克风",
        f"专家{expert}加入通话", f"{expert}把客户交还给语音助手", "1:01",
    ):  # fmt: skip
        assert sentence in page, sentence


@pytest.mark.parametrize(
    ("cut", "words"), [("refused", "没有录音：客户不同意录音。"), ("disk_full", "语音节点的磁盘")]
)
def test_the_page_of_a_call_says_why_there_is_no_recording(world, client_of, cut: str, words: str) -> None:
    path = f"/calls/{world.call.pk}/"
    assert words not in text_of(client_of("agent"), path)
    data = {"bytes": 0, "seconds": 0.0, "cut": cut}
    world.call.node_events.create(seq=200, kind="recording", at=world.call.ended_at, data=data)
    assert words in text_of(client_of("agent"), path)


def test_the_call_page_says_how_it_sounded_and_with_what_figures(world, client_of):
    call, path = world.call, f"/calls/{world.call.pk}/"
    assert "通话质量" not in text_of(client_of("agent"), path)
    quality = {"loss_percent": 1.26, "jitter_ms": 4.4, "far_loss_percent": 0.5, "round_trip_ms": 61.7}
    ended = call.node_events.create(seq=200, kind="ended", at=call.ended_at, data={"quality": quality})
    page = text_of(client_of("agent"), path)
    for words in (
        "通话质量",
        "良好",
        "客户声音丢包 1.3%",
        "抖动 4 毫秒",
        "我方声音丢包 0.5%",
        "往返 62 毫秒",
    ):
        assert words in page, words
    ended.data = {"quality": {**quality, "round_trip_ms": None}}
    ended.save()
    page = text_of(client_of("agent"), path)
    assert "对端未反馈收听情况" in page
    assert "我方声音丢包" not in page
    ended.data = {"quality": None}
    ended.save()
    assert "通话质量" not in text_of(client_of("agent"), path)


def test_a_label_of_the_script_is_shown_instead_of_the_code(world, client_of):
    choice = {"code": "dissatisfied", "label": {"zh-CN": "不太满意"}}
    world.script.document = {"steps": [{"id": "rating", "item": {"id": "rating", "choices": [choice]}}]}
    world.script.save()
    assert "不太满意" in text_of(client_of("agent"), f"/calls/{world.call.pk}/")


@pytest.mark.parametrize(
    ("finding", "state"), [("reached", "done"), ("not_reached", None), ("not_dialled", None)]
)
def test_a_supervisor_settles_a_doubtful_call(world, client_of, finding, state):
    path = f"/calls/{world.doubtful.pk}/"
    assert "系统不会自动重拨" in text_of(client_of("supervisor"), path)
    assert client_of("supervisor").post(f"{path}verify/", {"finding": finding}).status_code == 302
    followup = FollowUp.objects.get(pk=world.doubtful.followup_id)
    assert followup.state == state if state else followup.state != "in_doubt"
    assert "系统不会自动重拨" not in text_of(client_of("supervisor"), path)
    assert client_of("supervisor").post(f"{path}verify/", {"finding": finding}).status_code == 409
    assert client_of("supervisor").post(f"{path}verify/", {"finding": "maybe"}).status_code == 400


# ---- tickets, plans, imports


def test_open_tickets_come_first_due_first_and_overdue_ones_are_marked(world, client_of):
    at = now()
    for name, due in (("later", 3), ("sooner", 1)):
        Ticket.objects.create(
            key=name, customer=world.customer, cause="callback", title=name, owner=world.users["agent"],
            opened_at=at, due_at=at + timedelta(hours=due),
        )  # fmt: skip
    page = text_of(client_of("agent"), "/tickets/")
    assert page.index("李女士打了2分") < page.index("sooner") < page.index("later")
    assert page.count('class="overdue"') == 1


def test_an_agent_resolves_a_ticket_with_what_was_done(world, client_of):
    path = f"/tickets/{world.ticket.pk}/"
    assert client_of("agent").post(f"{path}resolve/", {"resolution": "已道歉并补发小样"}).status_code == 302
    assert "已道歉并补发小样" in text_of(client_of("agent"), path)
    entry = AuditEntry.objects.get(action="tickets.resolve")
    assert entry.acting_user.username == "agent"


def test_a_plan_is_switched_off_and_on_again(world, client_of):
    client = client_of("admin")
    client.post(f"/plans/{world.plan.slug}/switch/", {"active": "no"})
    assert not Plan.objects.get(pk=world.plan.pk).is_active
    assert "已停用" in text_of(client, "/plans/")
    client.post(f"/plans/{world.plan.slug}/switch/", {"active": "yes"})
    assert Plan.objects.get(pk=world.plan.pk).is_active


def test_a_file_is_imported_and_its_bad_rows_can_be_downloaded(world, client_of, tmp_path):
    file = tmp_path / "客户.csv"
    file.write_text(
        "会员号,姓名,手机号,门店\nN1,钱女士,13712345670,静安店\nN2,孙先生,123,静安店\n", "gb18030"
    )
    client = client_of("supervisor")
    with file.open("rb") as upload:
        page = client.post("/imports/", {"file": upload}, follow=True).content.decode()
    assert "客户.csv：新增 1 行" in page
    run = ImportRun.objects.get()
    assert (run.imported, run.failed, run.acting_user.username) == (1, 1, "supervisor")
    errors = client.get(f"/imports/{run.pk}/errors/")
    assert "attachment" in errors["Content-Disposition"]
    assert "123" in errors.content.decode("utf-8-sig")


def test_a_file_with_a_very_long_chinese_name_is_imported(world, client_of):
    file = SimpleUploadedFile("会员" * 100 + ".csv", "姓名,手机号\n钱女士,13712345670\n".encode())
    assert client_of("admin").post("/imports/", {"file": file}).status_code == 302
    assert ImportRun.objects.get().file_name.endswith("会员.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.pdf", b"%PDF-1.4"),
        ("x.csv", b""),
        ("x.xlsx", b"PK\x03\x04nonsense"),
        ("../../x.csv", b"a,b\n1,2\n"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_with_a_sentence(world, client_of, name, content):
    reply = client_of("admin").post("/imports/", {"file": SimpleUploadedFile(name, content)})
    assert reply.status_code == 400
    assert "无法使用" in reply.content.decode()
    assert not ImportRun.objects.exists()


def test_a_recorded_path_outside_the_folder_of_imports_is_not_sent(world, client_of):
    run = ImportRun.objects.create(
        started_at=now(),
        acting_user=world.users["admin"],
        kind="customers",
        file_name="x",
        error_file="/etc/passwd",
    )
    assert client_of("admin").get(f"/imports/{run.pk}/errors/").status_code == 404


# ---- language, static files


def test_the_language_switch_stays_and_unknown_languages_change_nothing(world, client_of):
    client = client_of("agent")
    assert "回访任务" in text_of(client, "/follow-ups/")
    there = client.post("/language/", {"language": "en", "next": "/follow-ups/?state=due"})
    assert there.headers["Location"] == "/follow-ups/?state=due"
    assert "Follow-ups" in text_of(client, "/follow-ups/")
    client.post("/language/", {"language": "xx"})
    assert "Follow-ups" in text_of(client, "/follow-ups/")
    assert client.post("/language/", {"language": "en", "next": "//evil.example/"}).headers["Location"] == "/"


def test_a_browser_in_english_still_gets_chinese_first(world, client_of):
    page = client_of("agent").get("/customers/", headers={"accept-language": "en-US,en"})
    assert "客户" in page.content.decode()


def test_static_files_are_kept_for_a_year_only_under_the_address_of_their_content(world, client_of):
    page = client_of("agent").get("/customers/").content.decode()
    address = page.split('href="/static/web/app.css')[1].split('"')[0]
    client = client_of()
    kept = client.get(f"/static/web/app.css{address}")
    assert "immutable" in kept["Cache-Control"]
    assert kept["Content-Type"] == "text/css; charset=utf-8"
    plain = client.get("/static/web/app.css")
    assert plain["Cache-Control"] == "no-cache"
    again = client.get("/static/web/app.css", headers={"if-none-match": plain["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for path in ("../settings.py", "web/../../settings.py", "%2e%2e/settings.py", "nothing.js"):
        assert client.get(f"/static/{path}").status_code in (400, 404), path
