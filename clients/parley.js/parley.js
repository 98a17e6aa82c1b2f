// @ts-check
/**
 * The client of a Parley gateway, for browsers and Node.js 20 and later; no dependencies.
 *
 *   const parley = new Parley('http://localhost:8080', { username: 'ann', password: '…' });
 *   parley.on('item.created', (event) => console.log(event.item.body));
 *   await parley.send('bob', 'Hello');
 *
 * It keeps a socket open, over WebSocket or, where there is none, over HTTP; reconnects when it
 * breaks and catches up, so that the changes of a conversation arrive in order, each once; and
 * repeats what was sent until the gateway has answered, which stores it once. `index.d.ts`
 * describes the interface.
 *
 * @typedef {import('./index.js').Party} Party
 * @typedef {import('./index.js').Options} Options
 * @typedef {{event: string, conversation_id?: number, rev?: number, at: string, [more: string]: any}} Event
 * @typedef {{access_token: string, refresh_token?: string, expires_in?: number}} Tokens
 */

/** A refusal of the gateway; `status` is 0 when there was no answer. */
export class ParleyError extends Error {
  /** @param {number} status @param {string} message @param {any} [problem] */
  constructor(status, message, problem) {
    super(message);
    this.name = 'ParleyError';
    this.status = status;
    /** @type {any} */
    this.problem = problem ?? {};
  }

  /** True when nobody knows whether the operation was done. */
  get unknown() {
    return this.problem.type === 'outcome_unknown';
  }
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const ANSWER_WITHIN = 15_000;
const OPEN_WITHIN = 10_000;
const PING_EVERY = 20_000;
const MOST_UNSENT = 1_000;
const MOST_BYTES = 64 * 1024;
const MOST_LOSSES = 10;
const STEADY_AFTER = 10_000;
const WEBSOCKET_AGAIN = 60_000;
const MOST_LISTED = 200;
const MOST_POSITIONS = 1_000;
const NORMAL = 1000;
const ELSEWHERE = 1012;
const CREDENTIALS_ENDED = 4401;

export class Parley {
  #base;
  #options;
  /** @type {Map<string, Set<(value: any) => void>>} */
  #listeners = new Map();
  /** @type {Map<number, number>} */
  #revs = new Map();
  /** @type {Map<string, Asked>} */
  #asked = new Map();
  /** @type {Asked[]} */
  #unsent = [];
  /** Requests that are repeated after a pause. @type {Map<Asked, any>} */
  #later = new Map();
  /** @type {WebSocketLine | HttpLine | null} */
  #line = null;
  /** @type {Tokens | null} */
  #tokens = null;
  /** @type {Set<number>} */
  #catching = new Set();
  /** @type {Event[]} */
  #held = [];
  #open = false;
  #closed = false;
  #numbers = 0;
  /** @type {(number | string)[]} */
  #watched = [];
  #failures = 0;
  #refusals = 0;
  #blocked = 0;
  /** @type {any} */
  #timer = null;
  /** @type {any} */
  #steady = null;
  /** @type {any} */
  #renewal = null;

  /**
   * Connects at once. Add listeners in the same turn of the event loop, and they miss nothing.
   *
   * @param {string} base where the gateway is; empty: the origin of this page
   * @param {Options} [options]
   */
  constructor(base, options = {}) {
    this.#base = (base || globalThis.location?.origin || '').replace(/\/+$/, '');
    this.#options = options;
    for (const [id, rev] of Object.entries(options.positions ?? {})) {
      this.#revs.set(Number(id), rev);
    }
    queueMicrotask(() => this.#connect());
  }

  /**
   * Adds a listener for an event of the gateway by its name, for all of them (`event`), or for
   * `open`, `close` (the connection was lost; the client reconnects), `refused` (the credentials are
   * not accepted; it does not), `joined` (previews of conversations that the client did not know),
   * `resync` (a preview: read that conversation again), `left` (an id).
   *
   * @param {string} name @param {(value: any) => void} listener @returns {() => void} removes it
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** The last rev of each conversation. Store it, and pass it as an option next time. */
  get positions() {
    return Object.fromEntries(this.#revs);
  }

  get isOpen() {
    return this.#open;
  }

  /**
   * Calls any operation by its operationId. A change is repeated only if it carries a `client_id`;
   * otherwise a lost answer is an error that is `unknown`.
   *
   * @param {string} operation @param {object} [fields] @returns {Promise<any>} the answer
   */
  call(operation, fields = {}) {
    const repeats = 'client_id' in fields || /^(get|list|search|top|presence$)/.test(operation);
    return this.#ask(operation, fields, repeats);
  }

  /**
   * Appends an item, once, across lost connections; resolves when it is stored.
   *
   * @param {number | string} ref a conversation or a username
   * @param {string | object} message text, or an item of any type
   * @returns {Promise<any>} the item
   */
  send(ref, message) {
    const item = typeof message === 'string' ? { type: 'message', body: message } : message;
    return this.call('appendItem', { client_id: newId(), ...item, ref: String(ref) });
  }

  /** @param {number | string} ref @param {number} seq everything up to this item has been read */
  read(ref, seq) {
    return this.#ask('markRead', { ref: String(ref), seq }, true);
  }

  /** @param {number | string} ref @param {boolean} [active] */
  typing(ref, active = true) {
    return this.#open ? this.#ask('typing', { ref: String(ref), active }, false) : Promise.resolve();
  }

  /**
   * Who of these users is online; from then on `presence` events report changes.
   *
   * @param {(number | string)[]} users @returns {Promise<{party: Party, online: boolean, last_seen_at?: string}[]>}
   */
  async presence(users) {
    this.#watched = users;
    return (await this.#ask('presence', { users }, true)).data;
  }

  /** Closes the connection and rejects what was not answered. */
  close() {
    this.#end(NORMAL, new ParleyError(0, 'closed'));
  }

  /** @param {number} code @param {ParleyError} failure the reason for what is still waiting */
  #end(code, failure) {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#renewal);
    const line = this.#line;
    this.#line = null;
    line?.close(code, failure.message);
    this.#lost(code, failure.message);
    for (const timer of this.#later.values()) {
      clearTimeout(timer);
    }
    const left = [...this.#unsent.splice(0), ...this.#later.keys()];
    this.#later.clear();
    left.forEach((asked) => asked.fail(failure));
  }

  // ---- asking

  /** @param {string} address @param {object} body @param {boolean} repeats @returns {Promise<any>} */
  #ask(address, body, repeats) {
    if (this.#closed) {
      return Promise.reject(new ParleyError(0, 'closed'));
    }
    if (this.#unsent.length + this.#asked.size + this.#later.size >= MOST_UNSENT) {
      return Promise.reject(new ParleyError(0, 'too many requests are waiting to be sent'));
    }
    // the gateway closes the connection on a longer message, each time it is sent
    if (new TextEncoder().encode(framed(address, body, 'r' + Number.MAX_SAFE_INTEGER)).length > MOST_BYTES) {
      return Promise.reject(new ParleyError(413, 'more than 64 KiB'));
    }
    return new Promise((done, fail) => {
      const asked = newAsked(address, body, repeats, done, fail);
      if (this.#open) {
        this.#put(asked);
      } else {
        this.#unsent.push(asked);
      }
    });
  }

  /** @param {Asked} asked */
  #put(asked) {
    const number = 'r' + ++this.#numbers;
    this.#asked.set(number, asked);
    asked.timer = setTimeout(() => {
      if (this.#asked.delete(number)) {
        this.#again(asked, 0);
      }
    }, ANSWER_WITHIN);
    this.#line?.say(framed(asked.address, asked.body, number));
  }

  /** @param {object} frame */
  #say(frame) {
    this.#line?.say(JSON.stringify(frame));
  }

  /** Repeats a request that was not answered. @param {Asked} asked @param {number} wait */
  #again(asked, wait) {
    clearTimeout(asked.timer);
    if (!this.#mayRepeat(asked)) {
      return;
    }
    const timer = setTimeout(() => {
      this.#later.delete(asked);
      if (this.#open) {
        this.#put(asked);
      } else {
        this.#unsent.push(asked);
      }
    }, wait);
    this.#later.set(asked, timer);
  }

  /** Rejects the request when it may not be repeated. @param {Asked} asked */
  #mayRepeat(asked) {
    const may = asked.repeats && !this.#closed && asked.losses < MOST_LOSSES;
    if (!may) {
      asked.fail(new ParleyError(0, 'it is unknown whether the operation was done', { type: 'outcome_unknown' }));
    }
    return may;
  }

  /** @param {any} frame */
  #answered(frame) {
    const asked = this.#asked.get(frame.address);
    if (!asked) {
      return;
    }
    this.#asked.delete(frame.address);
    clearTimeout(asked.timer);
    if (frame.type === 'rec') {
      asked.done(frame.body);
      return;
    }
    const status = frame.failureCode ?? 403;
    const later = status === 503 || status === 429;
    if (later && asked.repeats && asked.tries < 10) {
      this.#again(asked, jittered(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** asked.tries++)));
    } else {
      asked.fail(new ParleyError(status, frame.message ?? frame.body ?? 'refused', frame.problem));
    }
  }

  // ---- being connected

  async #connect() {
    if (this.#closed) {
      return;
    }
    let token = '';
    try {
      token = await this.#credentials();
    } catch (refused) {
      if (this.#closed) {
        return;
      }
      if (refused instanceof ParleyError && refused.status >= 400 && refused.status < 500 && refused.status !== 429) {
        this.#refused(refused);
      } else {
        this.#comeBack(0);
      }
      return;
    }
    if (this.#closed) {
      return;
    }
    const line = this.#newLine();
    this.#line = line;
    let opened = false;
    let heard = true;
    const ping = () => {
      if (!heard) {
        line.close();
      }
      heard = false;
      this.#say({ type: 'ping' });
    };
    /** @type {any} */
    let quiet = setTimeout(() => line.close(), OPEN_WITHIN);
    line.onopen = async () => {
      opened = true;
      try {
        await this.#begin(token, line);
        clearTimeout(quiet);
        quiet = setInterval(ping, PING_EVERY);
      } catch (failure) {
        if (this.#line === line && failure instanceof ParleyError && failure.status === 401) {
          this.#tokens = null;
          // the next token will be a new one: if that is refused too, so are the credentials
          if (++this.#refusals > 1) {
            this.#refused(failure);
          }
        }
        line.close();
      }
    };
    line.onframe = (frame) => {
      heard = true;
      if (this.#line === line) {
        this.#heard(frame);
      }
    };
    line.onclose = (code, reason) => {
      clearTimeout(quiet);
      clearInterval(quiet);
      if (this.#line === line) {
        this.#line = null;
        if (line instanceof WebSocketLine && !opened) {
          this.#judgeWebSocket();
        } else if (line instanceof HttpLine) {
          this.#blocked = Math.min(this.#blocked, 1);
        }
        this.#lost(code, reason);
        this.#comeBack(code);
      }
    };
    if (line instanceof WebSocketLine) {
      return;
    }
    /** @type {any} */
    const later = setInterval(() => {
      if (this.#line !== line) {
        clearInterval(later);
      } else if (this.#mayChoose() && this.#asked.size === 0) {
        this.#tryWebSocket(line);
      }
    }, WEBSOCKET_AGAIN);
    later.unref?.();
  }

  /** @param {ParleyError} failure */
  #refused(failure) {
    this.#end(CREDENTIALS_ENDED, failure);
    this.#tell('refused', failure);
  }

  #mayChoose() {
    return typeof globalThis.WebSocket === 'function' && !this.#options.transport;
  }

  // HTTP only where WebSockets are blocked but the gateway answers: an outage affects both
  #newLine() {
    const wanted = this.#options.transport;
    const http = wanted === 'http' || typeof globalThis.WebSocket !== 'function' || (!wanted && this.#blocked > 1);
    return http ? new HttpLine(this.#base) : new WebSocketLine(this.#base);
  }

  async #judgeWebSocket() {
    const signal = AbortSignal.timeout(OPEN_WITHIN);
    const answers = await fetch(this.#base + '/eventbus/info', { signal }).then((info) => info.ok, () => false);
    this.#blocked = answers ? this.#blocked + 1 : 0;
  }

  /** @param {HttpLine} instead */
  #tryWebSocket(instead) {
    const line = new WebSocketLine(this.#base);
    line.onopen = () => {
      line.close();
      if (this.#line === instead && this.#asked.size === 0) {
        this.#blocked = 0;
        instead.close(ELSEWHERE, 'a WebSocket is possible');
      }
    };
  }

  /** @param {string} token @param {WebSocketLine | HttpLine} line */
  async #begin(token, line) {
    const put = async (/** @type {string} */ address, /** @type {object} */ body) => {
      const answer = await new Promise((done, fail) => this.#put(newAsked(address, body, false, done, fail)));
      if (this.#line !== line) {
        throw new ParleyError(0, 'closed');
      }
      return answer;
    };
    if (token) {
      await put('authenticate', { token });
    }
    this.#refusals = 0;
    this.#say({ type: 'register', address: 'inbox' });
    await this.#catchUp(put, this.positions, true);
    if (this.#watched.length > 0) {
      await put('presence', { users: this.#watched });
    }
    if (line instanceof WebSocketLine) {
      this.#blocked = 0;
    }
    this.#open = true;
    this.#steady = setTimeout(() => (this.#failures = 0), STEADY_AFTER);
    this.#steady.unref?.();
    this.#tell('open', undefined);
    for (const asked of this.#unsent.splice(0)) {
      this.#put(asked);
    }
  }

  /**
   * Events of the conversations that are being resumed wait until the reply has been passed on.
   *
   * @param {(address: string, body: object) => Promise<any>} put
   * @param {Record<string, number>} positions @param {boolean} complete
   */
  async #catchUp(put, positions, complete) {
    const ids = Object.keys(positions);
    const parts = [];
    for (let i = 0; i < ids.length; i += MOST_POSITIONS) {
      parts.push(Object.fromEntries(ids.slice(i, i + MOST_POSITIONS).map((id) => [id, positions[id]])));
    }
    if (parts.length === 0) {
      parts.push({});
    }
    const whole = complete && parts.length === 1;
    for (const part of parts) {
      let rest = part;
      let joined = whole;
      do {
        Object.keys(rest).forEach((id) => this.#catching.add(Number(id)));
        const told = await put('resume', { positions: rest, ...(joined && { complete: true }) });
        Object.keys(rest).forEach((id) => this.#catching.delete(Number(id)));
        await this.#caughtUp(put, told);
        rest = told.more;
        joined = false;
      } while (Object.keys(rest).length > 0);
    }
    if (complete && !whole) {
      await this.#findJoined(put);
    }
    const held = this.#held.splice(0);
    held.forEach((event) => this.#news(event));
  }

  /**
   * Finds new conversations by listing all: with more positions than fit into one request, the
   * reply cannot name them.
   *
   * @param {(address: string, body: object) => Promise<any>} put
   */
  async #findJoined(put) {
    let cursor = undefined;
    do {
      const page = await put('listConversations', { limit: MOST_LISTED, ...(cursor && { cursor }) });
      this.#join(page.data.filter((/** @type {any} */ preview) => !this.#revs.has(preview.id)));
      cursor = page.next;
    } while (cursor);
  }

  /** @param {any[]} previews */
  #join(previews) {
    for (const preview of previews) {
      this.#revs.set(preview.id, Math.max(preview.rev, this.#revs.get(preview.id) ?? 0));
    }
    if (previews.length > 0) {
      this.#tell('joined', previews);
    }
  }

  /** @param {(address: string, body: object) => Promise<any>} put @param {any} told */
  async #caughtUp(put, told) {
    for (const event of told.events) {
      if (event.rev > (this.#revs.get(event.conversation_id) ?? 0)) {
        this.#pass(event);
      }
    }
    for (const id of told.unknown) {
      this.#revs.delete(id);
      this.#tell('left', id);
    }
    for (const id of told.resync) {
      const whole = await put('getConversation', { ref: String(id) });
      this.#revs.set(id, whole.rev);
      this.#tell('resync', whole);
    }
    this.#join(told.joined);
  }

  /** @param {any} frame */
  #heard(frame) {
    if (frame.address === 'inbox' && frame.type === 'rec') {
      this.#news(frame.body);
    } else if (frame.address === 'inbox') {
      // it could not register: without events the connection is of no use
      this.#line?.close();
    } else if (frame.address) {
      this.#answered(frame);
    }
  }

  /** @param {Event} event */
  #news(event) {
    if (event.rev === undefined || event.conversation_id === undefined) {
      this.#emit(event);
      return;
    }
    const id = event.conversation_id;
    const known = this.#revs.get(id);
    if (this.#catching.has(id)) {
      this.#held.push(event);
    } else if (known === undefined || event.rev === known + 1) {
      this.#pass(event);
    } else if (event.rev > known) {
      this.#held.push(event);
      this.#catchUp((address, body) => this.#ask(address, body, true), { [id]: known }, false).catch(
        () => this.#line?.close());
    }
  }

  /** @param {Event} event */
  #pass(event) {
    this.#revs.set(/** @type {number} */ (event.conversation_id), /** @type {number} */ (event.rev));
    this.#emit(event);
  }

  /** @param {Event} event */
  #emit(event) {
    this.#tell(event.event, event);
    this.#tell('event', event);
  }

  /** @param {string} name @param {any} value */
  #tell(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(value);
      } catch (failure) {
        // report the listener's exception as uncaught, and go on
        setTimeout(() => { throw failure; });
      }
    }
  }

  /** @param {number} code @param {string} reason */
  #lost(code, reason) {
    const was = this.#open;
    this.#open = false;
    clearTimeout(this.#steady);
    this.#catching.clear();
    this.#held = [];
    const left = [...this.#asked.values()];
    this.#asked.clear();
    left.forEach((asked) => {
      clearTimeout(asked.timer);
      asked.losses++;
    });
    this.#unsent.unshift(...left.filter((asked) => this.#mayRepeat(asked)));
    if (was) {
      this.#tell('close', { code, reason });
    }
  }

  /** @param {number} code */
  #comeBack(code) {
    if (code === CREDENTIALS_ENDED && this.#tokens) {
      this.#tokens = { ...this.#tokens, access_token: '' };
    }
    // a node that stops closes all its sockets at once: spread over two seconds
    const longest = code === ELSEWHERE ? 2_000 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), jittered(longest));
  }

  // ---- who we are

  /** @returns {Promise<string>} an access token; empty if none is needed */
  async #credentials() {
    if (this.#options.token) {
      return this.#options.token();
    }
    if (!this.#options.username) {
      return '';
    }
    if (this.#tokens?.access_token) {
      return this.#tokens.access_token;
    }
    const refresh = this.#tokens?.refresh_token;
    this.#tokens = null;
    const { username, password } = this.#options;
    const again = { grant_type: 'refresh_token', refresh_token: refresh };
    const anew = { grant_type: 'password', username, password };
    const tokens = (refresh && (await this.#grant(again).catch(() => null))) || (await this.#grant(anew));
    this.#tokens = tokens;
    if (!this.#closed) {
      this.#renewLater(tokens);
    }
    return tokens.access_token;
  }

  /** @param {object} grant @returns {Promise<Tokens>} */
  async #grant(grant) {
    const response = await fetch(this.#base + '/api/auth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(grant),
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    const answer = await response.json();
    if (!response.ok) {
      throw new ParleyError(response.status, answer.detail, answer);
    }
    return answer;
  }

  /** Authenticates the open socket anew before its token expires. @param {Tokens} tokens */
  #renewLater(tokens) {
    clearTimeout(this.#renewal);
    const seconds = (tokens.expires_in ?? 900) * 0.8;
    this.#renewal = setTimeout(async () => {
      try {
        this.#tokens = { ...tokens, access_token: '' };
        const token = await this.#credentials();
        if (this.#open) {
          await this.#ask('authenticate', { token }, true);
        }
      } catch {
        // the gateway will close the socket, and the client signs in again
      }
    }, Math.min(seconds * 1_000, 2 ** 31 - 1));
    this.#renewal.unref?.();
  }
}

/**
 * @typedef {object} Asked
 * @property {string} address
 * @property {object} body
 * @property {boolean} repeats
 * @property {(value: any) => void} done
 * @property {(failure: Error) => void} fail
 * @property {number} tries
 * @property {number} losses how often the connection was lost before the answer
 * @property {any} timer
 */

class WebSocketLine {
  onopen = () => {};
  onframe = (/** @type {any} */ frame) => {};
  onclose = (/** @type {number} */ code, /** @type {string} */ reason) => {};
  #over = false;

  /** @param {string} base */
  constructor(base) {
    this.socket = new WebSocket(base.replace(/^http/, 'ws') + '/eventbus/websocket');
    this.socket.onopen = () => this.onopen();
    this.socket.onmessage = (message) => this.onframe(JSON.parse(String(message.data)));
    this.socket.onclose = (close) => this.#end(close.code, close.reason);
    this.socket.onerror = () => {}; // the close event that follows has the reason
  }

  /** @param {string} text */
  say(text) {
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(text);
    }
  }

  // a dead peer sends no close frame, and a browser would wait for it
  close(code = 1006, reason = 'no answer') {
    this.socket.close();
    this.#end(code, reason);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (!this.#over) {
      this.#over = true;
      this.onclose(code, reason);
    }
  }
}

/** The same over HTTP: a streaming response for what arrives, and a request for each batch that is sent. */
class HttpLine {
  onopen = () => {};
  onframe = (/** @type {any} */ frame) => {};
  onclose = (/** @type {number} */ code, /** @type {string} */ reason) => {};
  #abort = new AbortController();
  #over = false;
  #opened = false;
  /** @type {string[]} */
  #unsaid = [];
  #saying = false;

  /** @param {string} base */
  constructor(base) {
    this.url = base + '/eventbus/0/' + newId();
    this.#listen();
  }

  async #listen() {
    try {
      while (!this.#over) {
        const signal = this.#abort.signal;
        const response = await fetch(this.url + '/xhr_streaming', { method: 'POST', signal });
        if (!response.ok || !response.body) {
          throw new Error('status ' + response.status);
        }
        await this.#read(response.body.getReader());
      }
    } catch (failure) {
      this.#end(1006, String(failure));
    }
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
  async #read(reader) {
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach((line) => this.#take(line));
    }
  }

  /** @param {string} line */
  #take(line) {
    if (line === 'o') {
      if (!this.#opened) {
        this.#opened = true;
        this.onopen();
      }
    } else if (line[0] === 'a') {
      JSON.parse(line.slice(1)).forEach((/** @type {string} */ text) => this.onframe(JSON.parse(text)));
    } else if (line[0] === 'c') {
      const [code, reason] = JSON.parse(line.slice(1));
      this.#end(code, reason);
    }
  }

  /** @param {string} text */
  say(text) {
    this.#unsaid.push(text);
    this.#sayAll();
  }

  async #sayAll() {
    if (this.#saying) {
      return;
    }
    this.#saying = true;
    try {
      while (this.#unsaid.length > 0 && !this.#over) {
        const messages = this.#unsaid.splice(0, 100);
        const signal = AbortSignal.timeout(ANSWER_WITHIN);
        const response = await fetch(this.url + '/xhr_send', {
          method: 'POST',
          headers: { 'Content-Type': 'text/plain' },
          body: JSON.stringify(messages),
          signal,
        });
        if (response.status === 503) {
          this.#unsaid.unshift(...messages);
          await new Promise((later) => setTimeout(later, jittered(FIRST_WAIT)));
        } else if (!response.ok) {
          throw new Error('status ' + response.status);
        }
      }
    } catch (failure) {
      this.#end(1006, String(failure));
    } finally {
      this.#saying = false;
    }
  }

  close(code = 1006, reason = 'no answer') {
    this.#end(code, reason);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (!this.#over) {
      this.#over = true;
      this.#abort.abort();
      this.onclose(code, reason);
    }
  }
}

/**
 * @param {string} address @param {object} body @param {boolean} repeats
 * @param {(value: any) => void} done @param {(failure: Error) => void} fail @returns {Asked}
 */
function newAsked(address, body, repeats, done, fail) {
  return { address, body, repeats, done, fail, tries: 0, losses: 0, timer: null };
}

/** @param {string} address @param {object} body @param {string} replyAddress */
function framed(address, body, replyAddress) {
  return JSON.stringify({ type: 'send', address, headers: {}, body, replyAddress });
}

/** @param {number} longest */
function jittered(longest) {
  return Math.random() * longest;
}

function newId() {
  if (globalThis.crypto?.randomUUID) {
    return globalThis.crypto.randomUUID();
  }
  // insecure contexts have no randomUUID
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
