"""Questions as a QTI 3.0 package: an item each, a test that names them in order, a manifest with categories and tags."""

import zipfile
from collections.abc import Iterable
from io import BytesIO

from assessments.exchange.moodle_writer import Written
from assessments.exchange.qti_item_writer import NAMESPACE, item_element, item_identifier, unwritable
from assessments.exchange.questions import Question, Remark
from assessments.exchange.writing import document, element, lines, said

_MANIFEST_NAMESPACE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
_DAY = (1980, 1, 1, 0, 0, 0)  # the same questions give the same bytes


def write_qti(questions: Iterable[Question]) -> Written:
    """A zip. What QTI cannot say is named, and left out."""
    refused: list[Remark] = []
    items: dict[str, Question] = {}
    for place, question in enumerate(questions, start=1):
        reason = unwritable(question)
        if reason:
            refused.append(Remark(question.line, reason))
            continue
        identifier = item_identifier(question, place)
        items[identifier if identifier not in items else f"{identifier}.{place}"] = question
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        _add(package, "imsmanifest.xml", _manifest(items))
        _add(package, "test.xml", _test(items))
        for identifier, question in items.items():
            _add(package, f"items/{identifier}.xml", item_element(question, identifier))
    return Written(buffer.getvalue(), tuple(refused))


def _add(package: zipfile.ZipFile, name: str, root: str) -> None:
    entry = zipfile.ZipInfo(name, date_time=_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    package.writestr(entry, document(root))


def _test(items: dict[str, Question]) -> str:
    references = [
        element("qti-assessment-item-ref", attributes={"identifier": identifier, "href": f"items/{identifier}.xml"})
        for identifier in items
    ]
    section = element(
        "qti-assessment-section",
        "\n",
        lines(references),
        "\n",
        attributes={"identifier": "section", "title": "Questions", "visible": "false"},
    )
    part = element(
        "qti-test-part",
        section,
        attributes={"identifier": "part", "navigation-mode": "nonlinear", "submission-mode": "simultaneous"},
    )
    return element("qti-assessment-test", part, attributes={"xmlns": NAMESPACE, "identifier": "test", "title": "Questions"})


def _manifest(items: dict[str, Question]) -> str:
    resources = [
        _resource(f"resource-{place}", "imsqti_item_xmlv3p0", f"items/{identifier}.xml", _metadata(question, identifier))
        for place, (identifier, question) in enumerate(items.items(), start=1)
    ]
    test = _resource("resource-test", "imsqti_test_xmlv3p0", "test.xml", "")
    schema = element("metadata", element("schema", "QTI Package"), element("schemaversion", "3.0.0"))
    return element(
        "manifest",
        schema,
        element("organizations"),
        element("resources", "\n", lines([test, *resources]), "\n"),
        attributes={"xmlns": _MANIFEST_NAMESPACE, "identifier": "manifest"},
    )


def _resource(identifier: str, kind: str, address: str, metadata: str) -> str:
    attributes = {"identifier": identifier, "type": kind, "href": address}
    return element("resource", metadata, element("file", attributes={"href": address}), attributes=attributes)


def _metadata(question: Question, identifier: str) -> str:
    """An identifier that QTI does not allow, or that two questions share, stands here."""
    other = question.identifier if question.identifier != identifier else ""
    general = [
        element("identifier", element("entry", said(other))) if other else "",
        *[element("keyword", element("string", said(tag))) for tag in question.tags],
    ]
    taxon = element("taxon", element("entry", element("string", said(question.category))))
    parts = [
        element("general", *general) if any(general) else "",
        element("classification", element("taxonPath", taxon)) if question.category else "",
    ]
    return element("metadata", element("lom", *parts, attributes={"xmlns": _LOM})) if any(parts) else ""
