"""What is read digit by digit: telephone numbers in breaths, order numbers, letters.  Pure; see ``spoken``."""

from __future__ import annotations

import re

from huifang.logic.spoken_numbers import cardinal, dialled


def mobile(m: re.Match[str]) -> str:
    number = re.sub(r"\D", "", m["number"])
    abroad = "加八六，" if m["abroad"] else ""
    return abroad + "，".join(dialled(part) for part in (number[:3], number[3:7], number[7:]))


def masked_number(m: re.Match[str]) -> str:
    return f"{dialled(m[1])}，尾号{dialled(m[2])}"


def groups(m: re.Match[str]) -> str:
    """A number of a telephone with its area code, an 800 or 400 number, an extension."""
    said = re.sub(r"\D+", "，", m[0].replace("转", "-")).strip("，")
    if "转" in m[0] or "ext" in m[0]:
        head, _, tail = said.rpartition("，")
        said = f"{head}，转{tail}"
    return "，".join(in_breaths(part) for part in said.split("，"))


def in_breaths(number: str) -> str:
    """More than four digits in breaths of three or four."""
    if len(number) <= 4 or not number.isdigit():
        return dialled(number)
    if len(number) == 10 and number.startswith(("400", "800")):
        parts = [number[:3], number[3:6], number[6:]]
    elif len(number) == 7:
        parts = [number[:3], number[3:]]
    else:
        parts = [number[at : at + 4] for at in range(0, len(number), 4)]
    return "，".join(dialled(part) for part in parts)


def identifier(m: re.Match[str]) -> str:
    return m["cue"] + _spelt(m["code"])


def _spelt(code: str) -> str:
    """Letters one by one, digits as on the telephone, in runs."""
    runs = re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]+", code)
    said = []
    for run in runs:
        if run.isdigit():
            said.append(in_breaths(run) if len(run) > 8 else dialled(run))
        elif run.isalpha():
            said.append(" ".join(run))
        else:
            said.append({"-": "杠", "_": "下划线"}.get(run.strip(), " "))
    return " ".join(part for part in said if part.strip())


def letters_and_number(m: re.Match[str]) -> str:
    """iPhone 15 is 十五; SF1234, MU502 are numbers that nobody counts."""
    letters, number = m[1], m[2]
    if len(number) <= 2 and number[0] != "0":
        return f"{letters} {cardinal(number)}"
    return f"{' '.join(letters) if letters.isupper() else letters} {in_breaths(number)}"
