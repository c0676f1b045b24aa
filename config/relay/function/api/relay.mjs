// A Vercel function (Node.js runtime, Web API) that asks the API with the key and says itself what happened.
//
// Environment: API_URL, API_KEY; ALLOWED_ORIGINS (comma-separated); HOPWATCH_SECRET, HOPWATCH_AUDIENCE, HOPWATCH_NAME.

import { AsyncLocalStorage } from "node:async_hooks";
import { webcrypto } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";

// Nothing but these can be asked with the key.
const ROUTES = {
  "/api/v1/models": { method: "GET", path: "/v1/models" },
  "/api/v1/chat/completions": { method: "POST", path: "/v1/chat/completions" },
};
const SELF = "/api/hopwatch/self";

const NAME = process.env.HOPWATCH_NAME ?? "function";
// Below the function's own limit (300 s), because what the platform ends cannot say why.
const HEADER_TIMEOUT_MS = Number(process.env.HEADER_TIMEOUT_MS ?? 280_000);
// A short secret opens nothing: better no details than a lock that can be guessed.
const SECRET = /^[A-Za-z0-9._~+/=-]{32,}$/;

// What the page and the daemon need of the API's answer; all else stays here.
const COPIED = new Set([
  "content-type", "retry-after", "proxy-status", "server-timing",
  "cf-ray", "cf-error-type", "cf-error-origin", "cf-mitigated",
]);
const COPIED_PREFIX = "x-ratelimit-";

// RFC 9209, section 2.3, by what Node calls the failure; the first that fits.
const ERRORS = [
  [/^(ENOTFOUND|ENODATA|EAI_\w+)$/, "dns_error"],
  [/^ECONNREFUSED$/, "connection_refused"],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, "destination_ip_unroutable"],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, "connection_timeout"],
  [/^UND_ERR_HEADERS_TIMEOUT$/, "connection_read_timeout"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, "connection_terminated"],
  [/^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/, "tls_certificate_error"],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$)/, "tls_protocol_error"],
  [/^(UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW)$/, "http_response_header_section_size"],
  [/^(HPE_|HTTPParserError$)/, "http_protocol_error"],
];

// When each request was begun and when its header went out: fetch itself does not tell.
const asking = new AsyncLocalStorage();
const times = new WeakMap();
subscribe("undici:request:create", ({ request }) => {
  const own = asking.getStore();
  if (own) times.set(request, own);
});
subscribe("undici:client:sendHeaders", ({ request }) => {
  const own = times.get(request);
  if (own) own.sent ??= performance.now();
});

let isFirst = true;

export async function answer(request) {
  const seen = { start: performance.now(), isFirst, isTrusted: await isTrusted(request) };
  isFirst = false;
  const response = await route(request, seen);
  for (const [name, value] of forPages(request)) response.headers.append(name, value);
  if (seen.isTrusted) response.headers.append("server-timing", timing(seen));
  return response;
}

export default { fetch: answer };

async function route(request, seen) {
  const { pathname } = new URL(request.url);
  if (request.method === "OPTIONS") return own(204, "proxy_internal_response");
  if (pathname === SELF) {
    return own(200, "proxy_internal_response", { ok: true, region: process.env.VERCEL_REGION ?? null });
  }
  const wanted = ROUTES[pathname];
  if (!wanted) return own(404, "http_request_error", { error: "no such path" });
  if (request.method !== wanted.method) return own(405, "http_request_error", { error: `only ${wanted.method}` });
  for (const variable of ["API_URL", "API_KEY"]) {
    if (!process.env[variable]) return own(500, "proxy_configuration_error", { error: `${variable} is not set` });
  }
  return ask(request, wanted, seen);
}

async function ask(request, { method, path }, seen) {
  const body = method === "POST" ? await request.arrayBuffer() : undefined;
  const timer = new AbortController();
  const limit = setTimeout(() => timer.abort(), HEADER_TIMEOUT_MS);
  seen.asked = performance.now();
  try {
    const received = await asking.run(seen, () =>
      fetch(new URL(path, process.env.API_URL), {
        method,
        body,
        headers: { accept: "*/*", "content-type": "application/json", authorization: `Bearer ${process.env.API_KEY}` },
        redirect: "manual", // the key goes to nobody else
        signal: timer.signal,
      }),
    );
    seen.header = performance.now();
    return passedOn(received);
  } catch (error) {
    seen.failed = performance.now();
    return failed(error, timer.signal.aborted, seen);
  } finally {
    clearTimeout(limit);
  }
}

function passedOn(received) {
  const headers = new Headers({ "cache-control": "no-store" });
  for (const [name, value] of received.headers) {
    if (COPIED.has(name) || name.startsWith(COPIED_PREFIX)) headers.append(name, value);
  }
  headers.append("proxy-status", `${NAME}; received-status=${received.status}`);
  return new Response(received.body, { status: received.status, headers });
}

function failed(error, isOverdue, seen) {
  const cause = error?.cause?.errors?.at(-1) ?? error?.cause; // Node 20 and later try several addresses
  const code = isOverdue ? "ETIMEDOUT" : String(cause?.code ?? cause?.name ?? "");
  const alert = alertOf(cause);
  let type = ERRORS.find(([pattern]) => pattern.test(code))?.[1] ?? "proxy_internal_error";
  if (alert) type = "tls_alert_received";
  if (type === "connection_timeout" && seen.sent) type = "connection_read_timeout";
  const status = type === "proxy_internal_error" ? 500 : type.endsWith("_timeout") ? 504 : 502;
  const more = alert ? `; alert-id=${alert}` : "";
  const details = seen.isTrusted && /^[\w/]{1,60}$/.test(code) ? `; details="${code}"` : "";
  return own(status, type, { error: "the API cannot be asked", kind: type }, more + details);
}

// OpenSSL packs a library and a reason into its error number; reasons from 1000 on are the alerts of the other side.
function alertOf(cause) {
  const packed = /:error:([0-9A-F]{8}):SSL routines:/.exec(cause?.message ?? "")?.[1];
  const reason = parseInt(packed, 16) & 0x7fffff;
  return reason >= 1000 && reason < 1256 ? reason - 1000 : null;
}

// An answer that this code made, and not the platform nor the API.
function own(status, type, told, parameters = "") {
  const headers = {
    "cache-control": "no-store",
    "proxy-status": `${NAME}; error=${type}${parameters}`,
    "x-hopwatch-made-by": NAME,
  };
  if (!told) return new Response(null, { status, headers });
  return Response.json({ ...told, made_by: "function", hop: NAME }, { status, headers });
}

function timing({ start, isFirst, asked, sent, header, failed: ended }) {
  const metric = (name, from, to) => (from && to ? [`${NAME}.${name};dur=${(to - from).toFixed(1)}`] : []);
  return [
    ...metric("total", start, performance.now()),
    ...metric("connect", asked, sent), // close to 0 on a connection that was kept
    ...metric("header", asked, header),
    ...metric("attempt", asked, ended),
    ...(isFirst ? [`${NAME}.cold`] : []),
  ].join(", ");
}

function forPages(request) {
  const origin = request.headers.get("origin");
  const allowed = (process.env.ALLOWED_ORIGINS ?? "").split(",").map((one) => one.trim());
  if (!origin || !allowed.includes(origin)) return [["vary", "Origin"]];
  return [
    ["vary", "Origin"],
    ["access-control-allow-origin", origin],
    ["access-control-expose-headers", "Proxy-Status, Server-Timing, Retry-After, X-Hopwatch-Made-By"],
    ["access-control-allow-methods", "GET, POST"],
    ["access-control-allow-headers", "authorization, content-type, x-hopwatch-token"],
    ["access-control-max-age", "600"],
  ];
}

// The token's second signature (config/relay/README.md, "Tokens"); `verify` compares in constant time.
async function isTrusted(request) {
  const token = request.headers.get("x-hopwatch-token") ?? "";
  const [, expiry, signature] = /^([1-9]\d{9})\.[\w-]{22}\.([\w-]{43})$/.exec(token) ?? [];
  const secret = process.env.HOPWATCH_SECRET ?? "";
  if (!signature || !SECRET.test(secret) || Number(expiry) < Math.floor(Date.now() / 1000)) return false;
  const bytes = (text) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await webcrypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["verify"]);
  const message = `hopwatch-token-1 ${process.env.HOPWATCH_AUDIENCE ?? ""} ${expiry}`;
  return webcrypto.subtle.verify("HMAC", key, Buffer.from(signature, "base64url"), bytes(message));
}
