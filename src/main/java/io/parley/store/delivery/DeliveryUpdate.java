package io.parley.store.delivery;

import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.NextStep;
import io.parley.json.Text;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One row for {@code update_deliveries}: where a delivery goes, and under which rule. */
record DeliveryUpdate(
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

  static DeliveryUpdate of(Settlement told) {
    long delivery = told.delivery();
    // whoever was not asked has no part in it
    String provider = told.attempted() ? told.provider() : null;
    return switch (told.step()) {
      case NextStep.HandedOver over ->
          new DeliveryUpdate(
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
          new DeliveryUpdate(
              delivery,
              told.lease(),
              "failed",
              provider,
              null,
              clean(failed.code(), MOST_CODE),
              clean(failed.message(), MOST_WORDS),
              0,
              told.attempted(),
              false);
      case NextStep.Expired expired -> expired(delivery, told.lease(), told.attempted(), provider);
      case NextStep.Retry again ->
          new DeliveryUpdate(
              delivery,
              told.lease(),
              "again",
              provider,
              null,
              clean(again.code(), MOST_CODE),
              clean(again.message(), MOST_WORDS),
              again.after().toMillis(),
              told.attempted(),
              again.bound());
    };
  }

  static DeliveryUpdate expired(long delivery) {
    return expired(delivery, UNHELD, false, null);
  }

  private static DeliveryUpdate expired(
      long delivery, long lease, boolean asked, @Nullable String provider) {
    return new DeliveryUpdate(
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

  static DeliveryUpdate of(ReceiveStatus told, long delivery) {
    return new DeliveryUpdate(
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

  DeliveryUpdate withoutReference() {
    return new DeliveryUpdate(
        delivery, lease, state, provider, null, code, message, pauseMs, asked, unknown);
  }

  static Tuple parameters(List<DeliveryUpdate> moves) {
    return Tuple.tuple()
        .addArrayOfLong(moves.stream().map(DeliveryUpdate::delivery).toArray(Long[]::new))
        .addArrayOfLong(moves.stream().map(DeliveryUpdate::lease).toArray(Long[]::new))
        .addArrayOfString(texts(moves, DeliveryUpdate::state))
        .addArrayOfString(texts(moves, DeliveryUpdate::provider))
        .addArrayOfString(texts(moves, DeliveryUpdate::reference))
        .addArrayOfString(texts(moves, DeliveryUpdate::code))
        .addArrayOfString(texts(moves, DeliveryUpdate::message))
        .addArrayOfLong(moves.stream().map(DeliveryUpdate::pauseMs).toArray(Long[]::new))
        .addArrayOfBoolean(moves.stream().map(DeliveryUpdate::asked).toArray(Boolean[]::new))
        .addArrayOfBoolean(moves.stream().map(DeliveryUpdate::unknown).toArray(Boolean[]::new));
  }

  private static String[] texts(
      List<DeliveryUpdate> moves, Function<DeliveryUpdate, @Nullable String> field) {
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
