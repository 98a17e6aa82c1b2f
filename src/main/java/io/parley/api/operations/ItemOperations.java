package io.parley.api.operations;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.channel.ChannelVerbs;
import io.parley.channel.ChannelVerbs.FindOutside;
import io.parley.channel.ChannelVerbs.FindSender;
import io.parley.channel.ChannelVerbs.Sender;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.WriteTo;
import io.parley.json.JsonBytes;
import io.parley.timeline.Content;
import io.parley.timeline.Draft;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The operations on the items of a conversation: append, list, edit, delete, mark as read. */
public final class ItemOperations {
  private final Bus bus;
  private final ConversationRefs refs;
  private final AttachedFiles files;
  private final AllowedSenders senders;
  private final CallLimits limits;

  public ItemOperations(Bus bus, FileLinks links, AllowedSenders senders, CallLimits limits) {
    this.bus = bus;
    this.files = new AttachedFiles(bus, links);
    this.senders = senders;
    this.limits = limits;
    this.refs = new ConversationRefs(bus);
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "postToConversation",
            (caller, input) -> write(caller, input, Content.Message.text(input.text("content"))),
        "sendMessage", (caller, input) -> write(caller, input, ItemInput.message(input)),
        "appendItem", (caller, input) -> write(caller, input, ItemInput.content(input)),
        "listItems",
            (caller, input) -> list(caller, input, input.optionalText("type").map(ItemType::of)),
        "listMessages", (caller, input) -> list(caller, input, Optional.of(ItemType.MESSAGE)),
        "getItem", this::getItem,
        "editItem", (caller, input) -> change(caller, input, Optional.of(input.text("body"))),
        "deleteItem", (caller, input) -> change(caller, input, Optional.empty()),
        "markRead", this::markRead,
        "history", this::history);
  }

  private Future<Answer> write(Caller caller, Input input, Content content) {
    Draft draft = Draft.of(content).inReplyTo(input.optionalNumber("reply_to"));
    return content.attachments().isEmpty()
        ? put(caller, input, draft)
        : withUploads(caller, input, draft).compose(complete -> put(caller, input, complete));
  }

  private Future<Draft> withUploads(Caller caller, Input input, Draft draft) {
    return files
        .complete(caller, draft.content().attachments())
        .compose(
            complete ->
                complete.isPresent()
                    ? Future.succeededFuture(
                        draft.with(draft.content().withAttachments(complete.get())))
                    : refs.checkVisible(caller, input)
                        .compose(visible -> Future.failedFuture(AttachedFiles.unknown())));
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
    if (!draft.content().isSendable()) {
      return append(item).map(ItemOperations::appended);
    }
    return mayBeExternal(caller)
        ? bus.request(ChannelVerbs.FIND_SENDER, new FindSender(conversation))
            .compose(
                found ->
                    found.sender().isPresent()
                        ? sendFrom(found.sender().get(), item, caller, input)
                        : appendCounted(item, caller, input))
            .map(ItemOperations::appended)
        : appendCounted(item, caller, input).map(ItemOperations::appended);
  }

  // only agents see external conversations
  private static boolean mayBeExternal(Caller caller) {
    return caller.stopped(Access.AGENT).isEmpty();
  }

  private Future<Result<Appended>> append(AppendItem item) {
    return bus.request(TimelineVerbs.APPEND_ITEM, item);
  }

  /** Appends in the name of our side of the conversation: one delivery. */
  private Future<Result<Appended>> sendFrom(
      Sender sender, AppendItem item, Caller caller, Input input) {
    senders.check(sender.via());
    limits.takeDelivery(caller, input.client()).ifPresent(ItemOperations::refuse);
    return append(item.from(sender.party()));
  }

  /**
   * Appends, and charges the caller for the deliveries of a group with members outside. How many
   * there are is known afterwards; only a caller who has none left pays for a look-up first.
   */
  private Future<Result<Appended>> appendCounted(AppendItem item, Caller caller, Input input) {
    Optional<Problem> refusal = limits.noDeliveryLeft(caller, input.client());
    Future<Result<Appended>> appended =
        refusal.isEmpty()
            ? append(item)
            : bus.request(
                    ChannelVerbs.FIND_OUTSIDE,
                    new FindOutside(item.conversation(), caller.party().id()))
                .compose(
                    found -> {
                      if (found.outside()) {
                        refuse(refusal.get());
                      }
                      return append(item);
                    });
    return appended.onSuccess(
        result -> {
          if (result instanceof Result.Done<Appended> done) {
            limits.charge(caller, input.client(), done.value().deliveries());
          }
        });
  }

  private static void refuse(Problem problem) {
    throw new Problem.Refused(problem);
  }

  private static Answer appended(Result<Appended> result) {
    return RefusalProblems.answer(
        result,
        appended ->
            appended.replayed()
                ? Answer.replayed(appended.item())
                : Answer.created(appended.item()));
  }

  private Future<Answer> list(Caller caller, Input input, Optional<ItemType> type) {
    return refs.find(caller, input)
        .compose(
            conversation -> {
              FindItems query = ItemPages.query(conversation.orElse(0L), caller, type, input);
              return conversation.isEmpty()
                  ? Future.succeededFuture(Answer.ok(ListEnvelope.of(List.of(), Optional.empty())))
                  : page(query);
            });
  }

  private Future<Answer> page(FindItems query) {
    return bus.request(TimelineVerbs.FIND_ITEMS, query)
        .map(
            found ->
                RefusalProblems.answer(
                    found,
                    page -> {
                      Items items = page.whole();
                      return Answer.ok(
                          ListEnvelope.of(items.items(), ItemPages.next(query, items)));
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
    return refs.find(caller, input)
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
    FindItems query =
        new FindItems(
            input.number("chat_id"),
            caller.party().id(),
            Optional.of(ItemType.MESSAGE),
            OptionalLong.empty(),
            OptionalLong.empty(),
            offset,
            true,
            limit);
    return bus.request(TimelineVerbs.FIND_ITEMS, query)
        .map(
            found ->
                RefusalProblems.answer(
                    found, page -> Answer.ok(ItemPages.historyPage(page, limit, offset))));
  }
}
