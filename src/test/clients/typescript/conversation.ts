// Holds a conversation with a gateway through the generated client. Usage: node out/conversation.js BASE
import assert from 'node:assert/strict';
import { Client, Refused } from './client.js';
import type { components } from './api.js';

type Event = components['schemas']['Event'];
const base = process.argv[2]!;
const password = 'a good password';

async function signedUp(name: string): Promise<Client> {
  const anybody = new Client(base);
  await anybody.call('post', '/api/users', { body: { name, username: name, email: name + '@example.org', password, kind: 'person' } });
  const tokens = await anybody.call('post', '/api/auth/token', { body: { grant_type: 'password', username: name, password } });
  return new Client(base, tokens.access_token);
}

/** The field `event` discriminates the union of events, so the compiler knows the other fields. */
function described(event: Event): string {
  switch (event.event) {
    case 'item.created':
    case 'item.updated':
      return `${event.event} ${event.item.type} ${event.rev}`;
    case 'conversation.created':
    case 'conversation.updated':
      return `${event.event} ${event.conversation.kind} ${event.rev}`;
    case 'member.added':
    case 'member.removed':
      return `${event.event} ${event.member.party.handle} ${event.rev}`;
    case 'receipt.updated':
      return `${event.event} ${event.read_by_all_seq} ${event.rev}`;
    case 'typing':
      return `${event.event} ${event.typing.active}`;
    case 'presence':
      return `${event.event} ${event.presence.online}`;
  }
}

const tess = await signedUp('tess');
const theo = await signedUp('theo');
const group = await tess.call('post', '/api/conversations', { body: { kind: 'group', name: 'TypeScript', members: ['theo'] } });
const ref = String(group.id);

const file = await tess.upload(new TextEncoder().encode('{}').buffer as ArrayBuffer, 'two.json');
assert.equal(file.size, 2);
assert.equal(new TextDecoder().decode(await tess.download(base + new URL(file.url).pathname)), '{}');

const items: components['schemas']['NewItem'][] = [
  { type: 'message', body: 'Good morning, Théo 👋' },
  { type: 'attachment', attachments: [{ id: file.id }] },
  { type: 'post', post: { url: 'https://example.org/p/tea', title: 'Tea time' } },
  { type: 'transfer', transfer: { amount: 1250, currency: 'EUR' } },
];
for (const body of items) {
  await tess.call('post', '/api/conversations/{ref}/items', { path: { ref }, body });
}
await theo.call('post', '/api/conversations/{ref}/messages', { path: { ref }, body: { body: 'Good morning!', reply_to: 1 } });
await theo.call('put', '/api/conversations/{ref}/items/{seq}/reactions/{emoji}', { path: { ref, seq: 1, emoji: '👍' } });
await tess.call('post', '/api/conversations/{ref}/read', { path: { ref }, body: { seq: 5 } });
await tess.call('post', '/api/conversations/{ref}/items/{seq}/state', { path: { ref, seq: 4 }, body: { state: 'canceled' } });

const page = await theo.call('get', '/api/conversations/{ref}/items', { path: { ref }, query: { limit: 2 } });
assert.deepEqual(page.data.map((item) => item.seq), [1, 2]);
const rest = await theo.call('get', '/api/conversations/{ref}/items', { path: { ref }, query: { cursor: page.next!, limit: 50 } });
assert.deepEqual(rest.data.map((item) => item.type), ['post', 'transfer', 'message']);

const changes = await theo.call('get', '/api/conversations/{ref}/changes', { path: { ref }, query: { since: 0 } });
const seen = changes.data.map(described);
assert.ok(seen.some((each) => each.startsWith('receipt.updated')), seen.join());
assert.ok(seen.some((each) => each.startsWith('item.created message')), seen.join());

const refusal = await theo.call('patch', '/api/conversations/{ref}', { path: { ref }, body: { name: 'Mine' } })
  .then(() => undefined, (failure: unknown) => failure);
assert.ok(refusal instanceof Refused && refusal.problem.type === 'forbidden');
console.log('all is well');
