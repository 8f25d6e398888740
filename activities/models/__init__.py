"""Draws: what is offered, what was bought, what came out, and what proves it."""

from activities.models.activity import Activity, ActivityCategory
from activities.models.allowance import DrawAllowance
from activities.models.batch import DrawBatch, DrawPlayer
from activities.models.boss import BossAward, BossClawback, BossHit, BossPlayer, BossPrize, BossSeason
from activities.models.delivery import PrizeDelivery
from activities.models.draw_log import DrawLog
from activities.models.issue import Issue, IssueCounter
from activities.models.loss_approval import LossApproval
from activities.models.luck import DrawLuck, RiskNote
from activities.models.reward import Reward, RewardStock
from activities.models.reward_drop import RewardDrop
from activities.models.secret import DrawCommitment, DrawSecret
from activities.models.session import LevelPass, SessionDraw, SessionScope, SessionTally
from activities.models.ticket import BoxTurn, IssueTicket

__all__ = [
    "Activity",
    "ActivityCategory",
    "BossAward",
    "BossClawback",
    "BossHit",
    "BossPlayer",
    "BossPrize",
    "BossSeason",
    "BoxTurn",
    "DrawAllowance",
    "DrawBatch",
    "DrawCommitment",
    "DrawLog",
    "DrawLuck",
    "DrawPlayer",
    "DrawSecret",
    "Issue",
    "IssueCounter",
    "IssueTicket",
    "LossApproval",
    "PrizeDelivery",
    "LevelPass",
    "Reward",
    "RewardDrop",
    "RewardStock",
    "RiskNote",
    "SessionDraw",
    "SessionScope",
    "SessionTally",
]
