"""Every URL.  A new one needs its row in the authorisation matrix (tests/web/test_authorisation.py)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from huifang.api.root import api
from huifang.customers import import_pages as imports
from huifang.customers import pages as customers
from huifang.endings import pages as tunes
from huifang.endings import rule_pages as ending_rules
from huifang.followups import answer_pages as answers
from huifang.followups import call_pages as calls
from huifang.followups import line_pages as lines
from huifang.followups import message_pages as texts
from huifang.followups import pages as followups
from huifang.followups import script_pages as scripts
from huifang.followups import softphone_pages as softphone
from huifang.knowledge import pages as knowledge
from huifang.plans import pages as plans
from huifang.promises import pages as promises
from huifang.promises import question_pages as questions
from huifang.reports import pages as reports
from huifang.tickets import pages as tickets
from huifang.web import pages as web
from huifang.web.static_files import static_file

urlpatterns: list[URLPattern | URLResolver] = [
    path("", reports.board_page, name="board"),
    path("board/stream/", reports.board_stream, name="board_stream"),
    path("login/", web.login_page, name="login"),
    path("logout/", web.logout_page, name="logout"),
    path("language/", web.language_page, name="language"),
    path("password/", web.password_page, name="password"),
    path("customers/", customers.customers_page, name="customers"),
    path("customers/<int:pk>/", customers.customer_page, name="customer"),
    path("customers/<int:pk>/reveal/<int:point>/", customers.reveal_page, name="customer_reveal"),
    path("follow-ups/", followups.followups_page, name="followups"),
    path("calls/", calls.calls_page, name="calls"),
    path("calls/<uuid:pk>/", calls.call_page, name="call"),
    path("calls/<uuid:pk>/recording/", calls.recording_page, name="call_recording"),
    path("calls/<uuid:pk>/verify/", calls.verify_page, name="call_verify"),
    path("lines/", lines.lines_page, name="lines"),
    path("lines/live/", lines.live_part, name="lines_live"),
    path("lines/verify/", lines.verify_page, name="lines_verify"),
    path("lines/trunks/new/", lines.trunk_page, name="trunk_new"),
    path("lines/trunks/<int:pk>/", lines.trunk_page, name="trunk"),
    path("lines/numbers/new/", lines.number_page, name="number_new"),
    path("lines/numbers/<int:pk>/", lines.number_page, name="number"),
    path("messages/", texts.messages_page, name="messages"),
    path("messages/<int:pk>/verify/", texts.verify_message_page, name="message_verify"),
    path("a/<str:token>/", answers.answer_page, name="answer_link"),
    path("scripts/", scripts.scripts_page, name="scripts"),
    path("scripts/<slug:slug>/", scripts.script_page, name="script"),
    path("scripts/<slug:slug>/rehearsal/", scripts.rehearsal_part, name="script_rehearsal"),
    path("softphone/", softphone.softphone_page, name="softphone"),
    path("softphone/line/", softphone.softphone_line_page, name="softphone_line"),
    path("softphone/calls/<uuid:pk>/", softphone.softphone_card_page, name="softphone_card"),
    path("softphone/calls/<uuid:pk>/live/", softphone.softphone_live_page, name="softphone_live"),
    path("tickets/", tickets.tickets_page, name="tickets"),
    path("tickets/<int:pk>/", tickets.ticket_page, name="ticket"),
    path("tickets/<int:pk>/resolve/", tickets.resolve_page, name="ticket_resolve"),
    path("tickets/<int:pk>/reassign/", tickets.reassign_page, name="ticket_reassign"),
    path("knowledge/", knowledge.knowledge_page, name="knowledge"),
    path("knowledge/new/", knowledge.article_form_page, name="article_new"),
    path("knowledge/import/", knowledge.knowledge_import_page, name="knowledge_import"),
    path("knowledge/missing/", questions.missing_page, name="missing_knowledge"),
    path("knowledge/<int:pk>/", knowledge.article_page, name="article"),
    path("knowledge/<int:pk>/question/", knowledge.article_question_page, name="article_question"),
    path("knowledge/<int:pk>/edit/", knowledge.article_form_page, name="article_edit"),
    path("promises/", promises.promises_page, name="promises"),
    path("promises/<int:pk>/", promises.promise_page, name="promise"),
    path("promises/<int:pk>/settle/", promises.settle_page, name="promise_settle"),
    path("promises/budgets/", promises.budgets_page, name="budgets"),
    path("promises/budgets/new/", promises.budget_page, name="budget_new"),
    path("promises/budgets/<int:pk>/", promises.budget_page, name="budget"),
    path("tunes/", tunes.tunes_page, name="tunes"),
    path("tunes/upload/", tunes.upload_page, name="tune_upload"),
    path("tunes/announcement/", tunes.announce_page, name="tune_announcement"),
    path("tunes/brands/", tunes.brands_page, name="brands"),
    path("tunes/rules/new/", ending_rules.rule_page, name="ending_rule_new"),
    path("tunes/rules/suggested/", ending_rules.suggested_page, name="ending_rules_suggested"),
    path("tunes/rules/<int:pk>/", ending_rules.rule_page, name="ending_rule"),
    path("tunes/rules/<int:pk>/default/", ending_rules.default_page, name="ending_rule_default"),
    path("tunes/statistics/", ending_rules.statistics_page, name="tune_statistics"),
    path("tunes/statistics.json", ending_rules.statistics_json, name="tune_statistics_json"),
    path("tunes/<slug:key>/", tunes.tune_page, name="tune"),
    path("tunes/<slug:key>/audio/", tunes.audio_page, name="tune_audio"),
    path("plans/", plans.plans_page, name="plans"),
    path("plans/<slug:slug>/switch/", plans.switch_page, name="plan_switch"),
    path("imports/", imports.imports_page, name="imports"),
    path("imports/<int:pk>/errors/", imports.errors_page, name="import_errors"),
    path("api/", api.urls),
    path("static/<path:path>", static_file, name="static_file"),
]

handler400 = "huifang.web.errors.bad_request"
handler403 = "huifang.web.errors.forbidden"
handler404 = "huifang.web.errors.not_found"
handler500 = "huifang.web.errors.server_error"
