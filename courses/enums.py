"""The activities that every course has, whatever its blocks are. Those of blocks are declared in `courses.activity_types`."""

READ = "read"
ASSESSMENT_BEFORE = "assessment_before"
ASSESSMENT_AFTER = "assessment_after"
