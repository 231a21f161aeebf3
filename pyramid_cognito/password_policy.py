"""The user pool's rules for passwords, so that a page can show them and name those not met."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyramid_cognito.i18n import _

#: what Cognito lets a pool ask for as the shortest password, in characters
LEAST_LENGTH = 6
MOST_LENGTH = 99


@dataclass(frozen=True)
class PasswordRule:
    """One thing that a password needs.

    :param name: "length", "uppercase", "lowercase", "numbers" or "symbols".
    :param words: what is needed, for a list.
    :param fault: the sentence for a password that lacks it.
    :param pattern: a regular expression, found somewhere in each password that meets the rule; for
        Python, and for JavaScript with the flag ``u``.
    """

    name: str
    words: str
    fault: str
    pattern: str

    def is_met(self, password: str) -> bool:
        """Whether *password* has what this rule asks for."""
        return re.search(self.pattern, password) is not None


@dataclass(frozen=True)
class PasswordPolicy:
    """What a user pool asks of a new password (PasswordPolicyType); by default, what Cognito does.

    :param minimum_length: in characters.
    """

    minimum_length: int = 8
    uppercase: bool = True
    lowercase: bool = True
    numbers: bool = True
    symbols: bool = True

    @classmethod
    def parse(cls, text: str) -> PasswordPolicy:
        """The policy that a setting names, like ``8 uppercase lowercase numbers symbols``.

        :raises ValueError: no length from 6 to 99, or another word than those, or one twice.
        """
        length, *names = text.split()
        if not re.fullmatch("[0-9]{1,2}", length) or not LEAST_LENGTH <= int(length) <= MOST_LENGTH:
            raise ValueError(length)
        if len(set(names)) < len(names) or not set(names) <= _RULES.keys():
            raise ValueError(text)
        return cls(int(length), **{name: name in names for name in _RULES})

    @property
    def rules(self) -> tuple[PasswordRule, ...]:
        """All that is asked, in the order in which to show it."""
        length = {"n": self.minimum_length}
        return (
            PasswordRule(
                "length",
                _("at least ${n} characters", length),
                _("It needs at least ${n} characters.", length),
                f"[\\s\\S]{{{self.minimum_length}}}",
            ),
            *(rule for name, rule in _RULES.items() if getattr(self, name)),
        )

    def unmet(self, password: str) -> tuple[PasswordRule, ...]:
        """The rules that *password* does not meet."""
        return tuple(rule for rule in self.rules if not rule.is_met(password))


# Cognito counts letters of the basic Latin alphabet only, and as symbols these and a space inside.
# The patterns mean the same in Python and in JavaScript, there with the flag v too.
_RULES = {
    rule.name: rule
    for rule in (
        PasswordRule(
            "uppercase",
            _("an upper-case letter, A to Z"),
            _("It needs an upper-case letter, A to Z."),
            "[A-Z]",
        ),
        PasswordRule(
            "lowercase",
            _("a lower-case letter, a to z"),
            _("It needs a lower-case letter, a to z."),
            "[a-z]",
        ),
        PasswordRule("numbers", _("a digit"), _("It needs a digit, 0 to 9."), "[0-9]"),
        PasswordRule(
            "symbols",
            _("a symbol, like ! or -, or a space inside"),
            _("It needs a symbol, like ! or -, or a space inside."),
            r"""[\^$*.\[\]\{\}\(\)?"!@#%&\/\\,><':;\|_~`=+\-]|[\s\S] [\s\S]""",
        ),
    )
}
