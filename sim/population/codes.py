"""Codes of the categorical columns (int8). One place, so that a number never stands for itself."""

from __future__ import annotations

from enum import IntEnum


class Sex(IntEnum):
    MALE = 0
    FEMALE = 1


class Residence(IntEnum):
    """Japanese, or the status of residence (在留資格) of a foreign resident. Foreign means > 0."""

    JAPANESE = 0
    PERMANENT = 1
    """永住者, 特別永住者, 配偶者, 定住者"""
    STUDENT = 2
    """留学"""
    WORKER = 3
    """技術・人文知識・国際業務, 特定技能, 技能実習 …"""
    FAMILY = 4
    """家族滞在"""
    OTHER = 5


class Relation(IntEnum):
    """Place in the household (続柄)."""

    HEAD = 0
    SPOUSE = 1
    CHILD = 2
    PARENT = 3
    OTHER = 4


class Kind(IntEnum):
    """Family type of the census (家族類型)."""

    ONE_PERSON = 0
    COUPLE = 1
    COUPLE_CHILDREN = 2
    LONE_PARENT = 3
    THREE_GENERATION = 4
    OTHER = 5
    INSTITUTION = 6
    """施設等: one row each, no household sharing"""


class Work(IntEnum):
    """Work state."""

    NONE = 0
    """not working: children, at home, jobless"""
    REGULAR = 1
    PART_TIME = 2
    """non-regular employee (パート, アルバイト, 契約, 派遣)"""
    OFFICER = 3
    SELF_EMPLOYED = 4
    FAMILY_WORKER = 5
    """事業専従者"""
    STUDENT = 6
    RETIRED = 7


class FirmSize(IntEnum):
    """Staff of the employer, classes of the coverage expansion (適用拡大)."""

    NONE = 0
    S1_5 = 1
    S6_10 = 2
    S11_20 = 3
    S21_35 = 4
    S36_50 = 5
    S51_100 = 6
    S101_500 = 7
    S501 = 8


class Scheme(IntEnum):
    """Whose health insurance."""

    KOKUHO = 0
    """municipal 国民健康保険"""
    EMPLOYEE = 1
    """employee insurance in own right (被用者保険 被保険者)"""
    DEPENDANT = 2
    """dependant of an employee (被扶養者)"""
    VOLUNTARY = 3
    """voluntary continuation (任意継続)"""
    GUILD = 4
    """国保組合"""
    LATE_ELDERLY = 5
    """後期高齢者医療"""
    ASSISTANCE = 6
    """生活保護"""


class Leaving(IntEnum):
    """Why a person leaves the register in this fiscal year."""

    STAYS = 0
    DIES = 1
    OTHER_PREFECTURE = 2
    ABROAD = 3


class Method(IntEnum):
    """How a household pays (納付方法)."""

    UNSET = 0
    PENSION = 1
    """特別徴収"""
    ACCOUNT = 2
    """口座振替"""
    SLIP = 3
    """納付書 (自主納付)"""


class Portion(IntEnum):
    """Portions of the levy: 医療, 後期高齢者支援金, 介護, 子ども・子育て支援."""

    MEDICAL = 0
    SUPPORT = 1
    CARE = 2
    CHILD = 3


class Stage(IntEnum):
    """How far collection from a household has gone; NONE exactly when it owes nothing past due."""

    NONE = 0
    REMINDED = 1
    """督促, within twenty days of the due date"""
    DUNNED = 2
    """催告"""
    INVESTIGATED = 3
    """財産調査, nothing found yet"""
    AGREED = 4
    """分納, instalment agreement"""
    SEIZED = 5
    """差押"""
    SUSPENDED = 6
    """執行停止"""
    SPECIAL_CARE = 7
    """特別療養費 (since December 2024; before: 資格証明書): pays care in full and is refunded on application"""
