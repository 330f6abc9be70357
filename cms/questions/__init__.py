"""Writing the questions of assessments in the CMS: drafts with a history, and what publishing one puts into the item bank."""
