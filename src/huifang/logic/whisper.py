"""What an agent is told before the customer is put through: who it is and why, in one breath.  Pure."""

from __future__ import annotations

from collections.abc import Mapping

from huifang.logic.script_document import Ask, Script
from huifang.logic.script_state import Answer, State


def whisper(script: Script, state: State, facts: Mapping[str, object]) -> str:
    """One short sentence in the language of the conversation, of what is known.

    For example 「李女士，上次买了精华液，打了2分，不满意，原因是产品本身。」
    """
    is_chinese = state.language.startswith("zh")
    name = facts.get("customer.salutation") or facts.get("customer.name")
    product = facts.get("order.product")
    scored = next((answer for answer in state.answers if answer.score is not None), None)
    reasons = [_in_words(script, state, answer) for answer in state.answers if answer.score is None]
    if is_chinese:
        parts = [str(name or "一位顾客")]
        parts += [f"上次买了{product}"] if product else []
        parts += [f"打了{scored.score}分", _in_words(script, state, scored)] if scored else ["想找人工客服"]
        parts += [f"原因是{'、'.join(reasons)}"] if reasons else []
        return "，".join(parts) + "。"
    parts = [str(name or "A customer")]
    parts += [f"bought {product}"] if product else []
    parts += [f"rated {scored.score}", _in_words(script, state, scored)] if scored else ["asked for a person"]
    parts += [f"reason: {', '.join(reasons)}"] if reasons else []
    return ", ".join(parts) + "."


def _in_words(script: Script, state: State, answer: Answer) -> str:
    """The customer's own words, else the label of what they chose."""
    if answer.text:
        return answer.text
    step = script.steps[answer.step]
    choice = step.item.by_code(answer.code) if isinstance(step, Ask) else None
    return choice.label[state.language] if choice else answer.code


def nobody_came(language: str) -> str:
    """What an agent hears who has asked for an expert in vain."""
    return "专家没有接听。" if language.startswith("zh") else "No expert has answered."
