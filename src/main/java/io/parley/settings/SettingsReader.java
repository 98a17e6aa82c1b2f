package io.parley.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads typed values out of plain text and collects the mistakes. An invalid value is replaced by a
 * valid placeholder, so that reading goes on and {@link #throwIfInvalid} can report everything at
 * once.
 */
final class SettingsReader {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private final Map<String, String> byKey;
  private final List<String> mistakes;
  private boolean lacksRequired;

  SettingsReader(Map<String, String> byKey) {
    this(byKey, new ArrayList<>());
  }

  private SettingsReader(Map<String, String> byKey, List<String> mistakes) {
    this.byKey = byKey;
    this.mistakes = mistakes;
  }

  /** A reader of other values that reports its mistakes together with those of this one. */
  SettingsReader nested(Map<String, String> values) {
    return new SettingsReader(values, mistakes);
  }

  String text(String key) {
    return byKey.getOrDefault(key, "");
  }

  Optional<String> optional(String key) {
    return Optional.of(text(key)).filter(value -> !value.isEmpty());
  }

  /** The value of {@code key}; a missing one is a mistake in production. */
  Optional<String> requiredInProduction(String key, Mode mode) {
    Optional<String> value = optional(key);
    if (value.isEmpty() && mode == Mode.PRODUCTION) {
      lacksRequired = true;
      mistake(key, "required in production");
    }
    return value;
  }

  int whole(String key, int least, int most) {
    return (int) whole(key, (long) least, most);
  }

  long whole(String key, long least, long most) {
    try {
      long value = Long.parseLong(text(key));
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      // reported below
    }
    invalid(key, "a whole number from " + least + " to " + most);
    return least;
  }

  Duration duration(String key, Duration least, Duration most) {
    Matcher matcher = DURATION.matcher(text(key));
    if (matcher.matches()) {
      Duration value = Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
      if (value.compareTo(least) >= 0 && value.compareTo(most) <= 0) {
        return value;
      }
    }
    invalid(key, "a duration such as 30s, from " + inWords(least) + " to " + inWords(most));
    return least;
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
    E[] options = type.getEnumConstants();
    Function<E, String> name = option -> option.name().toLowerCase(Locale.ROOT);
    for (E option : options) {
      if (name.apply(option).equals(text(key))) {
        return option;
      }
    }
    invalid(key, Arrays.stream(options).map(name).collect(Collectors.joining(" or ")));
    return options[0];
  }

  /** Whether {@code key} says yes; YAML turns a bare yes into true. */
  boolean yes(String key) {
    boolean yes = text(key).equals("yes") || text(key).equals("true");
    if (!yes && !text(key).equals("no") && !text(key).equals("false")) {
      invalid(key, "yes or no");
    }
    return yes;
  }

  Set<String> list(String key) {
    return Arrays.stream(text(key).split(",", -1))
        .map(String::strip)
        .filter(each -> !each.isEmpty())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * An http(s) origin as browsers write it: scheme, host, and the port unless it is the scheme's
   * default.
   */
  String origin(String key, String text) {
    try {
      URI uri = new URI(text.strip().toLowerCase(Locale.ROOT));
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean bare = uri.getPath() == null || uri.getPath().isEmpty() || uri.getPath().equals("/");
      if (web
          && bare
          && uri.getHost() != null
          && uri.getQuery() == null
          && uri.getUserInfo() == null) {
        int defaultPort = uri.getScheme().equals("http") ? 80 : 443;
        boolean hasPort = uri.getPort() != -1 && uri.getPort() != defaultPort;
        return uri.getScheme() + "://" + uri.getHost() + (hasPort ? ":" + uri.getPort() : "");
      }
    } catch (URISyntaxException notAUri) {
      // reported below
    }
    invalid(key, text, "an address such as https://chat.example.org, without a path");
    return text;
  }

  void invalid(String key, String allowed) {
    invalid(key, text(key), allowed);
  }

  void invalid(String key, String value, String allowed) {
    mistake(key, "\"" + value + "\" is not " + allowed);
  }

  void mistake(String key, String mistake) {
    mistakes.add(new SettingName(key) + ": " + mistake);
  }

  /** A mistake that concerns no known setting. */
  void unknown(String name, String mistake) {
    mistakes.add(name + ": " + mistake);
  }

  void throwIfInvalid() {
    if (lacksRequired) {
      mistake("mode", "sandbox starts without the required settings, for trying out");
    }
    if (!mistakes.isEmpty()) {
      throw new InvalidSettings(mistakes);
    }
  }
}
