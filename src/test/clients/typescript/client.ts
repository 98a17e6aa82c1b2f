// A thin fetch over the types generated from the contract: paths, parameters, bodies and answers are checked when compiled.
import type { paths } from './api.js';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Operation<P extends keyof paths, M extends Method> = M extends keyof paths[P] ? paths[P][M] : never;
type Parameters<O> = O extends { parameters: infer P } ? P : never;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type Json<R> = R extends { content: { 'application/json': infer J } } ? J : undefined;
type Answer<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R]
  : never;
export type Problem = { type: string; title: string; status: number; detail: string };

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export class Client {
  constructor(private readonly base: string, private readonly token?: string) {}

  async call<P extends keyof paths & string, M extends Method>(
    method: M,
    path: P,
    input: {
      path?: Parameters<Operation<P, M>> extends { path: infer V } ? V : Record<string, never>;
      query?: Parameters<Operation<P, M>> extends { query?: infer V } ? V : Record<string, never>;
      body?: Body<Operation<P, M>>;
    } = {},
  ): Promise<Answer<Operation<P, M>>> {
    const url = path.replace(/\{(\w+)}/g, (_, name) =>
      encodeURIComponent(String((input.path as Record<string, unknown>)[name])));
    const query = new URLSearchParams(Object.entries(input.query ?? {}).map(([name, value]) => [name, String(value)]));
    const body = input.body === undefined ? null : JSON.stringify(input.body);
    return this.send(method, url + (query.size ? '?' + query : ''), body, 'application/json');
  }

  async upload(bytes: ArrayBuffer, name: string): Promise<Answer<Operation<'/api/attachments', 'post'>>> {
    return this.send('post', '/api/attachments?name=' + name, bytes, 'application/octet-stream');
  }

  async download(url: string): Promise<Uint8Array> {
    const response = await fetch(url, { headers: this.credentials() });
    return new Uint8Array(await response.arrayBuffer());
  }

  private async send<T>(method: string, url: string, body: BodyInit | null, type: string): Promise<T> {
    const headers = { ...this.credentials(), ...(body !== null && { 'Content-Type': type }) };
    const response = await fetch(this.base + url, { method: method.toUpperCase(), headers, body });
    const text = await response.text();
    const json = text ? JSON.parse(text) : undefined;
    if (!response.ok) {
      throw new Refused(json as Problem);
    }
    return json as T;
  }

  private credentials(): Record<string, string> {
    return this.token ? { Authorization: 'Bearer ' + this.token } : {};
  }
}
