/** The client of a Parley gateway, for browsers and Node.js 20 or later. */

/** A user, a program, a phone number or a mailbox. */
export interface Party {
  id: number;
  kind: 'person' | 'company' | 'influencer' | 'service' | 'phone' | 'email';
  name: string;
  /** A username, a number such as +15550000001, or a mailbox. */
  handle: string;
}

export interface Attachment {
  /** Present when the file was uploaded to the gateway. */
  id?: string;
  url: string;
  name?: string;
  mime_type?: string;
  size?: number;
}

export type TransferState = 'initiated' | 'succeeded' | 'failed' | 'canceled';

export type DeliveryState = 'queued' | 'sending' | 'sent' | 'delivered' | 'failed' | 'expired';

/** One entry of a timeline. Fields that do not apply are absent. */
export interface Item {
  /** The conversation and the seq, such as "12:18". */
  id: string;
  conversation_id: number;
  seq: number;
  rev: number;
  type: 'message' | 'attachment' | 'post' | 'transfer';
  author: Party;
  channel: 'chat' | 'sms' | 'mms' | 'email';
  direction: 'internal' | 'outbound' | 'inbound';
  body?: string;
  subject?: string;
  /** Sanitised; the only form of an email body to render. */
  html?: string;
  attachments?: Attachment[];
  post?: { platform?: string; url: string; title?: string; caption?: string };
  transfer?: {
    /** In minor units of the currency. */
    amount: number;
    currency: string;
    reference?: string;
    state: TransferState;
    history: { state: TransferState; by: Party; at: string }[];
  };
  reply_to?: number;
  reactions?: { emoji: string; count: number; parties: number[] }[];
  client_id?: string;
  sent_by?: Party;
  sent_at?: string;
  created_at: string;
  updated_at: string;
  edited_at?: string;
  deleted: boolean;
  read: boolean;
  deliveries?: {
    id: number;
    to: Party;
    channel: 'sms' | 'mms' | 'email';
    provider?: string;
    state: DeliveryState;
    attempts: number;
    unknown: number;
    error?: { code: string; message: string };
    updated_at: string;
  }[];
  /** The content is left out: get it by `getItem`. */
  truncated?: true;
}

export interface Member {
  party: Party;
  role: 'owner' | 'member';
  channel?: string;
  via?: string;
  joined_at?: string;
  read_seq?: number;
  delivered_seq?: number;
}

/** A conversation as its lists show it. */
export interface Preview {
  id: number;
  kind: 'direct' | 'group' | 'external';
  name?: string;
  owner?: Party;
  counterpart?: Party;
  participants: Party[];
  member_count: number;
  latest_item?: Item;
  unread: number;
  last_seq: number;
  rev: number;
  created_at: string;
  updated_at: string;
}

/** The part of a conversation that is the same for all its members. */
export type Conversation = Omit<Preview, 'counterpart' | 'unread' | 'latest_item'>;

interface Change<Name extends string> {
  event: Name;
  conversation_id: number;
  /** Rises by one with each change of the conversation. */
  rev: number;
  at: string;
}

export interface ItemCreated extends Change<'item.created'> {
  item: Item;
}
export interface ItemUpdated extends Change<'item.updated'> {
  item: Item;
}
export interface ConversationCreated extends Change<'conversation.created'> {
  conversation: Conversation;
}
export interface ConversationUpdated extends Change<'conversation.updated'> {
  conversation: Conversation;
}
export interface MemberAdded extends Change<'member.added'> {
  member: Member;
}
export interface MemberRemoved extends Change<'member.removed'> {
  member: Member;
}
export interface ReceiptUpdated extends Change<'receipt.updated'> {
  receipts: { party: Party; read_seq: number }[];
  read_by_all_seq: number;
}
export interface Typing {
  event: 'typing';
  conversation_id: number;
  at: string;
  typing: { party: Party; active: boolean };
}
export interface Presence {
  event: 'presence';
  at: string;
  presence: { party: Party; online: boolean; last_seen_at?: string };
}

/** Everything that arrives at the inbox; narrow it by `event`. */
export type ParleyEvent =
  | ItemCreated
  | ItemUpdated
  | ConversationCreated
  | ConversationUpdated
  | MemberAdded
  | MemberRemoved
  | ReceiptUpdated
  | Typing
  | Presence;

/** What `on` listens to, by name. */
export type Listeners = { [E in ParleyEvent as E['event']]: E } & {
  /** Every event of the gateway. */
  event: ParleyEvent;
  /** Connected and caught up. */
  open: undefined;
  /** The connection was lost; the client reconnects by itself. */
  close: { code: number; reason: string };
  /** The credentials are not accepted; the client does not reconnect. */
  refused: ParleyError;
  /** Conversations that the client did not know. */
  joined: Preview[];
  /** Too much has changed in this conversation: read it again. */
  resync: Preview;
  /** The id of a conversation that the caller left or that no longer exists. */
  left: number;
};

export interface Options {
  /** With `password`: signs in, and renews the token. */
  username?: string;
  password?: string;
  /** Called for an access token whenever one is needed, instead of a username and password. */
  token?: () => string | Promise<string>;
  /** The `positions` of an earlier client, to continue where it ended. */
  positions?: Record<string, number>;
  /** Restricts the client to one transport. By default it prefers a WebSocket and falls back to HTTP. */
  transport?: 'websocket' | 'http';
}

/** What `send` accepts besides plain text. */
export type NewItem = (
  | { type: 'message'; body?: string; attachments?: NewAttachment[] }
  | { type: 'attachment'; attachments: NewAttachment[] }
  | { type: 'post'; post: NonNullable<Item['post']> }
  | { type: 'transfer'; transfer: { amount: number; currency: string; reference?: string } }
) & { reply_to?: number; client_id?: string };

export type NewAttachment = { id: string } | { url: string; name?: string; mime_type?: string; size?: number };

/** An RFC 9457 problem, as the gateway returns it. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  errors?: { field: string; message: string }[];
}

/** A refusal of the gateway; `status` is 0 when there was no answer. */
export class ParleyError extends Error {
  constructor(status: number, message: string, problem?: Problem);
  readonly status: number;
  readonly problem: Problem;
  /** True when nobody knows whether the operation was done: repeat it under the same client_id. */
  get unknown(): boolean;
}

export class Parley {
  /**
   * Connects at once. Add listeners in the same turn of the event loop, and they miss nothing.
   *
   * @param base where the gateway is; empty: the origin of this page
   */
  constructor(base: string, options?: Options);

  /** Adds a listener; the result removes it. */
  on<Name extends keyof Listeners>(name: Name, listener: (value: Listeners[Name]) => void): () => void;

  /** The last rev of each conversation. Store it, and pass it as an option next time. */
  get positions(): Record<string, number>;

  get isOpen(): boolean;

  /** Calls any operation of the contract by its operationId. */
  call<Answer = any>(operation: string, fields?: object): Promise<Answer>;

  /** Appends an item, once, across lost connections; resolves when it is stored. */
  send(ref: number | string, message: string | NewItem): Promise<Item>;

  /** Marks everything up to `seq` as read. */
  read(ref: number | string, seq: number): Promise<{ read_seq: number }>;

  /** Tells the other members that the caller is typing. */
  typing(ref: number | string, active?: boolean): Promise<void>;

  /** Who of these users is online; from then on `presence` events report changes. */
  presence(users: (number | string)[]): Promise<Presence['presence'][]>;

  /** Closes the connection and rejects what was not answered. */
  close(): void;
}
