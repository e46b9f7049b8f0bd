"""The model licences of LIBLICENSE and the California Digital Library as clauses, and printed as a contract is.

Their files say each clause's number within its section: `2.10.Ti=Text Mining`, `2.10.sec=Authorized Users may`.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

MODELS = {
    "edu/crl/liblicense/Model/Sec": (
        *(
            "Grant_v0",
            "Fee_v0",
            "Users_v0",
            "Delivery_v0",
            "Covenants_v0",
            "Life_v0",
            "Dispute_v0",
            "GrantPerpetual_v0",
        ),
        *("WarrantyAndIndemnification_v0", "Misc_v0"),
    ),
    "org/cdlib/vendor/License/Sec": (
        *("Materials", "Fees", "OtherObligations", "Expire", "Remedy", "Dispute", "Misc"),
    ),
}
_ENTRY = re.compile(r"(?:(?P<number>[0-9.]+)\.)?(?P<kind>Ti|[Ss]ec)=(?P<text>.*)")
_LINES = 46


@dataclass
class Model:
    """`clauses`: number and words, in order; `lines`: what is printed."""

    clauses: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def said(self) -> dict[str, str]:
        return {number: words(" ".join(texts)) for number, texts in self.clauses.items()}


def words(text: str) -> str:
    """What is compared: letters and digits, for a printed line may break anywhere."""
    return "".join(re.findall(r"\w+", text))


def model(folder: Path, files: Sequence[str]) -> Model:
    made = Model()
    for section, name in enumerate(files, 1):
        last = str(section)
        seen: set[str] = set()
        for line in (folder / f"{name}.md").read_text("utf-8").splitlines():
            entry = _ENTRY.fullmatch(line.strip())
            if not entry or line.startswith("Note=") or ".90." in f".{entry['number']}.":  # 90: whatever comes last
                continue
            if entry["number"] is None and last != str(section):
                continue
            number = f"{section}.{entry['number']}" if entry["number"] else str(section)
            text = " ".join(re.sub(r"<[^>]*>", " ", entry["text"]).replace("{", "").replace("}", "").split())
            if not text:
                continue
            if "0" in number.split("."):  # a clause's words before its parts
                made.lines += _wrapped(text)
                made.clauses.setdefault(last, []).append(text)
            elif number in seen:  # its title came before
                made.lines += _wrapped(text)
                made.clauses[number].append(text)
            else:
                last = number
                seen.add(number)
                made.clauses[number] = [text]
                made.lines += _wrapped(f"{number}. {text}" if number.count(".") == 0 else f"{number} {text}")
    return made


def printed(made: Model, header: str, footer: str) -> list[list[str]]:
    """On pages, with what stands on top and below of each, and a list of contents before."""
    contents = ["Table of Contents", *(f"{number} {text[0][:40]} ......... 7" for number, text in made.clauses.items())]
    lines = [*contents, *made.lines]
    pages = [lines[at : at + _LINES] for at in range(0, len(lines), _LINES)]
    return [[header, *page, footer.format(page=at, pages=len(pages))] for at, page in enumerate(pages, 1)]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 95)
