"""Open questions as their authors write them: drafts with their rubric and their anchors."""
