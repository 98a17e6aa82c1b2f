package io.parley.bus;

/** A request that one room of this node serves: one transaction, one reply. */
public record Endpoint<Q, R>(String address, Class<Q> request, Class<R> reply) {}
