package io.parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Processor time in microseconds, read from the kernel. A family is a process, its living children
 * and those it has waited for, so that a server that forks per connection is counted as a whole.
 */
final class ProcessCpu {
  private static final double TICK_MICROS = 10_000;
  private static final long SELF = ProcessHandle.current().pid();

  /** What /proc tells of a process: its parent, and ticks of its own and of its dead children. */
  private record Stat(long parent, double own, double buried) {
    // the name before the last bracket may hold spaces; fields[0] is the state after it
    static Stat of(String line) {
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
      return new Stat(
          Long.parseLong(fields[1]),
          Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]),
          Double.parseDouble(fields[13]) + Double.parseDouble(fields[14]));
    }
  }

  private ProcessCpu() {}

  static double family(long pid) {
    Stat head = stat(Long.toString(pid)).orElseThrow();
    double ticks = head.own() + head.buried();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      ticks +=
          all.map(path -> path.getFileName().toString())
              .filter(name -> Character.isDigit(name.charAt(0)))
              .flatMap(name -> stat(name).stream())
              .filter(process -> process.parent() == pid)
              .mapToDouble(process -> process.own() + process.buried())
              .sum();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return ticks * TICK_MICROS;
  }

  /** Of this process: what the load costs. */
  static double ours() {
    return stat(Long.toString(SELF)).orElseThrow().own() * TICK_MICROS;
  }

  /** Of the children of this process that have ended: what a program cost that we ran. */
  static double endedChildren() {
    return stat(Long.toString(SELF)).orElseThrow().buried() * TICK_MICROS;
  }

  /** Of everything that ran on this machine, and of what its host took away. */
  static double machine() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
      // cpu user nice system idle iowait irq softirq steal …
      String[] ticks = lines.findFirst().orElseThrow().trim().split(" +", -1);
      double busy = 0;
      for (int field : new int[] {1, 2, 3, 6, 7, 8}) {
        busy += Double.parseDouble(ticks[field]);
      }
      return busy * TICK_MICROS;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Optional<Stat> stat(String pid) {
    try {
      return Optional.of(Stat.of(Files.readString(Path.of("/proc", pid, "stat"))));
    } catch (IOException gone) {
      return Optional.empty(); // it ended while we looked
    }
  }
}
