package io.parley.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured, as a table for people. */
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

  void row(String what, String measured) {
    lines.add("| " + what + " | " + measured + " | |");
    System.out.println("  " + what + ": " + measured);
  }

  void atLeast(String what, double measured, double goal, String unit) {
    row(what, measured, "≥", goal, unit, measured >= goal);
  }

  void atMost(String what, double measured, double goal, String unit) {
    row(what, measured, "≤", goal, unit, measured <= goal);
  }

  private void row(String what, double measured, String sign, double goal, String unit, boolean met) {
    String shown = number(measured) + unit;
    lines.add("| " + what + " | " + shown + " | " + sign + " " + number(goal) + unit + (met ? " met" : " **missed**") + " |");
    System.out.println("  " + what + ": " + shown + " (" + sign + " " + number(goal) + unit + (met ? ", met)" : ", MISSED)"));
  }

  static String number(double value) {
    return String.format(Locale.ROOT, value >= 1_000 ? "%,.0f" : value >= 20 ? "%.0f" : "%.2f", value);
  }

  static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  void print() {
    System.out.println();
    System.out.printf("%d processors, %s %s%n", Runtime.getRuntime().availableProcessors(), System.getProperty("os.name"), System.getProperty("os.version"));
    lines.forEach(System.out::println);
  }
}
