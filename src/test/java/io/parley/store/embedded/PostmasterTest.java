package io.parley.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("fast")
class PostmasterTest {
  @TempDir private Path cluster;

  private static Instant started() {
    return ProcessHandle.current().info().startInstant().orElseThrow();
  }

  @Test
  void aProcessIsRecognisedByTheTimeItStarted() {
    ProcessHandle self = ProcessHandle.current();
    assertThat(Postmaster.startedAt(self, started().getEpochSecond())).isTrue();
    assertThat(Postmaster.startedAt(self, started().getEpochSecond() + 1)).isTrue();
    assertThat(Postmaster.startedAt(self, started().getEpochSecond() - 60)).isFalse();
    assertThat(Postmaster.startedAt(self, started().getEpochSecond() + 60)).isFalse();
  }

  @Test
  void anotherProcessWithTheNotedNumberIsNotTheServer() throws Exception {
    String note = ProcessHandle.current().pid() + "\n/data\n" + started().getEpochSecond();
    Files.writeString(cluster.resolve("postmaster.pid"), note + "\n5432\n");
    assertThat(new Postmaster(cluster).process()).isEmpty();
  }
}
