"""Teams as clusters, and the errors that allow for their members leaving together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Floats, Ints, Objects
from .cells import IndexedRows
from .fits import CoxFit, FitError
from .likelihood import refit, subset_rows
from .sandwich import clustered_covariance, score_residuals
from .spells import Spells


@dataclass(frozen=True)
class Clusters:
    """`code` (spells,) of each spell's team; someone without a team is a code of their own, after the teams, and no team."""

    code: Ints
    n_teams: int

    @classmethod
    def of_teams(cls, team: Objects, person_code: Ints) -> Clusters:
        """`team` (spells,) is text, blank for none; `person_code` (spells,) a number for each person."""
        team_code, teams = pd.factorize(pd.Series(team).replace("", pd.NA))
        return cls(np.where(team_code < 0, len(teams) + person_code, team_code), len(teams))

    def in_use(self, rows: IndexedRows, spell_index: Ints) -> tuple[Ints, int]:
        """The code of each of `rows` (rows,), and how many teams are among them; `spell_index` is of the risk rows."""
        code = self.code[spell_index[rows.risk_row_index]]
        return code, len(np.unique(code[code < self.n_teams]))


def share_between_teams(spells: Spells, clusters: Clusters) -> float:
    """Share of the differences in exposure, among those at risk in the same calendar month, that lies between teams.

    Near 1 where whole teams complete together, and near 0 where people of every team do so when they like: the squared
    correlation ratio (eta squared), with its sums of squares added up over months. Those without a team count as one. By the
    daily clock it is known to a month when somebody completed, since of the first day spells keep the month alone.
    """
    team = np.minimum(clusters.code, clusters.n_teams)  # (spells,)
    first = int((spells.origin_month + spells.start / spells.time_per_month).min())
    last = int((spells.origin_month + spells.stop / spells.time_per_month).max())
    between = total = 0.0
    for month in range(first, last + 1):
        middle = (month + 0.5 - spells.origin_month) * spells.time_per_month  # (spells,)
        at_risk = (spells.start < middle) & (middle <= spells.stop)
        if not at_risk.any():
            continue
        exposed = (spells.exposed_from < middle)[at_risk]
        n_people = np.bincount(team[at_risk])
        share = np.bincount(team[at_risk], exposed) / np.maximum(n_people, 1)  # (teams,)
        mean = exposed.mean()
        between += float((n_people * np.square(share - mean)).sum())
        total += float(len(exposed) * mean * (1 - mean))
    return between / total if total else 0.0


def clustered_error(fit: CoxFit, rows: IndexedRows, code: Ints, column: int = 0) -> float:
    """Of the exposure in `column`, after Lin and Wei (`sandwich.py`)."""
    return float(np.sqrt(clustered_covariance(fit, rows, code, slice(column, column + 1))[0, 0]))


def jackknife_error(fit: CoxFit, rows: IndexedRows, code: Ints, n_codes_of_teams: int) -> float | None:
    """Error of the exposure from leaving out one team after the other; None where one of the fits has no answer.

    The sum of squared differences from `fit`, times (G - 1) / G: with few teams the sandwich is too
    small, and this is not. People without a team add their squared influence each. Lipsitz, Laird
    and Harrington (1990), Using the jackknife to estimate the variance of regression estimators from
    repeated measures studies, Communications in Statistics 19, 821-845; MacKinnon, Nielsen and Webb
    (2023), Fast and reliable jackknife and bootstrap methods for cluster-robust inference, Journal of
    Applied Econometrics 38, 671-694.
    """
    teams = np.unique(code[code < n_codes_of_teams])
    differences: list[float] = []
    for team in teams:
        try:
            without = refit(subset_rows(rows, code != team), fit.beta)
        except FitError:
            return None
        differences.append(float(without.beta[0] - fit.beta[0]))
    variance = (len(teams) - 1) / len(teams) * float(np.square(differences).sum())
    return float(np.sqrt(variance + _variance_without_team(fit, rows, code, n_codes_of_teams)))


def _variance_without_team(fit: CoxFit, rows: IndexedRows, code: Ints, n_codes_of_teams: int) -> float:
    alone = code >= n_codes_of_teams
    if not alone.any():
        return 0.0
    influence: Floats = influences(fit, rows)[alone]
    return float(np.square(np.bincount(np.unique(code[alone], return_inverse=True)[1], influence)).sum())


def influences(fit: CoxFit, rows: IndexedRows) -> Floats:
    """By how much each row moves the estimate of the exposure, (rows,)."""
    moved: Floats = score_residuals(fit.beta, rows, fit.covariance[:, :1])[:, 0]
    return moved
