package io.parley.http;

import io.parley.flow.KeyedSlots;
import io.parley.settings.HttpLimits;

/**
 * Bounds that the event loops of a node share. Safe from any thread.
 *
 * @param connections by the address of the client
 * @param downloads by the caller, or for links by the address of the client
 */
public record NodeLimits(KeyedSlots<String> connections, KeyedSlots<String> downloads) {
  public static NodeLimits of(HttpLimits limits) {
    return new NodeLimits(
        new KeyedSlots<>(0, limits.maxConnectionsPerAddress()),
        new KeyedSlots<>(limits.maxDownloads(), limits.maxDownloadsPerCaller()));
  }
}
