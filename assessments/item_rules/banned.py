"""Words that read as translated or as of 1960, and what to write instead (rule 15)."""

import re

_WORDS = (
    (r"\bshall\b", "will, or should"),
    (r"\bseldom\b", "rarely, or not often"),
    (r"\bgladly\b", "happily, or be glad to"),
    (r"\bsomebody\b", "someone, or say who"),
    (r"\beverybody\b", "everyone, or say who"),
    (r"\bput a stroke\b", "make a mark"),
    (r"\bgoods-in\b", "deliveries, or the loading bay"),
    (r"\ba great deal\b", "a lot"),
    (r"\ba good deal\b", "a lot"),
    (r"\b(?:a|the|this|that) talk\b", "a conversation, or a meeting"),
    (r"\b(?:ring|rings|rang|rung|ringing) (?:him|her|them|me|us|you|up|back|round)\b", "call"),
    (r"\brings (?:the|his|her|their)\b", "calls"),
    (r"\bcalls? (?:it|them) off\b", "cancels"),
    (r"\bcarton board\b", "cardboard"),
    (r"\bagency nurses?\b", "temporary nurses, or temps"),
    (r"\btakes? the edge off\b", "softens"),
    (r"\bto the letter\b", "exactly"),
    (r"\bcame of it\b", "happened"),
    (r"\ball the same\b", "anyway"),
    (r"\bwhoever of\b", "anyone who"),
    (r"\bfrom which day\b", "when"),
    (r"\bemails?\b", "e-mail"),
    (r"\bleaves? (?:much )?to be desired\b", "say what is wrong"),
    (r"\d %", "the number with % beside it"),
    (r"\bunwanted mail\b", "spam folder"),
    (r"\bstakeholders?\b", "who they are: customers, colleagues, partners"),
    (r"\bpain points?\b", "problems"),
    (r"\bgoing forward\b", "from now on"),
    (r"\breach(?:es|ed)? out\b", "write to, call, ask"),
    (r"\btouch(?:es|ed)? base\b", "speak"),
    (r"\bleverag(?:e|es|ed|ing)\b", "use"),
)

BANNED: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(pattern, re.I), better) for pattern, better in _WORDS)
