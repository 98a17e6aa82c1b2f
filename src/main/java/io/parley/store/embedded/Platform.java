package io.parley.store.embedded;

import java.util.Locale;
import java.util.Optional;

/**
 * A kind of machine that an embedded PostgreSQL exists for. The build fetches the archive of its
 * own platform only (the profiles in {@code pom.xml}).
 */
record Platform(String system, String processor) {

  /** The one of this JVM. */
  static Optional<Platform> current() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  /** By the system properties {@code os.name} and {@code os.arch}. */
  static Optional<Platform> of(String osName, String osArch) {
    String name = osName.toLowerCase(Locale.ROOT);
    Optional<String> system =
        name.equals("linux")
            ? Optional.of("linux")
            : name.startsWith("mac") ? Optional.of("darwin") : Optional.empty();
    Optional<String> processor =
        switch (osArch) {
          case "amd64", "x86_64" -> Optional.of("x86_64");
          case "aarch64", "arm64" -> Optional.of("arm_64");
          default -> Optional.empty();
        };
    return system.flatMap(known -> processor.map(arch -> new Platform(known, arch)));
  }

  /** Where the class path has PostgreSQL's programs. */
  String archive() {
    return "/postgres-" + system + "-" + processor + ".txz";
  }
}
