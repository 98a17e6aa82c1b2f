package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.ChannelVerbs.FindSide;
import io.parley.channel.ChannelVerbs.Ours;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.WriteTo;
import io.parley.file.FileVerbs;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Attachment;
import io.parley.timeline.Content;
import io.parley.timeline.Currencies;
import io.parley.timeline.Draft;
import io.parley.timeline.Item;
import io.parley.timeline.ItemType;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import io.parley.timeline.TimelineVerbs.FindItem;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.parley.timeline.TimelineVerbs.Items;
import io.parley.timeline.TimelineVerbs.MarkRead;
import io.parley.timeline.TimelineVerbs.Marked;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is said in conversations: written, read, changed. */
public final class ItemOperations {
  /** What makes a text more than blank. */
  private static final Pattern SAID = Pattern.compile("[^\\s\\p{Z}\\p{Cc}\\p{Cf}]");

  private final Bus bus;
  private final ConversationRefs refs;
  private final FileLinks links;
  private final AllowedSenders senders;

  public ItemOperations(Bus bus, FileLinks links, AllowedSenders senders) {
    this.bus = bus;
    this.links = links;
    this.senders = senders;
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "postToConversation",
            (caller, input) -> write(caller, input, Content.Message.text(input.text("content"))),
        "sendMessage", (caller, input) -> write(caller, input, message(input)),
        "appendItem", (caller, input) -> write(caller, input, content(input)),
        "listItems",
            (caller, input) -> list(caller, input, input.optionalText("type").map(ItemType::of)),
        "listMessages", (caller, input) -> list(caller, input, Optional.of(ItemType.MESSAGE)),
        "getItem", this::getItem,
        "editItem", (caller, input) -> change(caller, input, Optional.of(input.text("body"))),
        "deleteItem", (caller, input) -> change(caller, input, Optional.empty()),
        "markRead", this::markRead,
        "history", this::history);
  }

  private Future<Answer> write(Caller caller, Input input, Content said) {
    Draft draft = Draft.of(said).inReplyTo(input.optionalNumber("reply_to"));
    return said.attachments().stream().anyMatch(each -> each.id().isPresent())
        ? withFiles(caller, input, draft).compose(whole -> put(caller, input, whole))
        : put(caller, input, draft);
  }

  /** Takes what an attachment shows of an upload from the upload, not from the request. */
  private Future<Draft> withFiles(Caller caller, Input input, Draft draft) {
    List<Attachment> asked = draft.content().attachments();
    List<UUID> ids = asked.stream().flatMap(ItemOperations::upload).distinct().toList();
    return FileOperations.find(bus, ids, caller)
        .compose(
            files -> {
              Map<UUID, Attachment> known = new HashMap<>();
              files.forEach(file -> known.put(file.id(), FileOperations.attachment(file, links)));
              List<Attachment> whole =
                  asked.stream()
                      .flatMap(
                          each ->
                              each.id().isEmpty()
                                  ? Stream.of(each)
                                  : upload(each).map(known::get).filter(Objects::nonNull))
                      .toList();
              return whole.size() == asked.size()
                  ? Future.succeededFuture(draft.with(draft.content().withAttachments(whole)))
                  : refs.seen(caller, input).compose(seen -> unknownFile());
            });
  }

  private static Stream<UUID> upload(Attachment said) {
    return said.id().flatMap(FileVerbs::id).stream();
  }

  private static Future<Draft> unknownFile() {
    return Future.failedFuture(
        new Problem.Refused(
            Problem.rule(
                "unknown_attachment", "An attachment does not exist, or is not yours to send.")));
  }

  private Future<Answer> put(Caller caller, Input input, Draft draft) {
    if (ConversationRefs.isNumber(input)) {
      return append(caller, ConversationRefs.number(input), input, draft);
    }
    return refs.direct(caller, input.text("ref"))
        .compose(
            direct ->
                direct.conversation().isPresent()
                    ? append(caller, direct.conversation().get(), input, draft)
                    : bus.request(
                            ConversationVerbs.WRITE_TO,
                            new WriteTo(caller.party(), direct.other(), input.key(), draft))
                        .map(ItemOperations::appended));
  }

  private Future<Answer> append(Caller caller, long conversation, Input input, Draft draft) {
    AppendItem item = AppendItem.of(conversation, caller.party(), input.key(), draft);
    return mayLeave(caller, draft.content())
        ? bus.request(ChannelVerbs.FIND_SIDE, new FindSide(conversation))
            .compose(side -> side.ours().isPresent() ? answer(item, side.ours().get()) : say(item))
            .map(ItemOperations::appended)
        : say(item).map(ItemOperations::appended);
  }

  // nobody else sees the conversations whose messages leave by a channel; posts and transfers stay
  private static boolean mayLeave(Caller caller, Content content) {
    return caller.stopped(Access.AGENT).isEmpty() && content.isSendable();
  }

  private Future<Result<Appended>> say(AppendItem item) {
    return bus.request(TimelineVerbs.APPEND_ITEM, item);
  }

  /** Says it from our side, in the name of the side; whoever did so has read so far. */
  private Future<Result<Appended>> answer(AppendItem item, Ours ours) {
    senders.check(ours.via());
    Party agent = item.author();
    return say(item.by(ours.party()))
        .compose(
            result ->
                result instanceof Result.Done<Appended> done && !done.value().replayed()
                    ? bus.request(
                            TimelineVerbs.MARK_READ,
                            new MarkRead(item.conversation(), agent, done.value().seq()))
                        .map(result)
                        .otherwise(result)
                    : Future.succeededFuture(result));
  }

  private static Answer appended(Result<Appended> result) {
    return RefusalProblems.answer(
        result,
        appended ->
            appended.replayed()
                ? Answer.replayed(appended.item())
                : Answer.created(appended.item()));
  }

  private static Content content(Input input) {
    return switch (ItemType.of(input.text("type"))) {
      case MESSAGE -> message(input);
      case ATTACHMENT -> new Content.Files(attachments(input));
      case POST -> post(input.object("post"));
      case TRANSFER -> terms(input.object("transfer"));
    };
  }

  private static Content message(Input input) {
    Optional<String> body = input.optionalText("body").filter(text -> SAID.matcher(text).find());
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
    boolean upload = fields.containsKey("id");
    if (upload ? fields.size() > 1 : !fields.containsKey("url")) {
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

  private Future<Answer> list(Caller caller, Input input, Optional<ItemType> type) {
    return refs.perhaps(caller, input)
        .compose(
            conversation -> {
              FindItems question = ItemPages.question(conversation.orElse(0L), caller, type, input);
              return conversation.isEmpty()
                  ? Future.succeededFuture(Answer.ok(ListEnvelope.of(List.of(), Optional.empty())))
                  : page(question);
            });
  }

  private Future<Answer> page(FindItems question) {
    return bus.request(TimelineVerbs.FIND_ITEMS, question)
        .map(
            found ->
                RefusalProblems.answer(
                    found,
                    page -> {
                      Items whole = page.whole();
                      return Answer.ok(
                          ListEnvelope.of(whole.items(), ItemPages.next(question, whole)));
                    }));
  }

  private Future<Answer> getItem(Caller caller, Input input) {
    return refs.conversation(caller, input)
        .compose(
            conversation ->
                bus.request(
                    TimelineVerbs.FIND_ITEM,
                    new FindItem(
                        conversation,
                        caller.party().id(),
                        input.number("seq"),
                        caller.settlesTransfers())))
        .map(found -> RefusalProblems.answer(found, Answer::ok));
  }

  private Future<Answer> change(Caller caller, Input input, Optional<String> body) {
    return refs.conversation(caller, input)
        .compose(
            conversation ->
                bus.request(
                    TimelineVerbs.CHANGE_ITEM,
                    new ChangeItem(conversation, caller.party().id(), input.number("seq"), body)))
        .map(changed -> RefusalProblems.answer(changed, Answer::ok));
  }

  private Future<Answer> markRead(Caller caller, Input input) {
    return refs.perhaps(caller, input)
        .compose(
            conversation ->
                conversation.isEmpty()
                    ? Future.succeededFuture(Result.done(new Marked(0)))
                    : bus.request(
                        TimelineVerbs.MARK_READ,
                        new MarkRead(conversation.get(), caller.party(), input.number("seq"))))
        .map(
            marked ->
                RefusalProblems.answer(
                    marked,
                    mark ->
                        Answer.ok(
                            JsonBytes.object(
                                json -> json.writeNumberField("read_seq", mark.readSeq())))));
  }

  private Future<Answer> history(Caller caller, Input input) {
    int limit = (int) input.number("limit");
    long offset = input.number("offset");
    FindItems question =
        new FindItems(
            input.number("chat_id"),
            caller.party().id(),
            Optional.of(ItemType.MESSAGE),
            OptionalLong.empty(),
            OptionalLong.empty(),
            offset,
            true,
            limit);
    return bus.request(TimelineVerbs.FIND_ITEMS, question)
        .map(
            found ->
                RefusalProblems.answer(found, page -> Answer.ok(historyPage(page, limit, offset))));
  }

  private static JsonBytes.Part historyPage(Items page, int limit, long offset) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (Item item : page.items()) {
        json.writeStartObject();
        json.writeStringField("id", item.conversation() + ":" + item.seq());
        json.writeNumberField("chat_id", item.conversation());
        json.writeNumberField("sender_id", item.author().id());
        json.writeStringField("text", item.body().orElse(""));
        json.writeStringField("timestamp", Times.text(item.dates().createdAt()));
        json.writeBooleanField("read", item.responses().read());
        if (item.truncated()) {
          json.writeBooleanField("truncated", true);
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeNumberField("limit", limit);
      json.writeNumberField("offset", offset);
      json.writeNumberField("total", page.messages());
      json.writeEndObject();
    };
  }
}
