package io.parley.settings;

import java.time.Duration;
import java.util.Set;

/** PLACEHOLDER until the settings branch lands. */
public record HttpSettings(
    String host,
    int port,
    Set<String> ownOrigins,
    Set<String> guestOrigins,
    int maxUri,
    int maxHeaders,
    long maxBody,
    int maxConnections,
    Duration idleTimeout,
    Duration bodyTimeout) {}
