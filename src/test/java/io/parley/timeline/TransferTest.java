package io.parley.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.json.JsonBytes;
import io.parley.timeline.Content.Post;
import io.parley.timeline.Content.TransferTerms;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
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
  private static final TransferTerms TERMS = new TransferTerms(125_000, "EUR", Optional.of("tea"));
  private static final Transfer.Initiated BEGUN = Transfer.initiated(TERMS, ACME, MONDAY);

  private static Item item(Optional<Transfer> transfer) {
    Content content =
        transfer.isPresent()
            ? TERMS
            : new Post(
                Optional.empty(), "https://example.org/", Optional.empty(), Optional.empty());
    return new Item(
        new Item.Position(7, 1, 1, 0),
        new Item.Origin(ACME, Optional.empty(), Optional.empty()),
        Item.Statement.of(Draft.of(content)),
        new Item.Responses(transfer, Reactions.NONE, false),
        Routing.CHAT,
        new Item.Dates(MONDAY, MONDAY, Optional.empty()));
  }

  private static String move(
      Transfer transfer, Party caller, boolean member, boolean settles, String wanted) {
    Result<Transfer> moved =
        new TransferMover(caller, member, settles)
            .move(item(Optional.of(transfer)), TransferState.of(wanted), TUESDAY);
    return switch (moved) {
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
  void theAuthorMayOnlyCancel(String wanted, String verdict) {
    assertThat(move(BEGUN, ACME, true, false, wanted)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @EnumSource(TransferState.class)
  void theOtherMemberMayNotMoveIt(TransferState wanted) {
    assertThat(move(BEGUN, IVY, true, false, wanted.text()))
        .isEqualTo(wanted == TransferState.INITIATED ? "initiated" : "NOT_YOURS_TO_MOVE");
  }

  @Test
  void settingTheCurrentStateAgainIsAllowedToEverybodyWhoSeesIt() {
    Transfer ended = BEGUN.moved(TransferState.SUCCEEDED, AGENT, TUESDAY).orElseThrow();
    assertThat(move(ended, ACME, true, false, "succeeded")).isEqualTo("succeeded");
    assertThat(move(ended, IVY, true, false, "succeeded")).isEqualTo("succeeded");
    assertThat(move(ended, IVY, false, false, "succeeded")).isEqualTo("NOT_THERE");
  }

  @ParameterizedTest
  @EnumSource(TransferState.class)
  void strangersAndFormerMembersGetNotThere(TransferState wanted) {
    assertThat(move(BEGUN, IVY, false, false, wanted.text())).isEqualTo("NOT_THERE");
    assertThat(move(BEGUN, ACME, false, false, wanted.text())).isEqualTo("NOT_THERE");
  }

  @ParameterizedTest
  @CsvSource({
    "initiated, initiated",
    "canceled, NOT_YOURS_TO_MOVE",
    "succeeded, succeeded",
    "failed, failed"
  })
  void aSettlerNeedNotBeAMember(String wanted, String verdict) {
    assertThat(move(BEGUN, AGENT, false, true, wanted)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @ValueSource(strings = {"succeeded", "failed", "canceled"})
  void anEndedTransferDoesNotMove(String end) {
    Transfer ended = BEGUN.moved(TransferState.of(end), AGENT, TUESDAY).orElseThrow();
    for (TransferState wanted : TransferState.values()) {
      assertThat(ended.moved(wanted, AGENT, TUESDAY)).isEmpty();
      boolean authors = wanted == TransferState.CANCELED;
      assertThat(move(ended, authors ? ACME : AGENT, authors, !authors, wanted.text()))
          .isEqualTo(wanted.text().equals(end) ? end : "ILLEGAL_MOVE");
    }
  }

  @Test
  void otherItemsAreNotMoved() {
    assertThat(
            new TransferMover(ACME, true, false)
                .move(item(Optional.empty()), TransferState.CANCELED, TUESDAY))
        .isEqualTo(Result.refused(Refusal.NOT_A_TRANSFER));
    assertThat(
            new TransferMover(AGENT, false, true)
                .move(item(Optional.empty()), TransferState.SUCCEEDED, TUESDAY))
        .isEqualTo(Result.refused(Refusal.NOT_THERE));
  }

  @Test
  void jsonListsEveryMove() {
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
  void currenciesInUseAreKnown(String code) {
    assertThat(Currencies.isKnown(code)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"XXX", "XTS", "XAU", "CHE", "DEM", "eur", "ABC", ""})
  void testCodesMetalsAndFormerCurrenciesAreUnknown(String code) {
    assertThat(Currencies.isKnown(code)).isFalse();
  }
}
