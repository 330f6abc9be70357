import json

import pytest
import yaml
from django.core.management import CommandError, call_command

from tests.practice.simulations import FOLDER, small_interview, small_negotiation


def write(folder, data):
    path = folder / f"{data['id']}.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def test_what_ships_passes(capsys):
    call_command("check_simulations")
    printed = capsys.readouterr().out
    for name in ("n1-night-deliveries", "n4-evening-room", "s1-lunch"):
        assert f"{name}.yaml: 0 faults" in printed


def test_one_case_can_be_checked_and_printed_as_json(capsys):
    call_command("check_simulations", str(FOLDER / "n1-night-deliveries.yaml"), "--json")
    (case,) = json.loads(capsys.readouterr().out)["cases"]
    assert (case["file"], case["kind"], case["faults"]) == ("n1-night-deliveries.yaml", "negotiation", [])
    assert (case["figures"]["deals"], case["figures"]["acceptable"], case["figures"]["frontier"]) == (540, 221, 16)


def test_faults_are_listed_with_what_to_do_and_end_with_one(tmp_path, capsys):
    data = small_interview()
    data["cards"][4]["kind"] = "summary"
    write(tmp_path, data)
    with pytest.raises(CommandError, match=r"1 fault in 1 case of 1\.") as caught:
        call_command("check_simulations", str(tmp_path))
    assert caught.value.returncode == 1
    assert (
        "  expectations: Every expectation can be found without staying silent (kind: silence). "
        "Reveal one of them, or a part of it, in replies to such cards alone." in capsys.readouterr().out
    )


def test_a_case_that_cannot_be_read_does_not_hide_the_others(tmp_path, capsys):
    write(tmp_path, small_interview())
    write(tmp_path, small_negotiation() | {"rounds": 99})
    with pytest.raises(CommandError, match="1 fault in 1 case of 2"):
        call_command("check_simulations", str(tmp_path), "--json")
    fine, broken = json.loads(capsys.readouterr().out)["cases"]
    assert (fine["file"], fine["faults"]) == ("small-talk.yaml", [])
    assert broken["faults"] == [
        {
            "rule": "format",
            "line": broken["faults"][0]["line"],
            "where": "rounds",
            "what": "“rounds” is “99”.",
            "remedy": "Give it a whole number from 4 to 12.",
        }
    ]
    assert broken["faults"][0]["line"] > 1


def test_where_there_is_nothing_to_check_it_ends_with_two(tmp_path):
    with pytest.raises(CommandError, match="There are no cases") as caught:
        call_command("check_simulations", str(tmp_path))
    assert caught.value.returncode == 2
