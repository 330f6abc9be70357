"""How we try it: agreements that the other party confirms, simulations, and negotiations of two learners with one another."""

from practice.models.agreements import (
    Agreement,
    AgreementRevision,
    AgreementState,
    Party,
    Review,
    ReviewAnswer,
    ReviewRequest,
    Verdict,
)
from practice.models.pairs import (
    Pair,
    PairCall,
    PairEnding,
    PairReport,
    PairSeat,
    PairState,
    PairTurn,
    PairVolunteer,
    SeatSide,
)
from practice.models.simulations import Simulation, SimulationKind, SimulationRun, SimulationVersion

__all__ = [
    "Agreement",
    "AgreementRevision",
    "AgreementState",
    "Pair",
    "PairCall",
    "PairEnding",
    "PairReport",
    "PairSeat",
    "PairState",
    "PairTurn",
    "PairVolunteer",
    "Party",
    "Review",
    "ReviewAnswer",
    "ReviewRequest",
    "SeatSide",
    "Simulation",
    "SimulationKind",
    "SimulationRun",
    "SimulationVersion",
    "Verdict",
]
