"""知识库: searching, reading, writing, importing; and what nobody could answer."""

from __future__ import annotations

import io
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from huifang.clock import now
from huifang.followups.models import Turn
from huifang.knowledge.actions import Content, save_article
from huifang.knowledge.models import Article
from huifang.promises.models import Promise

WRITTEN = {
    "title": "香水留香",
    "questions": "香水留香多久\n香水能留几个小时",
    "answer": "白茶淡香水大约六小时。",
    "tags": "香水 用法",
    "source": "产品手册 第9页",
    "is_published": "on",
}


def text_of(client: Client, path: str = "/knowledge/", **data: object) -> str:
    reply = client.get(path, data)
    assert reply.status_code == 200, path
    return unescape(reply.content.decode())


def test_a_question_finds_the_answer_with_its_source_and_why(world, client_of) -> None:
    page = text_of(client_of("agent"), q="你们几点关门啊")
    assert "早上十点到晚上九点半。" in page
    assert "机器人会这样回答" in page
    assert "手册 第2页" in page
    assert "<mark>" in page
    assert "90" in page or "%" in page


def test_what_nobody_knows_is_said_and_leads_may_write_it(world, client_of) -> None:
    assert "暂时没有相关内容" in text_of(client_of("agent"), q="你们老板叫什么")
    assert "/knowledge/new/?question=" not in text_of(client_of("agent"), q="你们老板叫什么")
    assert "/knowledge/new/?question=" in text_of(client_of("supervisor"), q="你们老板叫什么")


def test_markup_in_a_question_or_an_article_is_only_text(world, client_of) -> None:
    client = client_of("supervisor")
    client.post(
        "/knowledge/new/", {**WRITTEN, "title": "<b>香水</b>留香", "answer": "<script>六小时</script>"}
    )
    raw = client.get("/knowledge/", {"q": "<script>香水留香多久"}).content.decode()
    assert "<b>香水" not in raw
    assert "<script>六" not in raw
    assert "<script>香" not in raw


def test_a_lead_writes_an_article_and_the_next_search_finds_it(world, client_of) -> None:
    client = client_of("supervisor")
    reply = client.post("/knowledge/new/", WRITTEN)
    article = Article.objects.get(title="香水留香")
    assert reply.headers["Location"] == f"/knowledge/{article.pk}/"
    assert (article.questions, article.tags) == (["香水留香多久", "香水能留几个小时"], ["香水", "用法"])
    assert article.answer in text_of(client_of("other_agent"), q="香水可以留香多久")
    client.post(f"/knowledge/{article.pk}/edit/", {**WRITTEN, "answer": "大约八小时。"})
    page = text_of(client_of("agent"), f"/knowledge/{article.pk}/")
    assert "大约八小时。" in page
    assert "白茶淡香水大约六小时。" in page  # as version 1
    assert "周主管" in page


@pytest.mark.parametrize(
    "fault", [{"answer": "长" * 121}, {"title": ""}, {"valid_until": "明天"}, {"answer": "。。"}]
)
def test_a_form_that_cannot_be_saved_says_so_and_keeps_what_was_typed(world, client_of, fault) -> None:
    reply = client_of("supervisor").post("/knowledge/new/", {**WRITTEN, **fault})
    assert reply.status_code == 400
    page = unescape(reply.content.decode())
    assert 'role="alert"' in page
    assert "香水能留几个小时" in page
    assert not Article.objects.filter(title="香水留香").exists()


def test_a_store_supervisor_writes_for_the_own_store_only(world, client_of) -> None:
    client = client_of("store_supervisor")
    assert client.post("/knowledge/new/", WRITTEN).status_code == 400  # no store chosen
    assert client.post("/knowledge/new/", {**WRITTEN, "store": world.store.pk}).status_code == 400
    assert client.post("/knowledge/new/", {**WRITTEN, "store": world.other_store.pk}).status_code == 302
    assert client.get(f"/knowledge/{world.article.pk}/edit/").status_code == 404  # the chain's
    own = Article.objects.get(title="香水留香")
    assert "香水留香" in text_of(client_of("other_agent"))
    assert "香水留香" not in text_of(client_of("agent"))
    assert client_of("agent").get(f"/knowledge/{own.pk}/").status_code == 404


def test_drafts_are_for_leads_and_are_never_found(world, client_of) -> None:
    client = client_of("supervisor")
    client.post("/knowledge/new/", {**WRITTEN, "is_published": ""})
    draft = Article.objects.get(title="香水留香")
    assert "香水留香" in text_of(client, state="draft")
    assert "香水留香" not in text_of(client_of("agent"))
    assert client_of("agent").get(f"/knowledge/{draft.pk}/").status_code == 404
    assert draft.answer not in text_of(client_of("agent"), q="香水留香多久")


def test_an_uploaded_file_is_imported_or_its_faults_are_named(world, client_of) -> None:
    client = client_of("admin")

    def upload(text: str):
        file = io.BytesIO(text.encode())
        file.name = "问答.csv"
        return client.post("/knowledge/import/", {"file": file})

    reply = upload("标题,答案\n停车,地下有停车场。\n空的,\n")
    assert reply.status_code == 400
    assert "第 3 行" in unescape(reply.content.decode())
    assert not Article.objects.filter(title="停车").exists()
    assert upload("标题,答案\n停车,地下有停车场。\n").headers["Location"] == "/knowledge/"
    assert Article.objects.filter(title="停车").exists()
    assert client.post("/knowledge/import/").status_code == 400


def ask(world, question: str, customer=None, **more) -> Promise:
    at = now() - timedelta(minutes=Promise.objects.count())
    return Promise.objects.create(
        key=f"q:{Promise.objects.count()}",
        attempt=world.call.pk,
        customer=customer or world.customer,
        kind="question",
        data={"question": question},
        made_at=at,
        due_at=at + timedelta(days=1),
        **more,
    )


def test_the_same_question_is_counted_together_and_leads_to_an_article(world, client_of) -> None:
    for question in ("香水留香多久", "香水能留香多久啊", "你们招人吗"):
        ask(world, question)
    client = client_of("supervisor")
    page = text_of(client, "/knowledge/missing/")
    assert "2 次" in page
    assert page.index("香水留香多久") < page.index("你们招人吗")
    assert "李女士" in page
    form = text_of(client, "/knowledge/new/", question="香水留香多久")
    assert form.count("香水留香多久") >= 2
    client.post("/knowledge/new/", WRITTEN)
    page = text_of(client, "/knowledge/missing/")
    assert "现在能回答" in page
    assert page.index("你们招人吗") < page.index("香水留香多久")


def test_what_was_asked_becomes_another_way_to_ask_with_one_click(world, client_of) -> None:
    client = client_of("supervisor")
    client.post("/knowledge/new/", WRITTEN)
    article = Article.objects.get(title="香水留香")
    ask(world, "白茶那个味儿散得快吗")
    page = text_of(client, "/knowledge/missing/")
    form = f'action="/knowledge/{article.pk}/question/"'
    assert form in page
    assert "就是问「香水留香」" in page
    assert form not in text_of(client_of("agent"), "/knowledge/missing/")
    sent = {"question": " 白茶那个味儿散得快吗 ", "back": "missing"}
    assert (
        client.post(f"/knowledge/{article.pk}/question/", sent).headers["Location"] == "/knowledge/missing/"
    )
    article.refresh_from_db()
    assert article.questions[-1] == "白茶那个味儿散得快吗"
    assert (article.version, article.answer) == (2, WRITTEN["answer"])
    assert "现在能回答" in text_of(client, "/knowledge/missing/")
    client.post(f"/knowledge/{article.pk}/question/", sent)
    article.refresh_from_db()
    assert article.version == 2  # nothing new


def test_a_question_of_sounds_alone_says_so_and_is_not_written_into_an_article(world, client_of) -> None:
    ask(world, "ni men ji dian guan men ne ba")
    page = text_of(client_of("supervisor"), "/knowledge/missing/")
    assert "只听清了读音" in page
    assert "/question/" not in page
    assert "question=ni" not in page


def test_the_search_offers_the_same_and_the_chains_article_is_not_a_stores_to_write(world, client_of) -> None:
    asked = {"q": "晚上逛到九点行吗"}
    form = f'action="/knowledge/{world.article.pk}/question/"'
    assert form in text_of(client_of("supervisor"), **asked)
    assert form not in text_of(client_of("store_supervisor"), **asked)
    refused = client_of("store_supervisor").post(
        f"/knowledge/{world.article.pk}/question/", {"question": "几点"}
    )
    assert refused.status_code == 404


@pytest.mark.parametrize("question", ["", "？？", "长" * 61])
def test_a_question_that_nobody_can_ask_is_refused(world, client_of, question) -> None:
    client = client_of("supervisor")
    assert client.post(f"/knowledge/{world.article.pk}/question/", {"question": question}).status_code == 400
    world.article.refresh_from_db()
    assert world.article.version == 1


def test_the_other_store_sees_none_of_these_questions(world, client_of) -> None:
    ask(world, "香水留香多久")
    ask(world, "不该有的承诺", state="refused")
    assert "香水留香多久" in text_of(client_of("agent"), "/knowledge/missing/")
    assert "香水留香多久" not in text_of(
        client_of("other_agent"), "/knowledge/missing/", store=world.store.pk
    )
    assert "不该有的承诺" not in text_of(client_of("agent"), "/knowledge/missing/")


def test_the_call_page_shows_where_an_answer_came_from_as_it_was_then(world, client_of) -> None:
    Turn.objects.create(
        conversation=world.call.conversation,
        seq=90,
        speaker="us",
        text=world.article.answer,
        article=world.article.code,
        article_version=1,
        start_ms=9000,
        end_ms=11000,
    )
    newer = Content(title="新的标题", answer="改了。", source="新手册", code=world.article.code)
    save_article(newer, acting_user=world.users["admin"], now=now(), article=world.article)
    page = text_of(client_of("agent"), f"/calls/{world.call.pk}/")
    assert f'href="/knowledge/{world.article.pk}/#v1"' in page
    assert "营业时间 v1" in page
    assert "手册 第2页" in page
