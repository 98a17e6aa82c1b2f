package io.parley.store;

import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.NextStep;
import io.parley.json.Text;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One row for {@code move_deliveries}: where a delivery goes, and under which rule. */
record Move(
    long delivery,
    long lease,
    String state,
    @Nullable String provider,
    @Nullable String reference,
    @Nullable String code,
    @Nullable String message,
    long pauseMs,
    boolean asked,
    boolean unknown) {
  private static final long UNHELD = -1;
  private static final long WHATEVER = -2;
  private static final int MOST_WORDS = 500;
  static final int MOST_REFERENCE = 200;
  private static final int MOST_CODE = 64;

  static Move of(Settlement told) {
    long delivery = told.delivery();
    // whoever was not asked has no part in it
    String provider = told.asked() ? told.provider() : null;
    return switch (told.step()) {
      case NextStep.HandedOver over ->
          new Move(
              delivery,
              told.lease(),
              "sent",
              provider,
              clean(over.reference(), MOST_REFERENCE),
              null,
              null,
              0,
              true,
              false);
      case NextStep.Failed failed ->
          new Move(
              delivery,
              told.lease(),
              "failed",
              provider,
              null,
              clean(failed.code(), MOST_CODE),
              clean(failed.message(), MOST_WORDS),
              0,
              told.asked(),
              false);
      case NextStep.Expired expired -> expired(delivery, told.lease(), told.asked(), provider);
      case NextStep.Again again ->
          new Move(
              delivery,
              told.lease(),
              "again",
              provider,
              null,
              clean(again.code(), MOST_CODE),
              clean(again.message(), MOST_WORDS),
              again.after().toMillis(),
              told.asked(),
              again.bound());
    };
  }

  static Move expired(long delivery) {
    return expired(delivery, UNHELD, false, null);
  }

  private static Move expired(long delivery, long lease, boolean asked, @Nullable String provider) {
    return new Move(
        delivery,
        lease,
        "expired",
        provider,
        null,
        "expired",
        "it was not sent in time",
        0,
        asked,
        false);
  }

  static Move of(ReceiveStatus told, long delivery) {
    return new Move(
        delivery,
        WHATEVER,
        told.state().text(),
        told.provider(),
        clean(told.id(), MOST_REFERENCE),
        clean(told.code().orElse(told.state().text()), MOST_CODE),
        clean(told.message().orElse(""), MOST_WORDS),
        0,
        false,
        false);
  }

  Move withoutReference() {
    return new Move(delivery, lease, state, provider, null, code, message, pauseMs, asked, unknown);
  }

  static Tuple parameters(List<Move> moves) {
    return Tuple.tuple()
        .addArrayOfLong(moves.stream().map(Move::delivery).toArray(Long[]::new))
        .addArrayOfLong(moves.stream().map(Move::lease).toArray(Long[]::new))
        .addArrayOfString(texts(moves, Move::state))
        .addArrayOfString(texts(moves, Move::provider))
        .addArrayOfString(texts(moves, Move::reference))
        .addArrayOfString(texts(moves, Move::code))
        .addArrayOfString(texts(moves, Move::message))
        .addArrayOfLong(moves.stream().map(Move::pauseMs).toArray(Long[]::new))
        .addArrayOfBoolean(moves.stream().map(Move::asked).toArray(Boolean[]::new))
        .addArrayOfBoolean(moves.stream().map(Move::unknown).toArray(Boolean[]::new));
  }

  private static String[] texts(List<Move> moves, Function<Move, @Nullable String> field) {
    String[] texts = new String[moves.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = field.apply(moves.get(i));
    }
    return texts;
  }

  /** What others say, as far as it can be kept. */
  static String clean(String text, int most) {
    int end = text.offsetByCodePoints(0, Math.min(most, text.codePointCount(0, text.length())));
    return Text.mended(text.substring(0, end));
  }
}
