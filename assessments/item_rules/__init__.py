"""The sixteen rules that items and forms are held to (docs/item-rules.md): text in, findings out. Knows no Django."""

from assessments.item_rules.checking import check
from assessments.item_rules.findings import Finding, Measure, Report, Severity
from assessments.item_rules.reading import read_bank

__all__ = ["Finding", "Measure", "Report", "Severity", "check", "read_bank"]
