package io.parley.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class MailboxTest {
  @ParameterizedTest
  @CsvSource({
    "ann@example.org,ann@example.org",
    "' Ann+news@EXAMPLE.Org ',Ann+news@example.org",
    "Ann@MÜNCHEN.example,Ann@münchen.example",
    "a@b@C.org,a@b@c.org"
  })
  void keepsTheLocalPartAndLowersTheDomain(String text, String mailbox) {
    assertThat(Mailbox.normalised(text)).isEqualTo(mailbox);
  }
}
