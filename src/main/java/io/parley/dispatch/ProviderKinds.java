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

/** The kinds of provider there are, each by the name that settings give it. */
public final class ProviderKinds {
  private final Map<String, BiFunction<Vertx, ProviderSettings, Provider>> kinds = new TreeMap<>();

  private ProviderKinds() {}

  public static ProviderKinds usual() {
    return new ProviderKinds().with("json", JsonProvider::new);
  }

  /** Knows one more. */
  public ProviderKinds with(String name, BiFunction<Vertx, ProviderSettings, Provider> make) {
    kinds.put(name, make);
    return this;
  }

  /** Whatever is sent is seen by {@code look} first, anew for each attempt. */
  public ProviderKinds seeing(UnaryOperator<OutgoingMessage> look) {
    kinds.replaceAll(
        (name, make) ->
            (vertx, settings) -> {
              Provider provider = make.apply(vertx, settings);
              return message -> provider.send(look.apply(message));
            });
    return this;
  }

  /** Refuses what nobody could make. */
  public void check(List<ProviderSettings> providers) {
    for (ProviderSettings each : providers) {
      if (!kinds.containsKey(each.kind())) {
        throw new InvalidSettings(
            "providers: \""
                + each.kind()
                + "\" is no kind of provider; there are "
                + String.join(", ", kinds.keySet()));
      }
    }
  }

  Provider make(Vertx vertx, ProviderSettings settings) {
    BiFunction<Vertx, ProviderSettings, Provider> kind = kinds.get(settings.kind());
    if (kind == null) {
      throw new IllegalArgumentException("no kind of provider: " + settings.kind());
    }
    return kind.apply(vertx, settings);
  }
}
