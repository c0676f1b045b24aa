// Serve the function on this machine, to try it: PORT=8787 node serve.mjs

import { createServer } from "node:http";
import { pipeline, Readable } from "node:stream";

import relay from "./api/relay.mjs";

const server = createServer(async (incoming, outgoing) => {
  const hasBody = !["GET", "HEAD"].includes(incoming.method);
  const response = await relay.fetch(
    new Request(`http://${incoming.headers.host ?? "localhost"}${incoming.url}`, {
      method: incoming.method,
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: "half" }),
    }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  // A body that breaks off must break off here too, or a half answer would look whole.
  pipeline(response.body ? Readable.fromWeb(response.body) : Readable.from([]), outgoing, () => {});
});
server.listen(Number(process.env.PORT ?? 8787), "127.0.0.1", () => {
  console.log(`the function answers on http://127.0.0.1:${server.address().port}`);
});
