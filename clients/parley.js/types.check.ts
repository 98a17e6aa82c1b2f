// Compiled, never run: parley.js must satisfy index.d.ts.
import * as declared from './index.js';
import * as implemented from './parley.js';

export const create: new (base: string, options?: declared.Options) => declared.Parley = implemented.Parley;
export const fail: new (status: number, message: string, problem?: declared.Problem) => declared.ParleyError =
  implemented.ParleyError;
