package io.parley.dispatch;

import io.parley.channel.OutgoingMessage;
import io.parley.dispatch.json.JsonProvider;
import io.parley.settings.InvalidSettings;
import io.parley.settings.ProviderSettings;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** The provider adapters by the name of their kind, as settings give it. */
public final class ProviderKinds {
  private final Map<String, BiFunction<Vertx, ProviderSettings, Provider>> adapters =
      new TreeMap<>();

  private ProviderKinds() {}

  /** The kinds that ship with the gateway. */
  public static ProviderKinds builtIn() {
    return new ProviderKinds().with("json", JsonProvider::new);
  }

  /** Adds one kind. */
  public ProviderKinds with(String name, BiFunction<Vertx, ProviderSettings, Provider> adapter) {
    adapters.put(name, adapter);
    return this;
  }

  /** Passes every message through {@code change}, anew for each attempt. */
  public ProviderKinds transforming(UnaryOperator<OutgoingMessage> change) {
    adapters.replaceAll(
        (name, adapter) ->
            (vertx, settings) -> {
              Provider provider = adapter.apply(vertx, settings);
              return (message, transcript) -> provider.send(change.apply(message), transcript);
            });
    return this;
  }

  /** Refuses settings that name an unknown kind. */
  public void check(List<ProviderSettings> providers) {
    for (ProviderSettings each : providers) {
      if (!adapters.containsKey(each.kind())) {
        throw InvalidSettings.of(
            "providers",
            "unknown kind \""
                + each.kind()
                + "\"; known kinds: "
                + String.join(", ", adapters.keySet()));
      }
    }
  }

  Provider create(Vertx vertx, ProviderSettings settings) {
    BiFunction<Vertx, ProviderSettings, Provider> adapter = adapters.get(settings.kind());
    if (adapter == null) {
      throw new IllegalArgumentException("unknown kind of provider: " + settings.kind());
    }
    return adapter.apply(vertx, settings);
  }
}
