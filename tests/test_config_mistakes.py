"""Every mistake is reported once, at its own line and column, with what would be right."""

import pytest

from tests.config_mistakes import TEXT_MISTAKES
from tests.config_text import GOOD, problems

# Name, what is replaced in the good configuration, by what, and the one line that must come out.
MISTAKES = (
    (
        "misspelt_key_of_a_plugin",
        "{path: /healthz",
        "{pth: /healthz",
        "28:16: routes.chat.checks.alive.http.pth: unknown key; did you mean 'path'?",
    ),
    (
        "misspelt_top_level_key",
        "storage:",
        "stoorage:",
        "4:1: stoorage: unknown key; did you mean 'storage'?",
    ),
    (
        "key_in_other_letters",
        "max_size:",
        "Max-Size:",
        "4:11: storage.Max-Size: unknown key; did you mean 'max_size'?",
    ),
    (
        "unknown_key_like_no_other",
        "site: flat",
        "colour: red",
        "11:22: vantages.home.colour: unknown key; known here: resolvers, resolver_ca_file, concurrency, site, region, provider, metered, traffic_per_month, allow, interface, netns, proxy, source, system",
    ),
    (
        "key_indented_too_little",
        "http: {path: /healthz, status: [200]}",
        "path: /healthz\n        http: {status: [200]}",
        "28:9: routes.chat.checks.alive.path: unknown key here; it belongs in 'http', indented further",
    ),
    (
        "key_indented_too_much",
        "http: {path: /healthz,",
        "http: {interval: 5s,",
        "28:16: routes.chat.checks.alive.http.interval: unknown key here; it belongs one level up, beside 'http'",
    ),
    (
        "misspelt_required_key",
        "{address: 127.0.2.1}",
        "{addr_ess: 127.0.2.1}",
        "12:19: vantages.wifi.source.addr_ess: unknown key; did you mean 'address'?",
    ),
    (
        "duplicate_key",
        "        timeout: 5s\n",
        "        timeout: 5s\n        interval: 20s\n",
        "28:9: routes.chat.checks.alive.interval: this key is already there on line 26",
    ),
    (
        "duplicate_hop",
        "  vercel: {url",
        "  hk-vps: {url: 'https://a.b'}\n  vercel: {url",
        "15:3: hops.hk-vps: this key is already there on line 14",
    ),
    (
        "missing_key",
        '{url: "https://example.vercel.app"}',
        "{enabled: true}",
        "15:3: hops.vercel.url: this key is required",
    ),
    (
        "unknown_hop_in_a_route",
        "[hk-vps, vercel, direct]",
        "[hk-vps, vercel, direct, vercl]",
        "19:36: routes.chat.hops[3]: there is no hop 'vercl'; did you mean 'vercel'?",
    ),
    (
        "hop_of_a_check_that_its_route_misspells",
        "[hk-vps, vercel, direct]",
        "[hk-vpss, vercel, direct]",
        "19:12: routes.chat.hops[0]: there is no hop 'hk-vpss'; did you mean 'hk-vps'?",
    ),
    (
        "time_of_a_hop",
        '{url: "https://example.vercel.app"}',
        '{url: "https://example.vercel.app", timeout: 5s}',
        "15:47: hops.vercel.timeout: unknown key here; it belongs to a check, or to 'defaults' for all of them",
    ),
    (
        "kind_of_a_hop",
        '{url: "https://example.vercel.app"}',
        '{url: "https://example.vercel.app", http: {}}',
        "15:47: hops.vercel.http: unknown key here; it belongs to a check of a route",
    ),
    (
        "unknown_vantage_in_a_route",
        "[home, wifi]",
        "[home, mobile]",
        "20:22: routes.chat.vantages[1]: there is no vantage 'mobile'; there are: home, wifi",
    ),
    (
        "hop_twice_in_a_route",
        "[hk-vps, vercel, direct]",
        "[hk-vps, vercel, direct, vercel]",
        "19:36: routes.chat.hops[3]: 'vercel' is already in the list",
    ),
    (
        "unknown_hop_in_a_check",
        "hop: hk-vps\n",
        "hop: hkvps\n",
        "25:14: routes.chat.checks.alive.hop: 'hkvps' is not a hop of this route; did you mean 'hk-vps'?",
    ),
    (
        "hop_left_out_of_many",
        "        hop: hk-vps\n",
        "",
        "24:7: routes.chat.checks.alive.hop: this key is required, because the route has several hops: hk-vps, vercel, direct",
    ),
    (
        "through_a_nearer_hop",
        "through: direct",
        "through: hk-vps",
        "31:18: routes.chat.checks.chain.through: 'hk-vps' comes before 'vercel', so it is never reached through it; possible here: vercel, direct",
    ),
    (
        "no_kind",
        "        http: {path: /healthz, status: [200]}\n",
        "",
        "24:7: routes.chat.checks.alive: the kind is missing: add exactly one of cors, dns, http, icmp, page, tcp, tls, trace",
    ),
    (
        "misspelt_kind",
        "http: {path: /healthz",
        "htpp: {path: /healthz",
        "28:9: routes.chat.checks.alive.htpp: unknown key; did you mean 'http'?",
    ),
    (
        "two_kinds_of_check",
        "        timeout: 5s\n",
        "        timeout: 5s\n        tcp:\n",
        "29:9: routes.chat.checks.alive.http: 'tcp' is already there, and only one of cors, dns, http, icmp, page, tcp, tls, trace can be",
    ),
    (
        "two_kinds_of_vantage",
        "home: {system: {}",
        "home: {system: {}, source: {address: 127.0.0.1}",
        "11:22: vantages.home.source: 'system' is already there, and only one of interface, netns, proxy, source, system can be",
    ),
    (
        "timeout_longer_than_the_interval",
        "timeout: 5s",
        "timeout: 20s",
        "27:18: routes.chat.checks.alive.timeout: '20s' is longer than the interval, '15s'; a probe ends before the next begins",
    ),
    (
        "timeout_longer_than_the_default_interval",
        "        through: direct",
        "        through: direct\n        timeout: 1m",
        "32:18: routes.chat.checks.chain.timeout: '1m' is longer than the default interval, '30s'; a probe ends before the next begins",
    ),
    (
        "default_timeout_longer_than_the_interval",
        "timeout: 10s",
        "timeout: 40s",
        "3:36: defaults.timeout: '40s' is longer than the interval, '30s'; a probe ends before the next begins",
    ),
    (
        "interval_too_short",
        "interval: 15s",
        "interval: 500ms",
        "26:19: routes.chat.checks.alive.interval: out of range; accepted is 1s to 1d",
    ),
    (
        "duration_without_unit",
        "interval: 30s",
        "interval: 30",
        "3:22: defaults.interval: 30 is not a duration; write a number with one of the units ms, s, m, h, d, such as 30s",
    ),
    (
        "size_without_unit",
        "256MiB",
        "256",
        "4:21: storage.max_size: 256 is not a size; write a number with one of the units B, kB, KiB, MB, MiB, GB, GiB, such as 1MiB",
    ),
    (
        "size_out_of_bounds",
        "256MiB",
        "1MiB",
        "4:21: storage.max_size: out of range; accepted is 4MiB to 1000GiB",
    ),
    (
        "norway",
        "region: cn-sh",
        "region: NO",
        "11:42: vantages.home.region: yes, no, on and off are true and false to some YAML readers and text to others; write true or false, or quote this value",
    ),
    (
        "truth_by_another_word",
        "site: flat",
        "metered: yes",
        "11:31: vantages.home.metered: yes, no, on and off are true and false to some YAML readers and text to others; write true or false, or quote this value",
    ),
    (
        "base_sixty",
        "site: flat",
        "site: 12:30:45",
        "11:28: vantages.home.site: quote this value: without quotes some YAML readers take it for a number of base 60",
    ),
    (
        "octal",
        "[200]",
        "[0200]",
        "28:41: routes.chat.checks.alive.http.status[0]: YAML readers disagree on which number this is, if any; write a plain decimal number, or quote this value",
    ),
    (
        "number_for_text",
        "site: flat",
        "site: 4711",
        "11:28: vantages.home.site: quote this value: text is expected, and without quotes it is a number",
    ),
    (
        "key_that_is_truth",
        "  gstatic:",
        "  on:",
        '9:3: anchors.on: quote this key, as "on": without quotes it is no text to every YAML reader',
    ),
    (
        "text_for_a_number",
        "5000",
        "'5000'",
        "5:23: metrics.max_series: expected a whole number; remove the quotes",
    ),
    (
        "text_for_truth",
        "site: flat",
        "metered: 'true'",
        "11:31: vantages.home.metered: expected true or false, not text",
    ),
    (
        "word_for_a_list",
        "[200]",
        "200",
        "28:40: routes.chat.checks.alive.http.status: expected a list; write it in brackets, as [value], also when it has one entry",
    ),
    (
        "list_for_a_mapping",
        "metrics: {max_series: 5000}",
        "metrics: [5000]",
        "5:10: metrics: expected a mapping with keys such as max_series, not a list",
    ),
    (
        "mapping_for_text",
        "agent: local",
        "agent: {name: local}",
        "2:8: agent: expected text, not a mapping",
    ),
    (
        "not_one_of_the_words",
        "{path: /healthz",
        "{method: PSTO, path: /healthz",
        "28:24: routes.chat.checks.alive.http.method: 'PSTO' is not one of GET, HEAD, POST, PUT, OPTIONS, DELETE; did you mean 'POST'?",
    ),
    (
        "number_out_of_bounds",
        "[200]",
        "[99]",
        "28:41: routes.chat.checks.alive.http.status[0]: this should be greater than or equal to 200, not 99",
    ),
    *TEXT_MISTAKES,
)


def test_the_good_configuration_has_no_mistake():
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_mistake(old, new, expected):
    assert old in GOOD

    assert problems(GOOD.replace(old, new, 1)) == [expected]


def test_all_mistakes_come_at_once_in_the_order_of_the_file_and_hide_none_of_another():
    names = (
        "misspelt_top_level_key",
        "number_for_text",
        "misspelt_required_key",
        "url_with_a_password",
        "missing_key",
        "hop_twice_in_a_route",
        "unknown_vantage_in_a_route",
        "availability_beyond_all",
        "maintenance_that_ends_first",
        "timeout_longer_than_the_interval",
        "misspelt_key_of_a_plugin",
        "through_a_nearer_hop",
        "secret_written_out",
    )
    rows = {row[0]: row[1:] for row in MISTAKES}
    text = GOOD
    for name in names:
        old, new, _ = rows[name]
        text = text.replace(old, new, 1)

    assert problems(text) == [rows[name][2] for name in names]


def test_what_the_reader_refuses_hides_no_other_mistake():
    text = GOOD.replace("region: cn-sh", "region: NO").replace("[home, wifi]", "[home, office]")

    assert problems(text) == [
        "11:42: vantages.home.region: yes, no, on and off are true and false to some YAML readers and text to others; write true or false, or quote this value",
        "20:22: routes.chat.vantages[1]: there is no vantage 'office'; there are: home, wifi",
    ]


def test_no_message_repeats_a_secret():
    written_out = (
        ("{env: KEY}", "hunter2"),
        ("{env: KEY}", "[hunter2]"),
        ("{env: KEY}", "{value: hunter2}"),
        ("{env: KEY}", "'hunter2"),
        ("{Accept: text/plain}", "{X-Api-Key: hunter2}"),
        ("{Accept: text/plain}", "{cookie: hunter2}"),
        ("bearer: {env: KEY}", "basic: {user: me, password: hunter2}"),
        ("https://relay.example.net", "https://me:hunter2@relay.example.net"),
        ("https://relay.example.net", "ftp://me:hunter2@relay.example.net"),
    )

    found = [problems(GOOD.replace(old, new, 1)) for old, new in written_out]

    assert [bool(lines) and "hunter2" not in "".join(lines) for lines in found] == [True] * len(written_out)
