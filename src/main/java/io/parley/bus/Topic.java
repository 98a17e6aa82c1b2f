package io.parley.bus;

/** Events for every node, delivered at best effort: hints, never the source of truth. */
public record Topic<E>(String address, Class<E> event) {}
