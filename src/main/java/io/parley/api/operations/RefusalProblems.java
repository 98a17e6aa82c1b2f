package io.parley.api.operations;

import static java.util.stream.Collectors.joining;

import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;

/** The problems for refusals about conversations. */
final class RefusalProblems {
  private static final int MAX_NAMES = 20;
  private static final int MAX_SHOWN = 64;

  private RefusalProblems() {}

  /** The answer for a value, or the problem for a refusal. */
  static <T> Answer answer(Result<T> result, Function<T, Answer> done) {
    return switch (result) {
      case Result.Done<T> value -> done.apply(value.value());
      case Result.Refused<T> refused -> problem(refused);
    };
  }

  /** The value; a refusal is thrown and ends the request. */
  static <T> T value(Result<T> result) {
    return switch (result) {
      case Result.Done<T> value -> value.value();
      case Result.Refused<T> refused -> throw new Problem.Refused(problem(refused));
    };
  }

  static Problem problem(Result.Refused<?> refused) {
    return refused.reason() == Refusal.UNKNOWN_MEMBER && !refused.names().isEmpty()
        ? Problem.rule("unknown_member", doNotExist(refused.names()))
        : problem(refused.reason());
  }

  private static String doNotExist(List<String> users) {
    String listed =
        users.stream().limit(MAX_NAMES).map(RefusalProblems::quoted).collect(joining(", "));
    int others = users.size() - MAX_NAMES;
    return users.size() == 1
        ? "The user " + listed + " does not exist."
        : "The users " + listed + (others > 0 ? " and " + others + " more" : "") + " do not exist.";
  }

  // names are usernames; whatever else was written there is cut
  private static String quoted(String name) {
    int end =
        name.offsetByCodePoints(0, Math.min(MAX_SHOWN, name.codePointCount(0, name.length())));
    return name.substring(0, end) + (end < name.length() ? "…" : "");
  }

  // the day of a sender address ends at midnight UTC
  private static Problem sendLimit(Instant now) {
    Instant tomorrow = now.truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
    long seconds = Duration.between(now, tomorrow).toSeconds() + 1;
    return Problem.of(
            429,
            "send_limit_reached",
            "Too many requests",
            "The sender address may not send so much more today (UTC).")
        .header("Retry-After", Long.toString(seconds));
  }

  static Problem problem(Refusal reason) {
    return switch (reason) {
      case NOT_THERE -> Problem.notFound();
      case NOT_THE_OWNER -> Problem.forbidden("Only the owner of the group may do this.");
      case NOT_THE_AUTHOR -> Problem.forbidden("Only the author may do this.");
      case NOT_YOURS_TO_DELETE ->
          Problem.forbidden("Only the author and the owner of the group may delete an item.");
      case KEY_REUSED -> Problem.keyReused();
      case NOT_A_GROUP ->
          Problem.rule("not_a_group", "Only groups can be renamed or change their members.");
      case DELETED -> Problem.rule("deleted", "A deleted item cannot be changed.");
      case NOT_EDITABLE -> Problem.rule("not_editable", "Only messages can be edited.");
      case NOT_DELETABLE ->
          Problem.rule("not_deletable", "Transfers cannot be deleted; the author can cancel them.");
      case ALREADY_SENT ->
          Problem.rule("already_sent", "Items that were sent by a channel cannot be edited.");
      case NO_SUCH_ITEM ->
          Problem.rule(
              "no_such_item", "This conversation has no item with the seq given in reply_to.");
      case NOT_A_TRANSFER -> Problem.rule("not_a_transfer", "Only transfers have a state.");
      case NOT_YOURS_TO_MOVE ->
          Problem.forbidden(
              "Only the author may cancel a transfer; only agents and keys that settle transfers may settle it.");
      case ILLEGAL_MOVE ->
          Problem.conflict("illegal_move", "A transfer that has ended cannot change its state.");
      case TOO_MANY_REACTIONS ->
          Problem.rule("too_many_reactions", "An item can have at most 20 different emojis.");
      case SELF_CONVERSATION ->
          Problem.rule("self_conversation", "A conversation needs two different parties.");
      case COUNTERPART_NOT_ALLOWED ->
          Problem.rule(
              "counterpart_not_allowed",
              "Persons can talk with persons only, companies with influencers only.");
      case UNKNOWN_MEMBER -> Problem.rule("unknown_member", "One of the users does not exist.");
      case GROUP_FULL ->
          Problem.rule(
              "group_full",
              "A group can have at most 10000 members, 200 of them phones and mailboxes.");
      case NOT_FOR_GROUPS ->
          Problem.rule(
              "not_for_groups",
              "Companies, influencers and keys without the scope chat cannot be members of groups.");
      case SEND_LIMIT -> sendLimit(Instant.now());
      case ADDRESS_IN_USE ->
          Problem.conflict(
              "address_in_use",
              "Another group already reaches this address from the same sender address.");
      case NOT_OVER ->
          Problem.conflict("not_over", "Only failed or expired deliveries can be redriven.");
    };
  }
}
