package io.parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The measurements as tables for people. */
final class Report {
  private final List<String> lines = new ArrayList<>();

  void title(String title) {
    lines.add("");
    lines.add("**" + title + "**");
    lines.add("");
    lines.add("| what | measured | goal |");
    lines.add("| --- | --- | --- |");
    System.out.println("… " + title);
  }

  /** A table of one's own columns. */
  void table(String title, String... columns) {
    lines.add("");
    lines.add("**" + title + "**");
    lines.add("");
    lines.add("| " + String.join(" | ", columns) + " |");
    lines.add("|" + " --- |".repeat(columns.length));
    System.out.println("… " + title);
  }

  void cells(String... cells) {
    lines.add("| " + String.join(" | ", cells) + " |");
    System.out.println("  " + String.join(" · ", cells));
  }

  void row(String what, String measured) {
    lines.add("| " + what + " | " + measured + " | |");
    System.out.println("  " + what + ": " + measured);
  }

  void row(String what, double measured) {
    row(what, number(measured));
  }

  /** The median, and between what it lies. */
  void row(String what, Samples samples) {
    row(what, samples.toString());
  }

  void atLeast(String what, double measured, double goal, String unit) {
    goal(what, number(measured) + unit, "≥ " + number(goal) + unit, measured >= goal);
  }

  void atMost(String what, double measured, double goal, String unit) {
    goal(what, number(measured) + unit, "≤ " + number(goal) + unit, measured <= goal);
  }

  private void goal(String what, String measured, String goal, boolean met) {
    String verdict = met ? "met" : "**missed**";
    lines.add("| " + what + " | " + measured + " | " + goal + " " + verdict + " |");
    System.out.println("  " + what + ": " + measured + " (" + goal + (met ? " met)" : " MISSED)"));
  }

  static String number(double value) {
    String format = value >= 1_000 ? "%,.0f" : value >= 20 ? "%.0f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  void print(String database) {
    System.out.println();
    System.out.println(machine() + ", " + database);
    lines.forEach(System.out::println);
  }

  private static String machine() {
    return "%d × %s, %d GiB, %s %s, Java %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            kernel("/proc/cpuinfo", "model name", "processor of unknown make"),
            Long.parseLong(kernel("/proc/meminfo", "MemTotal", "0").replaceAll("\\D", "")) >> 20,
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.version().feature());
  }

  private static String kernel(String file, String key, String otherwise) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(otherwise);
    } catch (IOException notLinux) {
      return otherwise;
    }
  }

  /** One thing measured in several rounds. */
  static final class Samples {
    private final List<Double> values = new ArrayList<>();

    void add(double value) {
      values.add(value);
    }

    boolean any() {
      return !values.isEmpty();
    }

    double median() {
      double[] sorted = sorted();
      int half = sorted.length / 2;
      return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    double worst() {
      return sorted()[values.size() - 1];
    }

    private double[] sorted() {
      double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
      Arrays.sort(sorted);
      return sorted;
    }

    @Override
    public String toString() {
      return values.size() == 1
          ? number(median())
          : number(median()) + " (" + number(sorted()[0]) + "–" + number(worst()) + ")";
    }
  }
}
