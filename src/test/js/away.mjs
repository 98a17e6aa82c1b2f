// Two of our clients, one that goes on sending and one that listens, while the gateway is away for
// a while: every message has to be there once, and to be heard once, in order.
// Usage: node away.mjs PARLEY_JS BASE RUN TRANSPORT; prints "busy" in the middle of it, "lost" when the line broke.
import WebSocket from 'ws';
const { Parley } = await import(process.argv[2]);
globalThis.WebSocket = WebSocket;
const [base, run, transport] = process.argv.slice(3);
const PASSWORD = 'a good password';
const MESSAGES = 200;
const post = (path, body, authorization) =>
  fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify(body),
  }).then((response) => response.json());
const names = [run + '-says', run + '-hears'];
for (const name of names) {
  await post('/api/users', { name, username: name, email: name + '@example.org', password: PASSWORD });
}
const [says, hears] = names.map((username) => new Parley(base, { username, password: PASSWORD, transport }));
const bodies = [];
const revs = [];
hears.on('item.created', (event) => {
  bodies.push(event.item.body);
  revs.push(event.rev);
  if (bodies.length === 20) {
    process.stdout.write('busy\n');
  }
});
let told = false;
hears.on('close', () => {
  if (!told) {
    told = true;
    process.stdout.write('lost\n');
  }
});
await Promise.all([says, hears].map((client) => new Promise((done) => client.on('open', done))));
const sent = [];
for (let i = 0; i < MESSAGES || !told || !hears.isOpen; i++) {
  sent.push(says.send(names[1], 'message ' + i));
  await new Promise((later) => setTimeout(later, 10));
}
const items = await Promise.all(sent);
const deadline = Date.now() + 20_000;
while (bodies.length < items.length && Date.now() < deadline) {
  await new Promise((later) => setTimeout(later, 20));
}
const rising = revs.every((rev, i) => i === 0 || rev === revs[i - 1] + 1);
const seqs = new Set(items.map((item) => item.seq));
const right = new Set(bodies).size === items.length && bodies.length === items.length && seqs.size === items.length;
process.stdout.write(`${items.length} sent, ${bodies.length} heard, in order ${rising}, each once ${right}\n`);
process.exit(rising && right ? 0 : 1);
