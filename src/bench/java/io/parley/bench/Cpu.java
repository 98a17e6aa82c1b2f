package io.parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Processor time of processes and their children, from the kernel's own books. */
final class Cpu {
  private static final double TICK_MICROS = 10_000;

  private Cpu() {}

  /** Microseconds used by each of {@code pids} with all its living children, in order. */
  static double[] micros(List<Long> pids) {
    Map<Long, String[]> processes = processes();
    return pids.stream().mapToDouble(pid -> used(pid, processes)).toArray();
  }

  private static double used(long pid, Map<Long, String[]> processes) {
    double ticks = 0;
    for (Map.Entry<Long, String[]> process : processes.entrySet()) {
      String[] fields = process.getValue();
      if (process.getKey() == pid || Long.parseLong(fields[1]) == pid) {
        ticks += Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
      }
    }
    return ticks * TICK_MICROS;
  }

  // fields from the state on: what is before may hold spaces
  private static Map<Long, String[]> processes() {
    Map<Long, String[]> processes = new HashMap<>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      all.filter(path -> path.getFileName().toString().matches("\\d+"))
          .forEach(
              path -> {
                try {
                  String stat = Files.readString(path.resolve("stat"));
                  processes.put(Long.valueOf(path.getFileName().toString()), stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
                } catch (IOException gone) {
                  // it ended while we looked
                }
              });
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return processes;
  }
}
