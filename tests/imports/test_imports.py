"""A file is received, checked whole, and applied whole or not at all."""

import io
from pathlib import Path

import pytest
from django import forms
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Team
from accounts.rules import can_manage_people
from common.errors import UserError
from imports import services
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import Column, ImportKind, KindPages, Parts, UploadForm, import_kinds
from imports.models import RowChange, StagedImport
from imports.reports import report_of
from imports.services.processing import loaded_rows
from imports.tables.errors import TableError
from jobs.enums import JobState

pytestmark = pytest.mark.django_db


def read_teams(check):
    known = set(Team.objects.filter(organisation=check.organisation).values_list("name", flat=True))
    position = check.table.index("team")
    for number, cells in check.table.rows():
        name = cells[position].strip()
        if name == "Bad":
            check.problems.add(number, "This team is not allowed. Choose another name.", column="team", value=name)
        elif name in known:
            check.unchanged += 1
        else:
            check.new += 1
            check.staging.add([(number, name)])


class TeamParts(Parts):
    def write(self, staged, rows):
        for row in rows:
            team = Team.objects.create(organisation=staged.organisation, name=row["team"])
            RowChange.objects.create(
                organisation=staged.organisation, staged_import=staged, row_id=team.pk, previous={"name": team.name}
            )
        if any(row["team"] == "Late" for row in rows):
            raise UserError("There is no room for the team Late. Remove it.")
        self.kept["count"] = self.kept.get("count", 0) + len(rows)

    def take_back(self, staged, changes):
        Team.objects.filter(pk__in=changes).delete()

    def look(self, *, is_new):
        pass

    def begin(self):
        pass

    def open(self, staged, changes):
        pass

    def refuse_withdrawal(self, staged):
        pass

    def taken_back(self):
        pass

    def withdrawn(self):
        return {}

    def finish(self):
        return {"message": f"{self.kept.get('count', 0)} teams"}


TEAMS = ImportKind(
    name="test_teams",
    title="Teams",
    columns=(Column("team", "text", "Name of the team.", required=True),),
    key=("team",),
    pages=KindPages(active="people", upload_address="org:people_import"),
    read=read_teams,
    parts=TeamParts,
    may=can_manage_people,
)


@pytest.fixture(autouse=True)
def kind():
    yield import_kinds.register(TEAMS)
    import_kinds.unregister("test_teams")


def kept_rows(staged):
    """What is kept of the file until it is applied."""
    if not staged.rows_file:
        return None
    with loaded_rows(staged) as staging:
        return [row for rows in staging.batches() for row in rows]


def receive(organisation, *names, file_name="teams.csv"):
    data = "team\n" + "".join(f"{name}\n" for name in names)
    return services.receive_upload(
        organisation=organisation, kind="test_teams", file=io.BytesIO(data.encode()), file_name=file_name
    )


def names_of(organisation):
    return sorted(organisation.teams.values_list("name", flat=True))


def test_a_file_is_kept_privately_under_our_own_name(organisation):
    staged = receive(organisation, "North", file_name="../../evil/teams.csv")
    path = Path(staged.file.path)
    assert staged.file_name == "teams.csv"
    assert path.name == f"{staged.uuid.hex}.csv"
    assert path.is_relative_to(django_settings.STORAGES["private"]["OPTIONS"]["location"])
    assert not path.is_relative_to(django_settings.MEDIA_ROOT)
    assert not (Path(django_settings.MEDIA_ROOT) / staged.file.name).exists()


@pytest.mark.parametrize("file_name", ["teams.exe", "teams", "teams.csv.html"])
def test_other_types_are_refused(organisation, file_name):
    with pytest.raises(TableError, match="is not a table we can read"):
        receive(organisation, "North", file_name=file_name)


def test_a_file_above_the_limit_is_refused(organisation, settings):
    settings.ACCORD_MAX_UPLOAD_BYTES = 10
    with pytest.raises(TableError, match="larger than 10"):
        receive(organisation, "North", "South")


def test_a_file_of_exactly_the_limit_is_received(organisation, settings):
    settings.ACCORD_MAX_UPLOAD_BYTES = len("team\nNorth\nSouth\n")
    assert receive(organisation, "North", "South").size == settings.ACCORD_MAX_UPLOAD_BYTES
    with pytest.raises(TableError, match="larger than 17"):
        receive(organisation, "North", "Southe")


class UploadWithMore(UploadForm):
    course = forms.CharField(required=False)
    cohort = forms.ModelChoiceField(queryset=Team.objects.all(), required=False)
    day = forms.DateField(required=False)


def test_what_is_left_blank_is_no_option(organisation):
    file = {"file": SimpleUploadedFile("teams.csv", b"team\nNorth\n")}
    form = UploadWithMore({"course": "", "cohort": "", "day": ""}, file, organisation=organisation)
    assert form.is_valid()
    assert form.chosen() == {}
    form = UploadWithMore({"course": "talk", "cohort": "", "day": ""}, file, organisation=organisation)
    assert form.is_valid()
    assert form.chosen() == {"course": "talk"}


def test_a_good_file_is_ready_and_changes_nothing_yet(organisation):
    Team.objects.create(organisation=organisation, name="North")
    staged = services.check_import(receive(organisation, "North", "South"))
    assert staged.state == ImportState.READY
    assert staged.summary == "1 new, 1 unchanged, 0 rejected"
    assert (staged.rows_total, kept_rows(staged), names_of(organisation)) == (2, [(3, "South")], ["North"])


def test_one_bad_row_refuses_the_file_and_says_where(organisation):
    staged = services.check_import(receive(organisation, "North", "Bad", "South"))
    assert staged.state == ImportState.REFUSED
    assert [(problem.row_number, problem.column, problem.value) for problem in staged.problems.all()] == [(3, "team", "Bad")]
    assert kept_rows(staged) is None
    with pytest.raises(services.NotReady):
        services.apply_import(staged)
    assert names_of(organisation) == []


def test_an_unreadable_file_is_refused_as_a_whole(organisation):
    staged = services.receive_upload(
        organisation=organisation, kind="test_teams", file=io.BytesIO(b"name\nNorth\n"), file_name="x.csv"
    )
    services.check_import(staged)
    assert [problem.row_number for problem in staged.problems.all()] == [0]
    assert staged.state == ImportState.REFUSED


def test_applying_writes_everything_once(organisation):
    staged = services.check_import(receive(organisation, *[f"Team {n}" for n in range(2500)]))
    assert services.apply_import(staged) == {"message": "2500 teams"}
    assert services.apply_import(staged) == {"message": "2500 teams"}
    staged.refresh_from_db()
    assert (staged.state, organisation.teams.count(), kept_rows(staged)) == (ImportState.APPLIED, 2500, None)


def test_a_refusal_while_applying_leaves_everything_as_it_was(organisation):
    staged = services.check_import(receive(organisation, "North", "Late"))
    with pytest.raises(UserError, match="no room"):
        services.apply_import(staged)
    staged.refresh_from_db()
    assert (staged.state, names_of(organisation)) == (ImportState.REFUSED, [])
    assert [problem.message for problem in staged.problems.all()] == ["There is no room for the team Late. Remove it."]


def test_a_change_in_the_meantime_applies_nothing(organisation):
    staged = services.check_import(receive(organisation, "North", "South"))
    Team.objects.create(organisation=organisation, name="South")
    with pytest.raises(UserError, match="Your data changed"):
        services.apply_import(staged)
    assert names_of(organisation) == ["South"]
    staged.refresh_from_db()
    assert (staged.state, staged.rows_refused, kept_rows(staged)) == (ImportState.REFUSED, 0, None)
    assert staged.summary == "rejected as a whole"
    assert [problem.message[:34] for problem in staged.problems.all()] == ["Your data changed while the file w"]


def test_whoever_comes_second_to_apply_a_file_is_told_what_was_done_and_writes_nothing(organisation):
    staged = services.check_import(receive(organisation, "North"))
    second = StagedImport.objects.get(pk=staged.pk)
    services.apply_import(staged)
    assert (second.state, services.apply_import(second)) == (ImportState.READY, {"message": "1 teams"})
    assert (second.state, names_of(organisation)) == (ImportState.APPLIED, ["North"])


def test_a_file_that_is_checked_again_meanwhile_is_neither_applied_nor_refused(organisation):
    staged = services.check_import(receive(organisation, "North"))
    StagedImport.objects.update(state=ImportState.CHECKING)
    with pytest.raises(NotReady):
        services.apply_import(staged)
    kept = StagedImport.objects.get()
    assert (kept.state, bool(kept.rows_file), kept.problems.count()) == (ImportState.CHECKING, True, 0)
    assert names_of(organisation) == []


def test_a_refused_file_can_be_checked_again(organisation):
    staged = services.check_import(receive(organisation, "North", "Bad"))
    assert services.check_import(staged).problems.count() == 1


@pytest.mark.parametrize(("apply", "state", "names"), [(True, "applied", ["North", "South"]), (False, "ready", [])])
def test_a_file_at_hand_is_applied_in_one_go_and_not_kept(organisation, apply, state, names):
    file = io.BytesIO(b"team\nNorth\nSouth\n")
    staged = services.import_file(organisation=organisation, kind="test_teams", file=file, file_name="teams.csv", apply=apply)
    staged.refresh_from_db()
    assert (staged.state, staged.rows_new, staged.file.name, names_of(organisation)) == (state, 2, "", names)


def test_a_file_that_is_gone_is_not_checked_again(organisation, user):
    staged = services.import_file(
        organisation=organisation, kind="test_teams", file=io.BytesIO(b"team\nBad\n"), file_name="teams.csv"
    )
    for act in (lambda: services.check_import(staged), lambda: services.start_check(staged, actor=user)):
        with pytest.raises(services.NotReady, match="no longer stored"):
            act()
    staged.refresh_from_db()
    assert (staged.state, staged.problems.count()) == (ImportState.REFUSED, 1)


def test_checking_and_applying_in_the_background(organisation, user, django_capture_on_commit_callbacks):
    staged = receive(organisation, "North")
    with django_capture_on_commit_callbacks(execute=True):
        job = services.start_check(staged, actor=user)
    job.refresh_from_db()
    staged.refresh_from_db()
    assert (job.state, job.result, staged.state) == (JobState.DONE, {"message": "1 new, 0 rejected"}, ImportState.READY)
    with django_capture_on_commit_callbacks(execute=True):
        job = services.start_apply(staged, actor=user)
    job.refresh_from_db()
    assert (job.state, job.result, names_of(organisation)) == (JobState.DONE, {"message": "1 teams"}, ["North"])


def test_a_file_that_was_applied_is_not_applied_again(organisation, user):
    staged = services.check_import(receive(organisation, "North"))
    services.apply_import(staged)
    staged.refresh_from_db()
    with pytest.raises(services.NotReady):
        services.start_apply(staged, actor=user)


def test_the_report_of_a_command(organisation):
    staged = services.check_import(receive(organisation, "North", "Bad"))
    report = report_of(staged, dry_run=True)
    assert report == {
        "organisation": organisation.slug,
        "kind": "test_teams",
        "file": "teams.csv",
        "checksum": staged.checksum,
        "encoding": "UTF-8",
        "delimiter": ",",
        "state": "refused",
        "dry_run": True,
        "rows": 2,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": 1,
        "notes": [],
        "problems": [{"row": 3, "column": "team", "value": "Bad", "message": "This team is not allowed. Choose another name."}],
    }
