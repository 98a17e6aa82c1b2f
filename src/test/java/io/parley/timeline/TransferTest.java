package io.parley.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.json.JsonBytes;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class TransferTest {
  private static final Party ACME = new Party(1, PartyKind.COMPANY, "Acme", "acme");
  private static final Party IVY = new Party(2, PartyKind.INFLUENCER, "Ivy", "ivy");
  private static final Party AGENT = new Party(3, PartyKind.PERSON, "Agent", "agent");
  private static final Instant MONDAY = Instant.parse("2026-11-16T10:00:00Z");
  private static final Instant TUESDAY = MONDAY.plusSeconds(86_400);
  private static final Transfer.Terms TERMS =
      new Transfer.Terms(125_000, "EUR", Optional.of("tea"));
  private static final Transfer.Initiated BEGUN = Transfer.initiated(TERMS, ACME, MONDAY);

  private static Item item(Optional<Transfer> transfer) {
    Content content =
        transfer.isPresent()
            ? Content.transfer(TERMS)
            : new Content(ItemType.POST, Optional.empty(), List.of(), Optional.empty());
    return new Item(
        7,
        1,
        1,
        0,
        ACME,
        content,
        transfer,
        Reactions.NONE,
        Routing.CHAT,
        Optional.empty(),
        MONDAY,
        MONDAY,
        false,
        false,
        false);
  }

  private static String decided(
      Transfer transfer, Party caller, boolean member, boolean settles, String wanted) {
    return switch (Transfer.decide(
        item(Optional.of(transfer)), caller, member, settles, TransferState.of(wanted), TUESDAY)) {
      case Result.Done<Transfer> done -> done.value().state().text();
      case Result.Refused<Transfer> refused -> refused.reason().name();
    };
  }

  @ParameterizedTest
  @CsvSource({
    "initiated, initiated",
    "canceled, canceled",
    "succeeded, NOT_YOURS_TO_MOVE",
    "failed, NOT_YOURS_TO_MOVE"
  })
  void theAuthorCancels(String wanted, String verdict) {
    assertThat(decided(BEGUN, ACME, true, false, wanted)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @EnumSource(TransferState.class)
  void theOtherSideMovesNothing(TransferState wanted) {
    assertThat(decided(BEGUN, IVY, true, false, wanted.text()))
        .isEqualTo(wanted == TransferState.INITIATED ? "initiated" : "NOT_YOURS_TO_MOVE");
  }

  @Test
  void whereItIsAnybodyWhoSeesItMaySay() {
    Transfer ended = BEGUN.moved(TransferState.SUCCEEDED, AGENT, TUESDAY).orElseThrow();
    assertThat(decided(ended, ACME, true, false, "succeeded")).isEqualTo("succeeded");
    assertThat(decided(ended, IVY, true, false, "succeeded")).isEqualTo("succeeded");
    assertThat(decided(ended, IVY, false, false, "succeeded")).isEqualTo("NOT_THERE");
  }

  @ParameterizedTest
  @EnumSource(TransferState.class)
  void toStrangersAndAuthorsWhoLeftNothingIsThere(TransferState wanted) {
    assertThat(decided(BEGUN, IVY, false, false, wanted.text())).isEqualTo("NOT_THERE");
    assertThat(decided(BEGUN, ACME, false, false, wanted.text())).isEqualTo("NOT_THERE");
  }

  @ParameterizedTest
  @CsvSource({
    "initiated, initiated",
    "canceled, NOT_YOURS_TO_MOVE",
    "succeeded, succeeded",
    "failed, failed"
  })
  void whoSettlesNeedNotBeAMember(String wanted, String verdict) {
    assertThat(decided(BEGUN, AGENT, false, true, wanted)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @ValueSource(strings = {"succeeded", "failed", "canceled"})
  void whatEndedGoesNowhere(String end) {
    Transfer ended = BEGUN.moved(TransferState.of(end), AGENT, TUESDAY).orElseThrow();
    for (TransferState wanted : TransferState.values()) {
      assertThat(ended.moved(wanted, AGENT, TUESDAY)).isEmpty();
      boolean authors = wanted == TransferState.CANCELED;
      assertThat(decided(ended, authors ? ACME : AGENT, authors, !authors, wanted.text()))
          .isEqualTo(wanted.text().equals(end) ? end : "ILLEGAL_MOVE");
    }
  }

  @Test
  void whatIsNoTransferHasNoState() {
    assertThat(
            Transfer.decide(
                item(Optional.empty()), ACME, true, false, TransferState.CANCELED, TUESDAY))
        .isEqualTo(Result.refused(Refusal.NOT_A_TRANSFER));
    assertThat(
            Transfer.decide(
                item(Optional.empty()), AGENT, false, true, TransferState.SUCCEEDED, TUESDAY))
        .isEqualTo(Result.refused(Refusal.NOT_THERE));
  }

  @Test
  void itTellsItsHistory() {
    JsonObject told = new JsonObject(JsonBytes.of(BEGUN.succeed(AGENT, TUESDAY)));
    assertThat(told.getLong("amount")).isEqualTo(125_000);
    assertThat(told.getString("state")).isEqualTo("succeeded");
    assertThat(told.getJsonArray("history").encode())
        .isEqualTo(
            """
            [{"state":"initiated","by":{"id":1,"kind":"company","name":"Acme","handle":"acme"},"at":"2026-11-16T10:00:00.000Z"},\
            {"state":"succeeded","by":{"id":3,"kind":"person","name":"Agent","handle":"agent"},"at":"2026-11-17T10:00:00.000Z"}]\
            """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"EUR", "USD", "DKK", "JPY", "XOF"})
  void moneyIsKnown(String code) {
    assertThat(Currencies.isKnown(code)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"XXX", "XTS", "XAU", "CHE", "DEM", "eur", "ABC", ""})
  void whatIsNoMoneyIsNot(String code) {
    assertThat(Currencies.isKnown(code)).isFalse();
  }

  @Test
  void anotherReplyIsAnotherRequest() {
    Content text = Content.text("yes");
    assertThat(text.inReplyTo(java.util.OptionalLong.of(1)).fingerprint())
        .isNotEqualTo(text.inReplyTo(java.util.OptionalLong.of(2)).fingerprint())
        .isNotEqualTo(text.fingerprint());
    assertThat(text.inReplyTo(java.util.OptionalLong.empty()).fingerprint())
        .isEqualTo(text.fingerprint());
  }
}
