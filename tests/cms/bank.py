"""An item bank in files, and the forms that the small course takes from it."""

ITEM = """
  - id: {key}
    skill: discover-expectations
    boundary: 2|3
    relationship: customer
    region: europe
    industry: bakery
    format: single
    enemy: [{enemy}]
    situation: {situation}
    question: What should she do?
    options:
      - {{id: a, level: 2, act: ask, tone: warm, text: Ask once, misconception: haste, rationale: Too little.}}
      - {{id: b, level: 3, act: ask, tone: neutral, text: Ask again, key: true, rationale: It tells more.}}
      - {{id: c, level: 1, act: do, tone: firm, text: Begin, misconception: haste, rationale: Too early.}}
    key: {{state: trial, panel: null}}
"""
FORM = "  - {{id: {key}, title: {key}, course: {course}, items: [{items}], anchors: [{anchors}]}}\n"
MISCONCEPTIONS = """
misconceptions:
  - {id: haste, sentence: The first answer is enough., lesson: les-ask, origin: author}
"""


def bank_item(key, *, enemy="", situation="Something happened in the bakery."):
    return ITEM.format(key=key, enemy=enemy, situation=situation)


def write_bank(root, *, items=None, forms=None):
    folder = root / "items"
    folder.mkdir(exist_ok=True)
    texts = items or [bank_item("dx-001", enemy="dx-003"), *(bank_item(f"dx-00{n}") for n in (2, 3, 4))]
    (folder / "expectations.yaml").write_text("items:" + "".join(texts))
    (folder / "misconceptions.yaml").write_text(MISCONCEPTIONS)
    first, second = (
        FORM.format(key="bank-a", course="listen-first", items="dx-001", anchors="dx-002"),
        FORM.format(key="bank-b", course="listen-first", items="dx-003", anchors="dx-004"),
    )
    (folder / "forms.yaml").write_text(forms if forms is not None else f"forms:\n{first}{second}")
