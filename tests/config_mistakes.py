"""Seeded mistakes in the configuration's text and values: name, what is replaced, by what, and the line that must come out."""

TEXT_MISTAKES = (
    (
        "name_in_capitals",
        "  direct: {url",
        "  Direct: {url: 'https://a.b'}\n  direct: {url",
        "16:3: hops.Direct: 'Direct' is not a name; a name has at most 63 of a-z 0-9 _ . - and begins with a letter or digit",
    ),
    (
        "url_without_scheme",
        "https://relay.example.net",
        "relay.example.net",
        "14:17: hops.hk-vps.url: a URL begins with http:// or https://",
    ),
    (
        "url_with_a_path",
        "https://relay.example.net",
        "https://relay.example.net/api",
        "14:17: hops.hk-vps.url: the URL of a hop ends after host and port; a path belongs to the check, as http: {path: /x}",
    ),
    (
        "url_with_a_password",
        "https://relay.example.net",
        "https://me:hunter2@relay.example.net",
        "14:17: hops.hk-vps.url: a URL holds no user name or password; name them in the check, by reference",
    ),
    (
        "host_that_is_no_name",
        "https://relay.example.net",
        "https://relay_.example..net",
        "14:17: hops.hk-vps.url: 'relay_.example..net' is no host name and no IP address",
    ),
    (
        "address_that_is_none",
        "203.0.113.9",
        "203.0.113.900",
        "14:55: hops.hk-vps.address: '203.0.113.900' is no IP address, such as 203.0.113.9 or 2001:db8::9",
    ),
    (
        "network_with_host_bits",
        "198.51.100.0/24",
        "198.51.100.7/24",
        "7:10: bogons[0]: 198.51.100.7/24 has host bits set; write a network as 198.51.100.0/24",
    ),
    (
        "resolver_that_is_none",
        "udp://127.0.2.53:5353",
        "quic://127.0.2.53",
        (
            "12:52: vantages.wifi.resolvers[0]: 'quic://127.0.2.53' is not a resolver; write system, interface, an address,"
            " or one of udp://ADDRESS, tcp://ADDRESS, tls://NAME#ADDRESS, https://NAME/dns-query#ADDRESS"
        ),
    ),
    (
        "resolver_without_an_address_to_dial",
        "udp://127.0.2.53:5353",
        "tls://dns.example",
        (
            "12:52: vantages.wifi.resolvers[0]: 'tls://dns.example' does not say which address to dial, and nothing is"
            " resolved secretly; add it as tls://dns.example#192.0.2.53"
        ),
    ),
    (
        "path_without_slash",
        "path: /healthz",
        "path: healthz",
        "28:22: routes.chat.checks.alive.http.path: 'healthz' is no path; it begins with / and holds no space, # or non-ASCII character",
    ),
    (
        "pattern_that_is_none",
        "status: [200]",
        "body_matches: ['(']",
        "28:47: routes.chat.checks.alive.http.body_matches[0]: '(' is no regular expression: missing ) at position 1",
    ),
    (
        "secret_written_out",
        "{env: KEY}",
        "sk-hunter2",
        "32:46: routes.chat.checks.chain.http.bearer: a secret is not written here but named: {file: PATH} or {env: VARIABLE}",
    ),
    (
        "secret_in_a_header",
        "{Accept: text/plain}",
        "{Authorization: Bearer hunter2}",
        "32:83: routes.chat.checks.chain.http.headers.Authorization: a secret is not written here but named: {file: PATH} or {env: VARIABLE}",
    ),
    (
        "secret_from_nowhere",
        "{env: KEY}",
        "{}",
        "32:46: routes.chat.checks.chain.http.bearer: a secret is given by exactly one of file and env",
    ),
    (
        "secret_by_a_misspelt_key",
        "{Accept: text/plain}",
        "{Accept: {fil: x}}",
        "32:77: routes.chat.checks.chain.http.headers.Accept.fil: unknown key; did you mean 'file'?",
    ),
    (
        "header_that_is_a_number",
        "text/plain",
        "1.0",
        "32:76: routes.chat.checks.chain.http.headers.Accept: quote this value: text is expected, and without quotes it is a number",
    ),
    (
        "header_that_hopwatch_sets",
        "Accept: text/plain",
        "Host: example.net",
        "32:68: routes.chat.checks.chain.http.headers.Host: 'Host' cannot be set; it is no header name, or hopwatch sets it itself",
    ),
    (
        "availability_beyond_all",
        "99.5",
        "100",
        "21:25: routes.chat.slo.availability: this should be less than 100, not 100",
    ),
    (
        "maintenance_that_ends_first",
        "until: 2026-12-01T02:00:00Z",
        "until: 2026-11-01T02:00:00Z",
        "22:19: routes.chat.maintenance[0]: `from` is not before `until`",
    ),
    (
        "instant_without_zone",
        "until: 2026-12-01T02:00:00Z",
        "until: 2026-12-01T02:00:00",
        "22:55: routes.chat.maintenance[0].until: a time zone is missing; write it as 2026-12-01T00:00:00Z",
    ),
    (
        "version_of_the_future",
        "version: 1",
        "version: 2",
        "1:10: version: expected 1; nothing else is known",
    ),
    (
        "empty_route",
        "[hk-vps, vercel, direct]",
        "[]",
        "19:11: routes.chat.hops: at least one entry is needed",
    ),
    (
        "alias",
        "site: flat",
        "site: *flat",
        "11:28: vantages.home.site: aliases (*name) are not taken; write the value out",
    ),
    (
        "anchor",
        "site: flat",
        "site: &flat flat",
        "11:28: vantages.home.site: anchors (&name) are not taken; write the value out",
    ),
    (
        "merge_key",
        "site: flat",
        "<<: {site: flat}",
        "11:22: vantages.home: merge keys (<<) are not taken; write the keys out",
    ),
    (
        "tag",
        "site: flat",
        "site: !!str flat",
        "11:28: vantages.home.site: tags (!name) are not taken; write the value without",
    ),
    (
        "tab",
        "    hops: [",
        "\t\thops: [",
        "19:1: this is not valid YAML: a tab cannot indent; use spaces",
    ),
    (
        "open_quote",
        '"https://api.cerebras.ai"',
        '"https://api.cerebras.ai',
        "16:17: this is not valid YAML: this quote is never closed",
    ),
    (
        "open_bracket",
        "[system]",
        "[system",
        "6:12: this is not valid YAML: this bracket is never closed, or a ',' is missing",
    ),
    (
        "colon_in_text",
        "agent: local",
        "agent: local: yes",
        "2:13: this is not valid YAML: no ':' can be here; is the indentation right, or does a text need quotes?",
    ),
    (
        "at_sign",
        "agent: local",
        "agent: @local",
        "2:8: this is not valid YAML: quote this value: it begins with a character that YAML keeps for itself",
    ),
    (
        "wrong_indentation",
        "  direct: {url",
        " direct: {url",
        "16:2: this is not valid YAML: the indentation does not fit the lines before",
    ),
    (
        "second_document",
        "routes:",
        "---\nroutes:",
        "17:1: a second YAML document begins here; a configuration is one document",
    ),
    (
        "key_left_out",
        "site: flat",
        "~: flat",
        "11:22: vantages.home: a key is missing before the colon",
    ),
    (
        "label_with_a_bracket",
        "site: flat",
        "site: a>b",
        "11:28: vantages.home.site: a label is one to 63 printable characters without [ ] > and without blanks at its ends",
    ),
    (
        "value_left_out",
        "agent: local",
        "agent:",
        "2:7: agent: there is no value here; give one, or remove the key",
    ),
    (
        "number_for_one_of_the_words",
        "{path: /healthz",
        "{method: 5, path: /healthz",
        "28:24: routes.chat.checks.alive.http.method: '5' is not one of GET, HEAD, POST, PUT, OPTIONS, DELETE",
    ),
    (
        "misspelt_key_in_a_list",
        "until: 2026-12-01T02:00:00Z",
        "untyl: 2026-12-01T02:00:00Z",
        "22:48: routes.chat.maintenance[0].untyl: unknown key; did you mean 'until'?",
    ),
    (
        "unknown_key_in_a_list",
        "until: 2026-12-01T02:00:00Z",
        "until: 2026-12-01T02:00:00Z, why: x",
        "22:77: routes.chat.maintenance[0].why: unknown key; known here: from, until",
    ),
    (
        "tag_on_an_unclear_word",
        "site: flat",
        "site: !!bool yes",
        "11:28: vantages.home.site: tags (!name) are not taken; write the value without",
    ),
    (
        "key_that_is_a_list",
        "site: flat",
        "[site]: flat",
        "11:22: vantages.home: a key is a plain word",
    ),
    (
        "number_for_a_mapping",
        "metrics: {max_series: 5000}",
        "metrics: 5000",
        "5:10: metrics: expected a mapping with keys such as max_series, not a number",
    ),
)
