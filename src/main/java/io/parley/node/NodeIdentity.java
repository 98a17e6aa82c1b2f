package io.parley.node;

import java.util.UUID;

/**
 * What tells this node from the others.
 *
 * @param id a new one for each start of the process
 * @param name how people call it
 */
public record NodeIdentity(UUID id, String name, String version) {}
