package io.parley.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One provider of a channel. Providers are tried in the order in which they are listed.
 *
 * @param kind the adapter that speaks to it
 * @param email whether it carries email, rather than SMS and MMS
 * @param concurrency maximum requests under way, per node
 * @param rate maximum messages per second, per node; 0 means unlimited
 * @param timeout how long it may take to answer
 */
public record ProviderSettings(
    String name,
    String kind,
    boolean email,
    String url,
    int concurrency,
    int rate,
    Duration timeout) {
  private static final String KEY = "providers";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,31}");
  private static final Map<String, String> DEFAULTS =
      Map.of("concurrency", "32", "rate", "0", "timeout", "5s", "kind", "json");
  private static final Set<String> FIELDS =
      Set.of("name", "kind", "channel", "url", "concurrency", "rate", "timeout");

  private enum Route {
    SMS,
    EMAIL
  }

  /** This provider at another address. */
  public ProviderSettings at(String otherUrl) {
    return new ProviderSettings(name, kind, email, otherUrl, concurrency, rate, timeout);
  }

  /** In order; when none is configured, the sandbox uses those of the simulator. */
  static List<ProviderSettings> of(SettingsReader reader, Mode mode) {
    String configured = reader.text(KEY);
    String text = configured.isEmpty() && mode == Mode.SANDBOX ? simulated(reader) : configured;
    List<ProviderSettings> providers =
        Arrays.stream(text.split(";", -1))
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .flatMap(line -> parse(reader, line).stream())
            .toList();
    Set<String> names = new HashSet<>();
    for (ProviderSettings provider : providers) {
      if (!names.add(provider.name())) {
        reader.mistake(KEY, "two of them are named " + provider.name());
      }
    }
    return providers;
  }

  private static String simulated(SettingsReader reader) {
    String url = "http://127.0.0.1:" + reader.text(SimulatorSettings.PORT);
    return "name=sim-sms, kind=json, channel=sms, url="
        + url
        + "; name=sim-email, kind=json, channel=email, url="
        + url;
  }

  private static Optional<ProviderSettings> parse(SettingsReader reader, String line) {
    Map<String, String> fields = new LinkedHashMap<>(DEFAULTS);
    for (String pair : line.split(",", -1)) {
      int equals = pair.indexOf('=');
      String field = equals < 0 ? pair.strip() : pair.substring(0, equals).strip();
      if (equals < 0 || !FIELDS.contains(field)) {
        reader.invalid(
            KEY,
            pair.strip(),
            "a field of a provider; write name=…, kind=json, channel=sms, url=…");
        return Optional.empty();
      }
      fields.put(field, pair.substring(equals + 1).strip());
    }
    String name = fields.getOrDefault("name", "");
    if (!NAME.matcher(name).matches()) {
      reader.invalid(
          KEY + ".name", name, "1 to 32 lower-case letters, digits, dashes and underscores");
      return Optional.empty();
    }
    return Optional.of(read(reader, name, fields));
  }

  private static ProviderSettings read(
      SettingsReader reader, String name, Map<String, String> fields) {
    String prefix = KEY + "." + name + ".";
    Map<String, String> byKey = new LinkedHashMap<>();
    fields.forEach((field, value) -> byKey.put(prefix + field, value));
    SettingsReader provider = reader.nested(byKey);
    return new ProviderSettings(
        name,
        provider.text(prefix + "kind"),
        provider.oneOf(prefix + "channel", Route.class) == Route.EMAIL,
        url(provider, prefix + "url"),
        provider.whole(prefix + "concurrency", 1, 10_000),
        provider.whole(prefix + "rate", 0, 1_000_000),
        provider.duration(prefix + "timeout", Duration.ofMillis(50), Duration.ofMinutes(1)));
  }

  // without trailing slashes, since a path is appended
  private static String url(SettingsReader reader, String key) {
    String text = reader.text(key);
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) {
        return text.replaceFirst("/+$", "");
      }
    } catch (URISyntaxException notAUri) {
      // reported below
    }
    reader.invalid(key, "an http or https address without a query");
    return text;
  }
}
