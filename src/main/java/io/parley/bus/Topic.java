package io.parley.bus;

/** News that every interested room of every node hears, at best effort: a hint, never the truth. */
public record Topic<E>(String address, Class<E> event) {}
