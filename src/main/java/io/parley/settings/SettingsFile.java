package io.parley.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads the settings: the environment overrides an operator's file, the file the defaults. */
public final class SettingsFile {
  private static final String FILE_VARIABLE = "PARLEY_CONF";
  private static final int MAX_TYPOS = 3;

  private SettingsFile() {}

  /** The settings of this process, or {@link InvalidSettings} with everything that is wrong. */
  public static Settings load(Map<String, String> environment) {
    return Settings.of(reader(environment));
  }

  /** The settings of a standalone simulator, which needs no others. */
  public static SimulatorSettings simulator(Map<String, String> environment) {
    SettingsReader reader = reader(environment);
    SimulatorSettings settings = SimulatorSettings.of(reader);
    boolean _ = SandboxExposure.of(reader, Mode.SANDBOX, settings.host());
    reader.throwIfInvalid();
    return settings;
  }

  private static SettingsReader reader(Map<String, String> environment) {
    Map<String, String> values = new LinkedHashMap<>(defaults());
    SettingsReader reader = new SettingsReader(values);
    String file = environment.get(FILE_VARIABLE);
    if (file != null && !file.isEmpty()) {
      overlayFile(values, read(Path.of(file)), file, reader);
    }
    overlayEnvironment(values, environment, reader);
    return reader;
  }

  static Map<String, String> defaults() {
    try (InputStream in = SettingsFile.class.getResourceAsStream("/parley.yaml")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks parley.yaml");
      }
      return flat(new String(in.readAllBytes(), StandardCharsets.UTF_8), "parley.yaml");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> read(Path file) {
    try {
      return flat(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new InvalidSettings(List.of(FILE_VARIABLE + ": " + file + " cannot be read"));
    }
  }

  private static void overlayFile(
      Map<String, String> values, Map<String, String> given, String file, SettingsReader reader) {
    given.forEach(
        (key, value) -> {
          if (values.containsKey(key)) {
            values.put(key, value);
          } else {
            reader.unknown(key + " in " + file, unknown(key, values.keySet()));
          }
        });
  }

  private static void overlayEnvironment(
      Map<String, String> values, Map<String, String> environment, SettingsReader reader) {
    Map<String, String> keys =
        values.keySet().stream()
            .collect(Collectors.toMap(key -> new SettingName(key).variable(), key -> key));
    new TreeMap<>(environment)
        .forEach(
            (variable, value) -> {
              String key = keys.get(variable);
              if (key != null) {
                values.put(key, value.strip());
              } else if (variable.startsWith(SettingName.PREFIX)
                  && !variable.equals(FILE_VARIABLE)) {
                reader.unknown(variable, unknown(variable, keys.keySet()));
              }
            });
  }

  private static String unknown(String name, Set<String> known) {
    return known.stream()
        .filter(each -> distance(name, each) <= MAX_TYPOS)
        .min(Comparator.comparingInt(each -> distance(name, each)))
        .map(nearest -> "unknown setting; did you mean " + nearest + "?")
        .orElse("unknown setting; conf/parley.yaml lists all of them");
  }

  /** How many characters have to be inserted, removed or replaced. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[right.length()];
  }

  private static Map<String, String> flat(String yaml, String file) {
    Map<String, String> flat = new LinkedHashMap<>();
    try {
      Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
      if (document instanceof Map<?, ?> map) {
        flatten("", map, flat);
      } else if (document != null) {
        throw new InvalidSettings(List.of(file + ": must hold settings, each with its value"));
      }
    } catch (YAMLException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InvalidSettings(List.of(file + ": not valid YAML: " + reason));
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

  // a list of maps becomes one text, as in the environment: a=1,b=2;a=3,b=4
  private static String fields(@Nullable Object element) {
    return element instanceof Map<?, ?> map
        ? map.entrySet().stream()
            .map(field -> field.getKey() + "=" + text(field.getValue()))
            .collect(Collectors.joining(","))
        : String.valueOf(element);
  }
}
