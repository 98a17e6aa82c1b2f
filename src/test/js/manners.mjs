// parley.js against a fake gateway that misbehaves on request. Usage: node manners.mjs PARLEY_JS
import assert from 'node:assert';
import http from 'node:http';
import WebSocket, { WebSocketServer } from 'ws';
const { Parley } = await import(process.argv[2]);
globalThis.WebSocket = WebSocket;

/** Answers what our client asks; `rules` say where it does otherwise, by address or path. */
async function gateway(rules = {}) {
  const sockets = new WebSocketServer({ noServer: true });
  const seen = { open: 0, opened: 0, http: 0, frames: [], tokens: 0, last: null };
  const answers = {
    authenticate: () => ({ user: {} }),
    resume: () => ({ events: [], resync: [], unknown: [], more: {}, joined: [] }),
    appendItem: (body) => ({ body: body.body }),
    ...rules,
  };
  const server = http.createServer(async (request, response) => {
    if (request.url === '/api/auth/token') {
      seen.tokens++;
      await rules.token?.();
      response.end('{"access_token":"one","expires_in":900}');
    } else if (request.url === '/eventbus/info') {
      response.end('{}');
    } else {
      seen.http++;
      response.statusCode = 500;
      response.end();
    }
  });
  server.on('upgrade', (request, socket, head) => {
    if (rules.upgrade?.(seen) === false) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (line) => {
      seen.open++;
      seen.opened++;
      seen.last = line;
      line.on('close', () => seen.open--);
      line.on('message', (text) => {
        const frame = JSON.parse(String(text));
        seen.frames.push(frame);
        if (frame.type === 'send') {
          const answer = answers[frame.address]?.(frame.body, line, seen) ?? {};
          const wrong = answer.failureCode;
          line.send(JSON.stringify({ type: wrong ? 'err' : 'rec', address: frame.replyAddress, ...(wrong ? answer : { body: answer }) }));
        } else if (frame.type === 'register' && rules.register?.(seen)) {
          line.send('{"type":"err","address":"inbox","failureCode":503,"message":"not now"}');
        }
      });
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const port = server.address().port;
  return { seen, server, base: 'http://127.0.0.1:' + port };
}

const once = (client, name) => new Promise((done) => client.on(name, done));
const fails = (promise) => promise.then(() => assert.fail('was answered'), (failure) => failure);
async function until(condition) {
  while (!condition()) {
    await new Promise((later) => setTimeout(later, 5));
  }
}

const tests = {
  async 'what is too large for a frame is refused, and the line goes on'() {
    const { seen, base } = await gateway();
    const client = new Parley(base);
    assert.equal((await fails(client.send('bob', 'x'.repeat(70_000)))).status, 413);
    assert.equal((await fails(client.send('bob', '\u{1F600}'.repeat(17_000)))).status, 413);
    assert.equal((await client.send('bob', 'small')).body, 'small');
    assert.equal(seen.opened, 1);
    client.close();
  },

  async 'what breaks the line each time is not said for ever'() {
    const { seen, base } = await gateway({ appendItem: (body, line) => line.terminate() });
    const random = Math.random;
    Math.random = () => 0.001;
    const client = new Parley(base);
    assert.ok((await fails(client.send('bob', 'poison'))).unknown);
    assert.ok(seen.opened <= 11, 'broke ' + seen.opened);
    client.close();
    Math.random = random;
  },

  async 'pauses grow while lines do not last'() {
    const { seen, base } = await gateway();
    const random = Math.random;
    const asked = [];
    const timeouts = globalThis.setTimeout;
    globalThis.setTimeout = (task, wait, ...more) => {
      asked.push(wait);
      return timeouts(task, wait > 400 && wait < 9_000 ? 1 : wait, ...more);
    };
    Math.random = () => 1;
    const client = new Parley(base);
    for (let i = 1; i <= 4; i++) {
      await once(client, 'open');
      seen.last.terminate();
      await once(client, 'close');
    }
    client.close();
    globalThis.setTimeout = timeouts;
    Math.random = random;
    assert.deepEqual([500, 1_000, 2_000, 4_000].filter((wait) => !asked.includes(wait)), []);
  },

  async 'a client that closes while signing in opens no socket'() {
    let finishSigningIn;
    const signingIn = new Promise((done) => (finishSigningIn = done));
    const { seen, base } = await gateway({ token: () => signingIn });
    const client = new Parley(base, { username: 'ann', password: 'x' });
    await until(() => seen.tokens === 1);
    client.close();
    finishSigningIn();
    await new Promise((later) => setTimeout(later, 100));
    assert.equal(seen.opened, 0);
  },

  async 'a client that closes while resuming is not open afterwards'() {
    const client = {};
    const { seen, base } = await gateway({
      resume: () => {
        client.it.close();
        return { events: [], resync: [], unknown: [], more: {}, joined: [] };
      },
    });
    client.it = new Parley(base);
    client.it.on('open', () => assert.fail('opened'));
    await until(() => seen.opened === 1 && seen.open === 0);
    await new Promise((later) => setTimeout(later, 700));
    assert.equal(seen.opened, 1);
    assert.ok(!client.it.isOpen);
  },

  async 'a gateway that is away for long is come back to over a WebSocket'() {
    let away = true;
    const gone = await gateway({ upgrade: () => !away });
    gone.server.removeAllListeners('request');
    gone.server.on('request', (request) => request.socket.destroy());
    const client = new Parley(gone.base);
    await new Promise((later) => setTimeout(later, 3_000));
    away = false;
    await once(client, 'open');
    assert.equal(gone.seen.opened, 1);
    client.close();
  },

  async 'where no WebSocket is let through it goes over HTTP, and tries again'() {
    const { seen, base } = await gateway({ upgrade: (known) => known.http > 0 });
    const client = new Parley(base);
    await once(client, 'open');
    assert.ok(seen.http > 0);
    assert.equal(seen.opened, 1);
    client.close();
  },

  async 'a refused client does not wait'() {
    const { base } = await gateway({ authenticate: () => ({ failureCode: 401, message: 'no' }) });
    const client = new Parley(base, { token: () => 'wrong' });
    const waiting = fails(client.send('bob', 'hello'));
    assert.equal((await once(client, 'refused')).status, 401);
    assert.equal((await waiting).status, 401);
    assert.equal((await fails(client.send('bob', 'hello'))).message, 'closed');
  },

  async 'who could not register comes back'() {
    const { seen, base } = await gateway({ register: (known) => known.opened === 1 });
    const client = new Parley(base);
    await once(client, 'open');
    await until(() => seen.opened === 2);
    client.close();
  },

  async 'what waits to be asked again counts, and fails when the client is closed'() {
    const { seen, base } = await gateway({ appendItem: () => ({ failureCode: 503, message: 'busy' }) });
    const random = Math.random;
    Math.random = () => 1;
    const client = new Parley(base);
    await once(client, 'open');
    const waiting = Array.from({ length: 1_000 }, (_, i) => fails(client.send('bob', 'hello ' + i)));
    await until(() => seen.frames.length >= 1_000);
    await new Promise((later) => setTimeout(later, 300));
    assert.match((await fails(client.send('bob', 'one more'))).message, /too many/);
    let code = 0;
    client.on('close', (why) => (code = why.code));
    client.close();
    await Promise.all(waiting);
    assert.equal(code, 1000);
    Math.random = random;
  },

  async 'a client with very many conversations finds those it does not know'() {
    const pages = [
      { data: [{ id: 5, rev: 1 }, { id: 5_000, rev: 3 }], next: 'more' },
      { data: [{ id: 6_000, rev: 4 }], next: null },
    ];
    const { base } = await gateway({ listConversations: (body) => pages[body.cursor ? 1 : 0] });
    const positions = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [i + 1, 1]));
    const client = new Parley(base, { positions });
    const joined = [];
    client.on('joined', (previews) => joined.push(...previews.map((each) => each.id)));
    await once(client, 'open');
    assert.deepEqual(joined, [5_000, 6_000]);
    client.close();
  },
};

for (const [name, test] of Object.entries(tests)) {
  const late = setTimeout(() => {
    console.error('still waiting: ' + name);
    process.exit(1);
  }, 30_000);
  try {
    await test();
  } catch (failure) {
    console.error(name, failure);
    process.exit(1);
  }
  clearTimeout(late);
}
process.stdout.write('all is well\n');
process.exit(0);
