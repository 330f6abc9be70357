"""Files that people answer with: known by their content, and taken in without what their programs wrote about their author.

Knows no database and no page. Whatever is in a file, nothing of it is executed, unpacked to disk or followed.
"""

from assessments.uploaded.kinds import AUDIO, KINDS, Family, FileKind
from assessments.uploaded.receiving import Received, received
from assessments.uploaded.refusals import Fault, Unreadable

__all__ = ["AUDIO", "KINDS", "Family", "Fault", "FileKind", "Received", "Unreadable", "received"]
