"""Who may do what with open questions. Authors write drafts, reviewers publish them; what was published once is kept."""

from cms.open_drafts.models import OpenQuestionDraft
from cms.questions.policies import DraftPolicy

OPEN_DRAFTS = DraftPolicy(OpenQuestionDraft)
