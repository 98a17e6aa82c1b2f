// A strong peer: the send endpoint with one statement for each request, schema validation and a token check.
import Fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16 });
const app = Fastify();

app.get('/ready', async () => ({ ready: (await pool.query('select 1')).rowCount === 1 }));

app.post('/messages/:talk', {
  schema: {
    params: { type: 'object', properties: { talk: { type: 'integer', minimum: 1 } } },
    body: {
      type: 'object',
      required: ['body'],
      additionalProperties: false,
      properties: { body: { type: 'string', minLength: 1, maxLength: 10000 }, client_id: { type: 'string', maxLength: 128 } },
    },
  },
  preHandler: async (request, reply) => {
    if (!request.headers.authorization?.startsWith('Bearer ')) reply.code(401).send();
  },
}, async (request, reply) => {
  const { rows } = await pool.query({
    name: 'send',
    text: `with b as (update talk set last_seq = last_seq + 1 where id = $1 returning last_seq)
           insert into said (talk, seq, author, key, body) select $1, last_seq, 1, gen_random_uuid(), $2 from b returning seq, at`,
    values: [request.params.talk, request.body.body],
  });
  reply.code(201);
  return { id: `${request.params.talk}:${rows[0].seq}`, seq: Number(rows[0].seq), body: request.body.body, client_id: request.body.client_id, created_at: rows[0].at };
});

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
