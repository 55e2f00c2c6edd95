// What the three parts have in common: the double's control, a webhook of ours, and how a check is told.
import { createServer } from 'node:http';
import { isDeepStrictEqual, inspect } from 'node:util';

export const base = process.argv[2];

/** One line a check; the first that fails ends it all. */
export function check(name, is, expected = true) {
  if (!isDeepStrictEqual(is, expected)) {
    console.log(`FAILED ${name}: ${inspect(is)} is not ${inspect(expected)}`);
    process.exit(1);
  }
  console.log(`ok ${name}`);
}

/** What a promise is rejected with. */
export async function refused(name, promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  check(name, 'not refused', 'refused');
}

export async function control(method, path, body) {
  const answer = await fetch(`${base}/_control/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** The next request is answered this. */
export const graphFault = (kind) =>
  control('PUT', 'graph/faults', { faults: [{ kind, count: 1 }] });

/** A server whose `answer` returns a status for each post, or `[status, text]`. */
export async function webhook(answer) {
  const server = createServer(async (request, response) => {
    const [status, text = ''] = [await answer(request)].flat();
    response.writeHead(status).end(text);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${server.address().port}/webhook`, close: () => server.close() };
}

export async function bytes(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
