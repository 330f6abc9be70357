import pytest
import yaml

from practice.cases import CaseError, case_files, read_case_file
from tests.practice.simulations import FOLDER, small_negotiation

TEXT = yaml.safe_dump(small_negotiation(), sort_keys=False, allow_unicode=True)


def write(folder, name="small.yaml", content=TEXT):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_yaml_files_of_a_folder_are_found_in_order_and_hidden_ones_are_not(tmp_path):
    for name in ("b.yaml", "a/c.yml", ".hidden.yaml", ".git/d.yaml", "notes.txt"):
        write(tmp_path, name)
    assert [file.relative_to(tmp_path).as_posix() for file in case_files(tmp_path)] == ["a/c.yml", "b.yaml"]


def test_a_file_is_its_own_list(tmp_path):
    path = write(tmp_path)
    assert case_files(path) == [path]


def test_the_folder_that_ships_holds_three_cases():
    assert [file.stem for file in case_files(FOLDER)] == ["n1-night-deliveries", "n4-evening-room", "s1-lunch"]


@pytest.mark.parametrize("content", [TEXT, "\ufeff" + TEXT, TEXT.replace("\n", "\r\n")], ids=["plain", "mark", "windows"])
def test_a_file_is_read_with_line_ends_of_any_system(tmp_path, content):
    assert read_case_file(write(tmp_path, content=content), "small.yaml").id == "small"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("other.yaml", TEXT, "the file is called other.yaml"),
        ("small.yaml", TEXT.encode("utf-16"), "not UTF-8"),
        ("small.yaml", b"x" * 400_001, "larger than 400 kB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, content, what):
    with pytest.raises(CaseError, match=what):
        read_case_file(write(tmp_path, name, content), name)


def test_a_link_and_a_missing_file_are_refused(tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to(write(tmp_path))
    with pytest.raises(CaseError, match="a link to a file"):
        read_case_file(link, "link.yaml")
    with pytest.raises(CaseError, match="cannot be read"):
        read_case_file(tmp_path / "none.yaml", "none.yaml")
