"""The ids of the controls about names, under which their answers stand in a case."""

SAME = "names.same"
NEUTRAL = "names.neutral"
BY_TCP = "names.tcp"
TRUSTED = ("names.trusted", "names.trusted.second")
DEAD = "names.dead"
DEAD_NEUTRAL = "names.dead.neutral"
A_RECORD = "names.a"
UNCHECKED = "names.unchecked"
CHECKED_AGAIN = "names.checked"
ANSWERED = "names.answered"
TRUE_UNNAMED = "names.true.unnamed"
TRUE = "names.true"
