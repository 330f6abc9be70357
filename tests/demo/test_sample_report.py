"""What the home page shows as a sample is what the engine says."""

import json

from demo.management.commands.sample_report import figures
from demo.simulate import EFFECT_OF_COMPLETION
from outcomes.sample_report import PATH, retention_figure


def test_the_engine_still_gives_the_figures_of_the_sample():
    assert figures() == json.loads(PATH.read_text())


def test_the_sample_says_what_is_true_of_the_draw():
    figure = retention_figure()
    # Restless people complete less often: the comparison flatters the course, which is why the page states the truth.
    assert figure.high < EFFECT_OF_COMPLETION == 0.8
    assert [row[0] for row in figure.rows] == ["6 months", "12 months", "18 months", "24 months"]
