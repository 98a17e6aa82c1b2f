package io.parley.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The plain values behind the records: every key has one, and each question checks its answer. */
record SettingValues(Map<String, String> byKey) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  String text(String key) {
    return byKey.getOrDefault(key, "");
  }

  Optional<String> optional(String key) {
    return Optional.of(text(key)).filter(value -> !value.isEmpty());
  }

  int whole(String key, int least, int most) {
    return (int) whole(key, (long) least, most);
  }

  long whole(String key, long least, long most) {
    String allowed = "a whole number from " + least + " to " + most;
    try {
      long value = Long.parseLong(text(key));
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      // told below
    }
    throw InvalidSettings.of(key, text(key), allowed);
  }

  Duration duration(String key, Duration least, Duration most) {
    Matcher matcher = DURATION.matcher(text(key));
    if (matcher.matches()) {
      Duration value = Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
      if (value.compareTo(least) >= 0 && value.compareTo(most) <= 0) {
        return value;
      }
    }
    throw InvalidSettings.of(
        key, text(key), "a duration such as 30s, from " + inWords(least) + " to " + inWords(most));
  }

  private static String inWords(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }

  private static ChronoUnit unit(String letter) {
    return switch (letter) {
      case "ms" -> ChronoUnit.MILLIS;
      case "s" -> ChronoUnit.SECONDS;
      case "m" -> ChronoUnit.MINUTES;
      case "h" -> ChronoUnit.HOURS;
      default -> ChronoUnit.DAYS;
    };
  }

  <E extends Enum<E>> E oneOf(String key, Class<E> type) {
    for (E option : type.getEnumConstants()) {
      if (option.name().toLowerCase(Locale.ROOT).equals(text(key))) {
        return option;
      }
    }
    throw InvalidSettings.of(
        key,
        text(key),
        Arrays.stream(type.getEnumConstants())
            .map(option -> option.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(" or ")));
  }

  Set<String> list(String key) {
    return Arrays.stream(text(key).split(",", -1))
        .map(String::strip)
        .filter(each -> !each.isEmpty())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * An http(s) origin, as browsers write it: scheme, host and a port that is not the scheme's own.
   */
  static String origin(String key, String text) {
    try {
      URI uri = new URI(text.strip().toLowerCase(Locale.ROOT));
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean bare = uri.getPath() == null || uri.getPath().isEmpty() || uri.getPath().equals("/");
      if (web
          && bare
          && uri.getHost() != null
          && uri.getQuery() == null
          && uri.getUserInfo() == null) {
        int usual = uri.getScheme().equals("http") ? 80 : 443;
        boolean tellsPort = uri.getPort() != -1 && uri.getPort() != usual;
        return uri.getScheme() + "://" + uri.getHost() + (tellsPort ? ":" + uri.getPort() : "");
      }
    } catch (URISyntaxException notAUri) {
      // told below
    }
    throw InvalidSettings.of(
        key, text, "an address such as https://chat.example.org, without a path");
  }
}
