package io.parley.api.operations;

import io.parley.api.problem.Problem;
import io.parley.timeline.Attachment;
import io.parley.timeline.Content;
import io.parley.timeline.Currencies;
import io.parley.timeline.ItemType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The content of a new item, read from the fields of a request. */
final class ItemInput {
  /** A character that a reader can see; a text without one is blank. */
  private static final Pattern VISIBLE = Pattern.compile("[^\\s\\p{Z}\\p{Cc}\\p{Cf}]");

  private ItemInput() {}

  static Content content(Input input) {
    return switch (ItemType.of(input.text("type"))) {
      case MESSAGE -> message(input);
      case ATTACHMENT -> new Content.Files(attachments(input));
      case POST -> post(input.object("post"));
      case TRANSFER -> terms(input.object("transfer"));
    };
  }

  static Content.Message message(Input input) {
    Optional<String> body = input.optionalText("body").filter(text -> VISIBLE.matcher(text).find());
    List<Attachment> attachments = attachments(input);
    if (body.isEmpty() && attachments.isEmpty()) {
      throw new Problem.Refused(Problem.invalid("body", "is required without attachments"));
    }
    return new Content.Message(body, attachments);
  }

  @SuppressWarnings("unchecked")
  private static List<Attachment> attachments(Input input) {
    return input.list("attachments").stream()
        .map(each -> attachment((Map<String, @Nullable Object>) each))
        .toList();
  }

  private static Attachment attachment(Map<String, @Nullable Object> fields) {
    boolean isUpload = fields.containsKey("id");
    if (isUpload ? fields.size() > 1 : !fields.containsKey("url")) {
      throw new Problem.Refused(
          Problem.invalid("attachments", "must have either the id of an upload, alone, or a url"));
    }
    return new Attachment(
        text(fields, "id"),
        String.valueOf(fields.get("url")),
        text(fields, "name"),
        text(fields, "mime_type"),
        fields.get("size") instanceof Long size ? OptionalLong.of(size) : OptionalLong.empty());
  }

  private static Content.Post post(Map<String, @Nullable Object> fields) {
    return new Content.Post(
        text(fields, "platform"),
        String.valueOf(fields.get("url")),
        text(fields, "title"),
        text(fields, "caption"));
  }

  private static Content.TransferTerms terms(Map<String, @Nullable Object> fields) {
    String currency = String.valueOf(fields.get("currency"));
    if (!Currencies.isKnown(currency)) {
      throw new Problem.Refused(
          Problem.invalid(
              "transfer.currency",
              "must be the ISO 4217 code of a currency that is legal tender today"));
    }
    long amount = (Long) Objects.requireNonNull(fields.get("amount"));
    return new Content.TransferTerms(amount, currency, text(fields, "reference"));
  }

  private static Optional<String> text(Map<String, @Nullable Object> fields, String name) {
    return Optional.ofNullable((String) fields.get(name));
  }
}
