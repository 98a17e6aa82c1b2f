package io.parley.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One provider of a route; those named first are asked first.
 *
 * @param kind which adapter speaks to it
 * @param email whether it carries email; else SMS and MMS
 * @param concurrency messages it is asked to take at the same time, at most, by each node
 * @param rate messages a second, at most, from each node; 0 is no limit
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
  private static final Map<String, String> USUAL =
      Map.of("concurrency", "32", "rate", "0", "timeout", "5s", "kind", "json");
  private static final Set<String> FIELDS =
      Set.of("name", "kind", "channel", "url", "concurrency", "rate", "timeout");

  /** The same, somewhere else. */
  public ProviderSettings at(String elsewhere) {
    return new ProviderSettings(name, kind, email, elsewhere, concurrency, rate, timeout);
  }

  private enum Route {
    SMS,
    EMAIL
  }

  /** In order; in the sandbox those of the simulator unless others are named. */
  static List<ProviderSettings> of(SettingValues values, Mode mode) {
    String text = values.text(KEY);
    String said = text.isEmpty() && mode == Mode.SANDBOX ? simulated(values) : text;
    List<ProviderSettings> all =
        java.util.Arrays.stream(said.split(";", -1))
            .map(String::strip)
            .filter(each -> !each.isEmpty())
            .map(ProviderSettings::of)
            .toList();
    Set<String> names = new HashSet<>();
    for (ProviderSettings each : all) {
      if (!names.add(each.name())) {
        throw new InvalidSettings(KEY + ": two of them are called " + each.name());
      }
    }
    return all;
  }

  private static String simulated(SettingValues values) {
    String at = "http://127.0.0.1:" + values.text(SimulatorSettings.PORT);
    return "name=sim-sms, kind=json, channel=sms, url="
        + at
        + "; name=sim-email, kind=json, channel=email, url="
        + at;
  }

  private static ProviderSettings of(String line) {
    Map<String, String> fields = new LinkedHashMap<>(USUAL);
    for (String pair : line.split(",", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair.strip() : pair.substring(0, equals).strip();
      if (equals < 0 || !FIELDS.contains(name)) {
        throw new InvalidSettings(
            KEY
                + ": \""
                + pair.strip()
                + "\" is not a field of a provider; write name=…, kind=json, channel=sms, url=…");
      }
      fields.put(name, pair.substring(equals + 1).strip());
    }
    String name = fields.getOrDefault("name", "");
    if (!NAME.matcher(name).matches()) {
      throw InvalidSettings.of(
          KEY + ".name", name, "1 to 32 small letters, digits, dashes and underscores");
    }
    return of(name, fields);
  }

  private static ProviderSettings of(String name, Map<String, String> fields) {
    Map<String, String> named = new LinkedHashMap<>();
    fields.forEach((field, value) -> named.put(KEY + "." + name + "." + field, value));
    SettingValues values = new SettingValues(named);
    String at = KEY + "." + name + ".";
    return new ProviderSettings(
        name,
        values.text(at + "kind"),
        values.oneOf(at + "channel", Route.class) == Route.EMAIL,
        url(at + "url", values.text(at + "url")),
        values.whole(at + "concurrency", 1, 10_000),
        values.whole(at + "rate", 0, 1_000_000),
        values.duration(at + "timeout", Duration.ofMillis(50), Duration.ofMinutes(1)));
  }

  // without a slash at the end: what is sent to is appended
  private static String url(String key, String text) {
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) {
        return text.replaceFirst("/+$", "");
      }
    } catch (URISyntaxException notAUri) {
      // told below
    }
    throw InvalidSettings.of(key, text, "an http or https address without a query");
  }
}
