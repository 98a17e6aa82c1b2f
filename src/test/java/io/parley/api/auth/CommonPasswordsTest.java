package io.parley.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class CommonPasswordsTest {
  @Test
  void commonPasswordsAreFoundInAnyCaseAndOthersAreNot() {
    CommonPasswords common = CommonPasswords.load();
    for (String password :
        List.of("password", "12345678", "PassWord1", "qwertyuiop", "jennifer", "p@ssw0rd")) {
      assertThat(common.contains(password)).describedAs(password).isTrue();
    }
    for (String password : List.of("parley-demo", "a good password", "# passwo", "")) {
      assertThat(common.contains(password)).describedAs(password).isFalse();
    }
  }

  @Test
  void theListHasTenThousandUsablePasswordsInOrderAndNamesItsSources() throws IOException {
    List<String> lines =
        Files.readAllLines(Path.of("src", "main", "resources", "common-passwords.txt"));
    List<String> passwords = lines.stream().filter(line -> !line.startsWith("# ")).toList();
    assertThat(passwords).hasSizeGreaterThan(10_000).isSorted().doesNotHaveDuplicates();
    assertThat(passwords).allMatch(password -> password.length() >= 8 && password.length() <= 256);
    assertThat(String.join(" ", lines.subList(0, 3))).contains("MIT", "BSD");
    assertThat(Path.of("NOTICE")).content().contains("zxcvbn", "Django");
  }
}
