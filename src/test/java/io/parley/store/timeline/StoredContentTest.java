package io.parley.store.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.identity.RequestKind;
import io.parley.timeline.Attachment;
import io.parley.timeline.Channel;
import io.parley.timeline.Content;
import io.parley.timeline.Content.External;
import io.parley.timeline.Content.Files;
import io.parley.timeline.Content.Message;
import io.parley.timeline.Content.Post;
import io.parley.timeline.Content.TransferTerms;
import io.parley.timeline.Draft;
import io.parley.timeline.Envelope;
import io.parley.timeline.Transfer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
class StoredContentTest {
  private static final Instant MONDAY = Instant.parse("2026-11-16T10:00:00Z");
  private static final Party ANN = new Party(3, PartyKind.PERSON, "Ann", "ann");
  private static final List<Attachment> FILES =
      List.of(
          new Attachment(
              Optional.of("a1"),
              "/files/a1",
              Optional.of("tea.png"),
              Optional.of("image/png"),
              OptionalLong.of(7)),
          new Attachment(
              Optional.empty(),
              "https://example.org/",
              Optional.empty(),
              Optional.empty(),
              OptionalLong.empty()));
  private static final Envelope INBOUND =
      new Envelope.Inbound(Channel.SMS, 4, "+4520000000", "sms", "provider-1");

  static Stream<Draft> drafts() {
    External mail =
        new External(
            new Message(Optional.of("hi"), FILES),
            Optional.of("Tea"),
            Optional.of("<b>hi</b>"),
            Optional.of(MONDAY));
    Envelope.Request request = new Envelope.Request(3, "k", RequestKind.SMS, UUID.randomUUID());
    return Stream.of(
        Draft.text("hi"),
        Draft.of(new Message(Optional.empty(), FILES)),
        Draft.of(mail, INBOUND),
        Draft.of(
            mail,
            new Envelope.Outbound(
                Channel.EMAIL, 4, "us@example.org", "a@b.org", Optional.of(request))),
        Draft.of(new Files(FILES)),
        Draft.of(
            new Post(Optional.of("x"), "https://example.org/", Optional.empty(), Optional.of("c"))),
        Draft.of(new TransferTerms(5, "EUR", Optional.of("tea"))));
  }

  @ParameterizedTest
  @MethodSource("drafts")
  void readsBackWhatWasWritten(Draft draft) {
    Content content = draft.content();
    @Nullable String payload = StoredContent.payload(draft);
    Optional<Transfer> transfer =
        content instanceof TransferTerms terms
            ? Optional.of(Transfer.initiated(terms, ANN, MONDAY))
            : Optional.empty();
    assertThat(
            StoredContent.read(
                content.type(),
                content.body().orElse(null),
                payload == null ? null : new JsonObject(payload),
                transfer))
        .isEqualTo(content);
  }

  @Test
  void aPlainTextNeedsNoPayload() {
    assertThat(StoredContent.payload(Draft.text("hi"))).isNull();
  }

  @Test
  void aReplyToAnotherItemIsAnotherRequest() {
    Draft text = Draft.text("yes");
    assertThat(StoredContent.fingerprint(text.inReplyTo(OptionalLong.of(1))))
        .isNotEqualTo(StoredContent.fingerprint(text.inReplyTo(OptionalLong.of(2))))
        .isNotEqualTo(StoredContent.fingerprint(text));
    assertThat(StoredContent.fingerprint(text.inReplyTo(OptionalLong.empty())))
        .isEqualTo(StoredContent.fingerprint(text));
  }
}
