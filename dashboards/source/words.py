"""The words, colours and addresses that all dashboards share: one colour means one thing everywhere."""

WORKS = "green"
FAILS = "red"
PARTLY = "orange"
# Nobody knows, which is not the same as works.
UNKNOWN = "#8e8e93"
NEUTRAL = "blue"

OVERVIEW = "hopwatch-overview"
ROUTE = "hopwatch-route"
HOP = "hopwatch-hop"
VANTAGES = "hopwatch-vantages"
SELF = "hopwatch-self"

# A check whose last measurement is older is unknown: twice the longest usual interval, ten minutes, and a little.
STALE_SECONDS = 1260
