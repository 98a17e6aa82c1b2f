package io.parley.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads the settings: the shipped defaults, under an operator's file, under the environment. */
public final class SettingsFile {
  private static final String PREFIX = "PARLEY_";
  private static final String FILE_VARIABLE = "PARLEY_CONF";

  /**
   * Documented variables that this version has no use for yet: a deployment may set them already.
   */
  static final Set<String> RESERVED =
      Set.of(
          "PARLEY_TRUSTED_PROXIES",
          "PARLEY_TWILIO_ACCOUNT_SID",
          "PARLEY_TWILIO_AUTH_TOKEN",
          "PARLEY_TWILIO_BASE_URL",
          "PARLEY_SENDGRID_API_KEY",
          "PARLEY_SENDGRID_BASE_URL",
          "PARLEY_SENDGRID_WEBHOOK_KEY",
          "PARLEY_SENDGRID_INBOUND_TOKEN",
          "PARLEY_SMTP_URL",
          "PARLEY_CLUSTER_ENABLED",
          "PARLEY_CLUSTER_HOST",
          "PARLEY_CLUSTER_PORT",
          "PARLEY_CLUSTER_MEMBERS");

  private SettingsFile() {}

  /** The settings of this process; {@link InvalidSettings} says what an operator has to mend. */
  public static Settings load(Map<String, String> environment) {
    return Settings.of(values(environment));
  }

  /** Those of a simulator that runs alone, which needs none of the others. */
  public static SimulatorSettings simulator(Map<String, String> environment) {
    return SimulatorSettings.of(values(environment));
  }

  private static SettingValues values(Map<String, String> environment) {
    Map<String, String> values = new LinkedHashMap<>(defaults());
    String file = environment.get(FILE_VARIABLE);
    if (file != null && !file.isEmpty()) {
      overlay(values, read(Path.of(file)), file);
    }
    overlayEnvironment(values, environment);
    return new SettingValues(values);
  }

  /** Variables that are set and will be heeded by a later version only. */
  public static List<String> unused(Map<String, String> environment) {
    return RESERVED.stream().filter(environment::containsKey).sorted().toList();
  }

  static Map<String, String> defaults() {
    try (InputStream in = SettingsFile.class.getResourceAsStream("/parley.yaml")) {
      if (in == null) {
        throw new IllegalStateException("the defaults are not in the jar");
      }
      return flat(new String(in.readAllBytes(), StandardCharsets.UTF_8), "parley.yaml");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String variable(String key) {
    return PREFIX + key.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  private static Map<String, String> read(Path file) {
    try {
      return flat(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new InvalidSettings(FILE_VARIABLE + ": " + file + " cannot be read");
    }
  }

  private static void overlay(Map<String, String> values, Map<String, String> said, String file) {
    said.forEach(
        (key, value) -> {
          if (!values.containsKey(key)) {
            throw new InvalidSettings(
                key
                    + " in "
                    + file
                    + ": there is no such setting; there are "
                    + String.join(", ", values.keySet()));
          }
          values.put(key, value);
        });
  }

  private static void overlayEnvironment(
      Map<String, String> values, Map<String, String> environment) {
    Map<String, String> keys =
        values.keySet().stream().collect(Collectors.toMap(SettingsFile::variable, key -> key));
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              String key = keys.get(name);
              if (key != null) {
                values.put(key, value.strip());
              } else if (name.startsWith(PREFIX)
                  && !RESERVED.contains(name)
                  && !name.equals(FILE_VARIABLE)) {
                throw new InvalidSettings(
                    name
                        + ": there is no such setting; there are "
                        + String.join(", ", new TreeMap<>(keys).keySet()));
              }
            });
  }

  private static Map<String, String> flat(String yaml, String file) {
    Map<String, String> flat = new LinkedHashMap<>();
    try {
      Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
      if (document instanceof Map<?, ?> map) {
        flatten("", map, flat);
      } else if (document != null) {
        throw new InvalidSettings(file + ": it must be a list of settings, each with its value");
      }
    } catch (YAMLException e) {
      throw new InvalidSettings(
          file
              + ": it is not YAML: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
    return flat;
  }

  private static void flatten(String prefix, Map<?, ?> map, Map<String, String> flat) {
    map.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (value instanceof Map<?, ?> nested) {
            flatten(key + ".", nested, flat);
          } else {
            flat.put(key, text(value));
          }
        });
  }

  private static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case List<?> list when list.stream().anyMatch(Map.class::isInstance) ->
          list.stream().map(SettingsFile::fields).collect(Collectors.joining(";"));
      case List<?> list -> list.stream().map(String::valueOf).collect(Collectors.joining(","));
      default -> value.toString();
    };
  }

  // a list of things with fields is one text, as in the environment: a=1,b=2;a=3,b=4
  private static String fields(@Nullable Object thing) {
    return thing instanceof Map<?, ?> map
        ? map.entrySet().stream()
            .map(field -> field.getKey() + "=" + text(field.getValue()))
            .collect(Collectors.joining(","))
        : String.valueOf(thing);
  }
}
