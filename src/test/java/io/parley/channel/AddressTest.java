package io.parley.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class AddressTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+12015550123",
        "(201) 555-0123",
        "201.555.0123",
        "tel:+1-201-555-0123",
        "TEL:+12015550123",
        "+1\u2010201\u2013555\u20140123",
        "\uff0b\uff11\uff12\uff10\uff11\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        "+\u0661\u0662\u0660\u0661\u0665\u0665\u0665\u0660\u0661\u0662\u0663",
        "+1\u00a0201\u00a0555\u00a00123"
      })
  void aPhoneIsOneHoweverItIsWritten(String text) {
    assertThat(Address.phone(text, "US").orElseThrow().handle()).isEqualTo("+12015550123");
  }

  @Test
  void lettersMayStandForDigits() {
    assertThat(Address.phone("1-800-FLOWERS", "US").orElseThrow().handle())
        .isEqualTo("+18003569377");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "555-1234",
        "call 2015550123",
        "2015550123 ext. 5",
        "2015550123x5",
        "2015550123ab",
        "tel:",
        "12",
        "+123",
        "ann@example.org"
      })
  void whatIsNoPhoneEverywhereIsNone(String text) {
    assertThat(Address.phone(text, "US")).isEmpty();
  }

  @Test
  void aShortCodeIsOneAsItIs() {
    for (String code : List.of("123", "12345", "12345678")) {
      assertThat(Address.phone(code, "US").orElseThrow().handle()).isEqualTo(code);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[Ann@example.org](mailto:Ann@example.org)",
        "[x](MAILTO:Ann@EXAMPLE.org)",
        "Ann <Ann@example.org>"
      })
  void aMailboxIsOneHoweverItIsWritten(String text) {
    assertThat(Address.mailbox(text).orElseThrow().text()).isEqualTo("Ann@example.org");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\u200bnn@example.org", "ann@exam\u00adple.org", "\u202eann@example.org"})
  void whatNobodySeesIsNotPartOfAMailbox(String text) {
    assertThat(Address.mailbox(text)).isEmpty();
  }
}
