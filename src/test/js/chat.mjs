// Lets clients of every kind chat in one group: each says so many things, all at once, and each must
// hear all of them, in one order, without hole or repeat. Usage: node chat.mjs PARLEY_JS BASE RUN TIMES
import { createRequire } from 'node:module';
import WebSocket from 'ws';
const { Parley } = await import(process.argv[2]);

globalThis.WebSocket = WebSocket;
const require = createRequire(import.meta.url);
const [base, run, times] = [process.argv[3], process.argv[4], Number(process.argv[5])];
const PASSWORD = 'a good password';
const post = (path, body, authorization) =>
  fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify(body),
  }).then(async (response) => {
    if (!response.ok) {
      throw new Error(path + ' ' + response.status + ' ' + (await response.text()));
    }
    return response.json();
  });

async function signedUp(name) {
  await post('/api/users', { name, username: name, email: name + '@example.org', password: PASSWORD });
  const grant = { grant_type: 'password', username: name, password: PASSWORD };
  return (await post('/api/auth/token', grant)).access_token;
}

/** A published event-bus client over one of SockJS' transports. */
function bridge(module, transport) {
  return async (name, token) => {
    const EventBus = require(module);
    const bus = new EventBus(base + '/eventbus', { transports: [transport], vertxbus_ping_interval: 60_000 });
    await new Promise((done) => (bus.onopen = done));
    const ask = (address, body) =>
      new Promise((done, fail) =>
        bus.send(address, body, {}, (failure, message) =>
          failure ? fail(new Error(JSON.stringify(failure))) : done(message.body)));
    const events = [];
    await ask('authenticate', { token });
    bus.registerHandler('inbox', {}, (failure, message) => events.push(message.body));
    await ask('getMe', {});
    return { events, say: (ref, body) => ask('appendItem', { ref, type: 'message', body }), end: () => bus.close() };
  };
}

function ours(transport) {
  return async (name) => {
    const parley = new Parley(base, { username: name, password: PASSWORD, transport });
    const events = [];
    parley.on('event', (event) => events.push(event));
    await new Promise((done) => parley.on('open', done));
    return { events, say: (ref, body) => parley.send(ref, body), end: () => parley.close() };
  };
}

async function plain(name, token) {
  const socket = new WebSocket(base.replace('http', 'ws') + '/eventbus/websocket', {
    headers: { authorization: 'Bearer ' + token },
  });
  await new Promise((done) => socket.once('open', done));
  const events = [];
  const replies = new Map();
  socket.on('message', (text) => {
    const frame = JSON.parse(text);
    if (frame.address === 'inbox') {
      events.push(frame.body);
    } else {
      replies.get(frame.address ?? frame.type)(frame);
    }
  });
  socket.send('{"type":"register","address":"inbox"}');
  socket.send('{"type":"ping"}');
  await new Promise((done) => replies.set('pong', done));
  let number = 0;
  const say = (ref, body) =>
    new Promise((done, fail) => {
      const replyAddress = 'r' + ++number;
      replies.set(replyAddress, (frame) => (frame.type === 'rec' ? done(frame.body) : fail(new Error(frame.message))));
      const message = { ref, type: 'message', body };
      socket.send(JSON.stringify({ type: 'send', address: 'appendItem', headers: {}, body: message, replyAddress }));
    });
  return { events, say, end: () => socket.terminate() };
}

const KINDS = {
  websocket: bridge('@vertx/eventbus-bridge-client.js', 'websocket'),
  streaming: bridge('@vertx/eventbus-bridge-client.js', 'xhr-streaming'),
  polling: bridge('@vertx/eventbus-bridge-client.js', 'xhr-polling'),
  events: bridge('@vertx/eventbus-bridge-client.js', 'eventsource'),
  vertx3: bridge('vertx3-eventbus-client', 'websocket'),
  parley: ours('websocket'),
  'parley-http': ours('http'),
  plain,
};

console.log = () => {}; // the bridge clients remark on every pong
const names = Object.keys(KINDS).map((kind) => run + '-' + kind);
const tokens = await Promise.all(names.map(signedUp));
const members = names.slice(1);
const group = await post('/api/conversations', { kind: 'group', name: 'all kinds', members }, 'Bearer ' + tokens[0]);
const clients = await Promise.all(Object.values(KINDS).map((open, i) => open(names[i], tokens[i])));
const said = clients.flatMap((client, i) =>
  Array.from({ length: times }, (_, n) => client.say(String(group.id), names[i] + ' ' + n)));
const items = await Promise.all(said);
const wanted = items.map((item) => item.rev).sort((a, b) => a - b).join();
const deadline = Date.now() + 20_000;
const heard = (client) => client.events.filter((e) => e.conversation_id === group.id && e.rev).map((e) => e.rev).join();
while (clients.some((client) => heard(client) !== wanted)) {
  if (Date.now() > deadline) {
    clients.forEach((client, i) => console.error(names[i], 'heard', heard(client)));
    console.error('of', wanted);
    process.exit(1);
  }
  await new Promise((later) => setTimeout(later, 20));
}
clients.forEach((client) => client.end());
process.stdout.write(`${clients.length} clients heard ${items.length} messages each\n`);
process.exit(0);
