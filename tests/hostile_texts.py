"""What a hostile target may put into any text that it controls."""

TEXTS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    "</title></style></textarea></script><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}{{ ''.__class__ }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "<!--", "]]>", "<![CDATA[", "&lt;script&gt;", "&#x3c;b&#x3e;",
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "\u202e\u2066txet desrever\u2069 \u200bhidden\u200f",
    "line\nbreak\r\nline \u2028 separator \x00 nul \x85",
    "\ud800 lone \udfff surrogates",
    "e\u0301" * 100 + "\u0300" * 200,
    "w" * 5000,
    "\u5b57" * 3000,
    "\N{GRINNING FACE}" * 500,
    " " * 3000 + "end",
)  # fmt: skip
