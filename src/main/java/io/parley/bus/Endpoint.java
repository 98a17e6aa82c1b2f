package io.parley.bus;

/** One verb that one room of this node serves: one request, one transaction, one reply. */
public record Endpoint<Q, R>(String address, Class<Q> request, Class<R> reply) {}
