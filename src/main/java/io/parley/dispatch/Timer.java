package io.parley.dispatch;

/** A one-shot timer; the returned {@link Runnable} cancels it. */
@FunctionalInterface
interface Timer {
  Runnable after(long ms, Runnable action);
}
